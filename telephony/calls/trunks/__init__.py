"""Trunks: lines to other networks. Who is calling on one, which of them carries a call out, and whether it lives.

Decisions are sans-IO (`health`, `capacity`, `caller_id`, `fleet`); `desk` joins them to the user agent and the clock.
"""
