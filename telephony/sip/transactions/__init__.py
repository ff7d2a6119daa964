"""The four transactions of RFC 3261 section 17 as tables, the machine that runs them, and their matching."""
