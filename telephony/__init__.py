"""What carries a call: SIP signalling, media, and the calls that join the two."""
