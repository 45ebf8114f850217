"""Pure functions and plain state: positions, parameters and prices in; margin and decisions out.

Nothing here imports Qt, a socket or a clock: time is an argument.
"""
