"""The composition root: configuration, wiring, the command line, and the switchboard.

The switchboard turns the router's effects into calls.
"""

__version__ = "0.1.0"
