"""Simulated people: agents and callers who live beside the server and meet it only through SIP, RTP and its
API.

Data flow, one way:

    options -> run: `cordboard serve` as a process -> crowd: a process of people -> the server -> its API ->
    DemoResult

People run in processes of their own, so that they never disturb the server's. Nothing that the people
believe about their calls is counted: every figure of the result is read from the server's journal and
recordings."""
