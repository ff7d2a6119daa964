"""What flows say about a contact, written into the journal with whom it is about: who served the caller last."""

from __future__ import annotations

from cordboard.live_call import LiveCall
from ivr.effects import SurveyAnswered, Tagged
from journal.journal import Journal


def write_note(journal: Journal, call: LiveCall, note: Tagged | SurveyAnswered) -> None:
    """Tags, or an answer to a survey."""
    queue, agent = call.queue or call.served_queue, call.agent or call.served_by
    match note:
        case Tagged(tags=tags):
            journal.append("call.tagged", call=call.id, tags=dict(tags), queue=queue, agent=agent)
        case SurveyAnswered(name=name, scale=scale, value=value):
            journal.append(
                "survey.answered",
                call=call.id,
                name=name,
                scale=scale,
                value=value,
                queue=queue,
                agent=agent,
            )
