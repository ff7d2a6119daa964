"""Restarts that drop no call: what is live is written down as it changes, and taken up again by the next process.

records   a call, an offer and their legs as plain data
marks     what changed since it was last written, short lives left out
kept_sip, kept_calls, kept_router    what changed in each room, as data
follower  a second router that is written down while the first one works
ledger    gathers it all and hands it to the journal's live states
left      what a process before this one wrote, read and understood
revival   puts it back: sessions, legs, calls, offers, the router; what cannot be put back is told
handover  one control at a time on a data folder; the signal for an orderly restart
"""
