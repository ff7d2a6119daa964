"""What stands before the user agent: who is heard at all, and what is heard first when there is too much.

    bytes -> sniff (what is it?) -> sources (may this source speak?) -> overload (is there room?) -> user agent

Sans-IO like the rest of the core. Nothing in here parses a whole message: a refused one must cost microseconds.
"""
