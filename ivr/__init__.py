"""Runs a flow for a caller: explicit state, events in, effects out; and the voice that speaks.

`runner` is sans-IO: it reads no clock, socket or file. `prompts` and `speech` are where audio comes from.
"""
