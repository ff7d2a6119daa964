"""CSAT, NPS and CES over made events."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from journal.journal import Journal
from journal.surveys import SurveyKpis


def test_each_scale_has_its_score_and_each_answer_its_agent_and_queue(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    since = datetime.now(UTC)

    def answer(name: str, scale: str, value: int | None, agent: str | None = None) -> None:
        queue = "sales" if agent else None
        journal.append(
            "survey.answered", call="c", name=name, scale=scale, value=value, queue=queue, agent=agent
        )

    for value, agent in [(5, "ada"), (4, "ada"), (2, "bob"), (None, "bob"), (3, None)]:
        answer("happy", "csat", value, agent)
    for value in [10, 9, 8, 6, 0]:
        answer("recommend", "nps", value)
    for value in [7, 5, 1]:
        answer("easy", "ces", value)
    journal.append("survey.answered", call="c", name="odd", scale="stars", value=3)
    journal.flush()
    found = {(kpi.question, kpi.about, kpi.who): kpi for kpi in journal.surveys(since)}
    journal.close()
    assert found["happy", "all", None] == SurveyKpis("happy", "csat", "all", None, 4, 1, 3.5, 50.0)
    assert found["happy", "agent", "ada"].score == 100.0
    assert (found["happy", "agent", "bob"].answered, found["happy", "agent", "bob"].skipped) == (1, 1)
    assert found["happy", "queue", "sales"].average == pytest.approx(11 / 3)
    assert found["recommend", "all", None].score == 0.0
    assert found["easy", "all", None].score == pytest.approx(200 / 3)
    assert len(found) == 6


def test_a_question_that_everybody_skipped_has_no_score(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.append("survey.answered", call="c", name="happy", scale="csat", value=None)
    journal.flush()
    [kpi] = journal.surveys(datetime.min.replace(tzinfo=UTC))
    journal.close()
    assert (kpi.answered, kpi.skipped, kpi.average, kpi.score) == (0, 1, None, None)
