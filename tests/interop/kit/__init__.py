"""A kit to meet the server from outside: other people's phones, real sockets, real audio, all on loopback.

Everything started here runs in a process of its own with a time limit, writes what it says to a file in the
test's folder, and is ended by its own process id. Nothing here imports the server.
"""
