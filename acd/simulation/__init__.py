"""What if: the router run on made contacts in made time.

    distributions   lengths of time by chance: fixed, exponential, log-normal, from history
    workload        contacts as records, arrivals by quarter of an hour, shifts, callers who take a callback
    history         yesterday's contacts as records, what was not seen drawn from what was
    run             one run: records -> Router -> simulated callers and agents
    service         the figures of a run, overall and by queue
    plain           a system described by a few numbers, for which theory has formulas
    confidence      Student's t
    experiment      the same day by many seeds, and two configurations on the same contacts

Public: all of these modules. Chance comes from outside (`Chance`, such as `random.Random(seed)`).
"""
