"""The application: command line, settings, wiring, start-up and shutdown. The only package that knows all others."""
