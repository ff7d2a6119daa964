"""The append-only event log in SQLite, and what is derived from it: histories, call summaries, KPIs.

Public: `journal.journal.Journal` (the writer, inside the server), `journal.reading.JournalReader` (anybody,
beside a running server), `journal.event.Event`, `journal.calls.CallSummary`, `journal.kpis.Kpis`,
`journal.surveys.SurveyKpis`.
Nothing here knows what the events mean to telephony beyond the kinds that `calls` and `kpis` name.
"""
