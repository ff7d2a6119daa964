"""A call as its owner sees it: legs that are answered, dialled, played to, bridged and hung up.

Owns the joining of a SIP session with a media leg, and the negotiation of one from the other. Must not know flows,
queues or agents: it is told what to do and reports what happened. `exchange.Exchange` is the door.
"""
