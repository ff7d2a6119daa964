"""Where a SIP name leads (RFC 3263): questions to DNS, their answers, and the targets in the order to be tried.

`records` are the values, `procedure` the RFC's steps, `locator` the cache and what waits, `dns` the asyncio adapter;
all but the last are sans-IO.
"""
