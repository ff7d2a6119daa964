"""http, lookup, remember, recall, verify, require: asked of others, awaited with a deadline."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.effects import (
    Answer,
    Hangup,
    HttpRequest,
    LookUp,
    MaskDigits,
    Play,
    RecallFacts,
    RememberFacts,
    Speech,
)
from ivr.events import Reply

LineOf = Callable[[str], Any]

HTTP = """
    main:
    - http: https://crm.example.org/{{ caller }}
      method: POST
      headers: {Authorization: "Bearer ${TOKEN}"}
      json: {number: "{{ caller }}", n: 1}
      timeout: 2s
      retries: 1
      into: customer
      failed: [{say: Failed.}, {hangup: busy}]
    - if: customer.tier == "gold"
      then: [{hangup: rejected}]
    - hangup: normal
"""


def test_an_answer_is_a_variable(line_of: LineOf) -> None:
    line = line_of(HTTP)
    body = {"number": "+15550100", "n": 1}
    headers = {"Authorization": "Bearer ${TOKEN}"}
    address = "https://crm.example.org/+15550100"
    assert line.arrive() == [HttpRequest("p1", "POST", address, headers, body, 2.0)]
    assert line.event(Reply("another", {"tier": "none"})) == []
    assert line.event(Reply("p1", {"tier": "gold"}, status=200)) == [Hangup("rejected")]
    assert line.runner.run.variables["http_status"] == 200


@pytest.mark.parametrize("how", ["error", "silence"])
def test_a_failure_is_tried_again_and_then_has_a_way_of_its_own(line_of: LineOf, how: str) -> None:
    line = line_of(HTTP)
    line.arrive()

    def fail(id_: str) -> list[Any]:
        return list(line.event(Reply(id_, error="refused", status=503)) if how == "error" else line.wait(3.0))

    assert [type(effect) for effect in fail("p1")] == [HttpRequest]
    assert line.event(Reply("p1", {"tier": "late"})) == []
    assert fail("p2") == [Answer(), Play("p3", (Speech("Failed.", "en-gb"),))]
    assert line.runner.run.variables["customer"] is None


def test_a_value_from_outside_cannot_ask_for_a_secret(line_of: LineOf) -> None:
    smuggling = HTTP.replace("- http:", "- set: {told: '${OTHER}'}\n    - http:", 1)
    line = line_of(smuggling.replace('"Bearer ${TOKEN}"', '"Bearer ${TOKEN} {{ told }}"'))
    assert line.arrive() == [Answer(), Play("p1", (Speech("Failed.", "en-gb"),))]


LOOKUP = """
    main:
    - lookup: caller
      in: customers.csv
      by: phone
      into: customer
      missing: [{hangup: busy}]
    - hangup: normal
"""


@pytest.mark.parametrize(
    ("reply", "cause"),
    [({"name": "Ann"}, "normal"), (None, "busy"), ("error", "busy"), ("silence", "busy")],
)
def test_a_row_or_none(line_of: LineOf, tmp_path: Path, reply: Any, cause: str) -> None:
    (tmp_path / "customers.csv").write_text("phone,name\n")
    line = line_of(LOOKUP)
    assert line.arrive() == [LookUp("p1", tmp_path / "customers.csv", None, "phone", "+15550100")]
    if reply == "silence":
        done = line.wait(5.0)
    else:
        done = line.event(Reply("p1", None, "no file") if reply == "error" else Reply("p1", reply))
    assert done == [Hangup(cause)]
    assert line.runner.run.variables["customer"] == (reply if isinstance(reply, dict) else None)


def test_facts_are_remembered_and_recalled(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - recall: [language, visits]
        - remember: {visits: "{{ (visits or 0) + 1 }}"}
          for: 1d
        - hangup: normal
    """)
    assert line.arrive() == [RecallFacts("p1", "+15550100", ("language", "visits"))]
    assert line.event(Reply("p1", {"visits": 4, "other": 1})) == [
        RememberFacts("+15550100", {"visits": 5}, 86400.0),
        Hangup("normal"),
    ]
    assert line.runner.run.variables["language"] is None
    assert "other" not in line.runner.run.variables


VERIFY = """
    main:
    - set: {pin: "4711"}
    - verify: Your PIN?
      digits: 4
      expect: pin
      tier: customer
      retries: 1
      lockout: {for: 10m, then: locked}
      otherwise: stranger
    - require: customer
      otherwise: stranger
    - require: banker
      otherwise: [{hangup: busy}]
    - hangup: normal
    locked: [{hangup: rejected}]
    stranger: [{hangup: unavailable}]
"""


def test_the_right_digits_reach_a_tier_and_are_kept_nowhere(line_of: LineOf) -> None:
    line = line_of(VERIFY)
    assert line.arrive() == [Answer(), RecallFacts("p1", "+15550100", ("locked_out_customer",))]
    line.event(Reply("p1", {}))
    line.press("4711")
    assert line.runner.run.ended == "busy"
    assert line.runner.run.variables["identity"] == ["customer"]
    typed = [data for what, data in line.traced if what != "set"]
    assert "4711" not in str(typed)


def test_too_many_wrong_digits_lock_the_caller_out(line_of: LineOf) -> None:
    line = line_of(VERIFY)
    line.arrive()
    line.event(Reply("p1", {}))
    line.press("1111")
    assert not line.runner.finished
    done = line.press("2222")
    assert RememberFacts("+15550100", {"locked_out_customer": True}, 600.0) in done
    assert done[-1] == Hangup("rejected")
    assert "1111" not in str(line.traced)


def test_who_is_locked_out_is_not_asked(line_of: LineOf) -> None:
    line = line_of(VERIFY)
    line.arrive()
    assert line.event(Reply("p1", {"locked_out_customer": True})) == [Hangup("rejected")]


def test_silence_locks_nobody_out_and_a_lock_that_cannot_be_read_is_none(line_of: LineOf) -> None:
    line = line_of(VERIFY)
    line.arrive()
    line.wait(5.0)
    for _ in range(2):
        line.heard_all()
        done = line.wait(5.0)
    assert done == [MaskDigits(False), Hangup("unavailable")]
    assert not any(isinstance(effect, RememberFacts) for effect in line.effects)


def test_a_condition_tells_right_from_wrong_as_well(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- verify: Code?\n  digits: 1..4\n  check: digits | int > 10\n  otherwise: [{hangup: busy}]\n"
        "- hangup: normal"
    )
    line.arrive()
    assert line.press("12#")[-1] == Hangup("normal")


def test_what_is_made_of_a_masked_variable_is_masked(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - collect: Card?
          digits: 4
          into: card
          masked: true
        - set: {copy: "{{ card }}", again: "<{{ copy }}>"}
        - say: "Your card is {{ again }}."
        - switch: copy
          cases: {x: [{hangup: busy}]}
        - hangup: normal
    """)
    line.arrive()
    line.press("9876")
    line.heard_all()
    assert line.said == ["Card?", "Your card is <9876>."]
    assert line.runner.finished
    assert "9876" not in str(line.traced)
