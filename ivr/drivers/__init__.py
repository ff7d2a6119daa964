"""What carries out what a flow asks of the world outside the call: one small module a need.

    web      ask a web service            tables   find a row in a CSV file or an SQLite table
    facts    keep facts between calls     notices  tell somebody, by web or mail
    messages record what a caller says    desk     all of them, as a session is given them

A driver never blocks the event loop and never keeps a caller waiting without a deadline. It decides nothing
about the call: what came of a request is an event for the runner, whose business retries are.
"""
