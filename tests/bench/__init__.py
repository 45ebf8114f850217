"""Benchmarks: run by `make bench`, never a timed assertion of the test suite."""
