"""Transfer and dial: what is asked of others, what is heard meanwhile, where each outcome leads."""

from collections.abc import Callable

import pytest

from ivr.effects import CancelDial, DialOut, Hangup, HoldMusic, Party, Play, StopPlay, TransferCaller
from ivr.events import PartyLeft, Reply, TalkBegan
from tests.ivr.conftest import Line

LineOf = Callable[[str], Line]
DIAL = """
main:
- dial: {agent: "{{ who }}"}
  timeout: 15s
  after: thanks
  busy: engaged
- say: Nobody.
- hangup: unavailable
engaged:
- hangup: busy
thanks:
- say: Thanks.
- hangup: normal
begin:
- set: {who: anna}
- goto: main
"""


def dial(line_of: LineOf) -> Line:
    line = line_of(
        DIAL.replace("main:", "rest:", 1).replace("begin:", "main:").replace("goto: main", "goto: rest")
    )
    line.arrive()
    return line


def test_dial_calls_and_sounds_the_ringing_tone(line_of: LineOf) -> None:
    line = dial(line_of)
    (order,) = [effect for effect in line.effects if isinstance(effect, DialOut)]
    assert order == DialOut(order.request_id, Party(agent="anna"), 15.0, 7200.0)
    (ringing,) = [effect for effect in line.effects if isinstance(effect, Play)]
    assert ringing.loop
    assert str(order.party) == "agent anna"


def test_when_they_talk_the_flow_is_silent_and_hears_no_keys(line_of: LineOf) -> None:
    line = dial(line_of)
    assert line.event(TalkBegan()) == [StopPlay()]
    assert line.press("12") == []
    assert line.runner.run.typed == ""
    assert line.runner.next_timer() is None
    line.event(PartyLeft("p1", "answered"))
    assert line.said[-1] == "Thanks."
    line.press("1")
    assert line.runner.run.typed == "1"


@pytest.mark.parametrize(
    ("outcome", "cause"), [("busy", "busy"), ("no_answer", "unavailable"), ("failed", "unavailable")]
)
def test_an_outcome_without_a_branch_of_its_own_goes_on_below(
    line_of: LineOf, outcome: str, cause: str
) -> None:
    line = dial(line_of)
    done = line.event(PartyLeft("p1", outcome))
    if outcome != "busy":
        done = line.heard_all()
    assert done[-1] == Hangup(cause)


def test_somebody_who_never_tells_is_given_up(line_of: LineOf) -> None:
    line = dial(line_of)
    done = line.wait(25.0)
    assert CancelDial("p1") in done
    assert line.said[-1] == "Nobody."
    assert line.event(PartyLeft("p1", "answered")) == []


def test_a_server_that_cannot_call_is_a_failure(line_of: LineOf) -> None:
    line = dial(line_of)
    line.event(Reply("p1", None, "this server cannot do that"))
    assert ("left", {"outcome": "failed", "why": "this server cannot do that"}) in line.traced


def test_a_transfer_is_announced_and_ends_the_run(line_of: LineOf) -> None:
    line = line_of(
        """
        main:
        - transfer: {number: "+442079460100", trunk: carrier}
          announce: One moment.
          how: attended
          hear: music
        - hangup: unavailable
        """
    )
    line.arrive()
    assert line.said == ["One moment."]
    done = line.heard_all()
    party = Party(number="+442079460100", trunk="carrier")
    assert done[0] == TransferCaller("p2", party, True, 30.0)
    assert isinstance(done[1], Play)
    assert done[1].prompts == (HoldMusic(),)
    assert line.event(PartyLeft("p2", "transferred"))[-1] == Hangup("transferred")
    assert not line.runner.contained
    assert str(party) == "+442079460100 by trunk carrier"


def test_a_talk_that_begins_where_nobody_is_called_changes_nothing(line_of: LineOf) -> None:
    line = line_of("main:\n- wait: 5s\n- hangup: normal")
    line.arrive()
    assert line.event(TalkBegan()) == []
    assert not line.runner.run.talking
