"""The commands of ``palisade``, one module each: what it takes (``add``) and how it starts what is asked for (``run``).

A module here is imported for every call of the program, so it imports heavy things only where they are wanted. A new
command is a new module and its name in `terminal.cli.COMMANDS`.
"""
