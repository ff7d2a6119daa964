"""Decides who serves whom. Pure: knows no SIP, no clock, no disk, no source of randomness of its own.

Public: `acd.model`, `acd.events`, `acd.effects`, `acd.why`, `acd.views`, `acd.router.Router`.
Everything else in this folder is how the router does it.
"""
