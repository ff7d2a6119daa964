"""Menu and collect: keys, type-ahead, barge-in, silence, wrong input, retries."""

from collections.abc import Callable
from typing import Any

import pytest

from ivr.effects import Answer, Hangup, MaskDigits, Play, Speech, StopPlay

LineOf = Callable[[str], Any]

MENU = """
    main:
    - say: Welcome.
    - menu: One or two?
      keys: {1: one, 2: two, 22: twenty-two, "*": star}
      timeout: 5s
      between_digits: 1s
      retries: 1
      otherwise: none
    one: [{say: One.}, {hangup: normal}]
    two: [{say: Two.}, {hangup: normal}]
    twenty-two: [{say: Twenty-two.}, {hangup: normal}]
    star: [{say: Star.}, {hangup: normal}]
    none: [{say: None.}, {hangup: normal}]
"""


def play(id_: str, text: str) -> Play:
    return Play(id_, (Speech(text, "en-gb"),))


def test_a_key_leads_to_its_section(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    line.heard_all()
    assert line.press("1") == [play("p3", "One.")]


def test_a_key_interrupts_the_question(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    assert line.press("*") == [StopPlay(), play("p3", "Star.")]


def test_a_key_during_an_announcement_answers_the_menu_after_it(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    assert line.press("1") == [StopPlay(), play("p2", "One.")]
    assert ("menu", {"typed ahead": "1"}) in line.traced


def test_an_announcement_that_is_not_interruptible_loses_no_digit(line_of: LineOf) -> None:
    line = line_of(MENU.replace("say: Welcome.", "say: Welcome.\n      interruptible: false"))
    assert line.arrive() == [Answer(), play("p1", "Welcome.")]
    assert line.press("1") == []
    assert line.heard_all() == [play("p2", "One.")]


def test_a_question_that_is_not_interruptible_is_heard_to_its_end(line_of: LineOf) -> None:
    line = line_of(MENU.replace("timeout: 5s", "timeout: 5s\n      interruptible: false"))
    line.arrive()
    line.heard_all()
    assert line.press("1") == []
    assert line.heard_all() == [play("p3", "One.")]


def test_a_key_that_may_become_longer_is_waited_for(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    assert line.press("2") == [StopPlay()]
    assert line.runner.next_timer() == line.now + 1.0
    assert line.wait(1.0) == [play("p3", "Two.")]


def test_the_longer_key_wins(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    assert line.press("22") == [StopPlay(), play("p3", "Twenty-two.")]


def test_silence_asks_again_and_then_gives_up(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    assert line.runner.next_timer() is None  # the prompt plays: patience begins at its end
    line.heard_all()
    assert line.wait(4.9) == []
    assert line.wait(0.1) == [play("p3", "One or two?")]
    line.heard_all()
    assert line.wait(5.0) == [play("p4", "None.")]


def test_a_timer_asked_too_early_or_twice_does_nothing(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    line.heard_all()
    assert line.wait(1.0) == []
    line.wait(4.0)
    assert line.wait(0.0) == []


def test_a_wrong_key_asks_again_and_forgets_what_was_typed_behind_it(line_of: LineOf) -> None:
    line = line_of(MENU)
    line.arrive()
    line.heard_all()
    assert line.press("9") == [StopPlay(), play("p3", "One or two?")]
    assert line.press("9") == [StopPlay(), play("p4", "None.")]


@pytest.mark.parametrize("how", ["no_input", "wrong_input"])
def test_each_kind_of_failure_has_words_a_limit_and_a_way_of_its_own(line_of: LineOf, how: str) -> None:
    line = line_of(f"""
        main:
        - menu: Which?
          keys: {{1: main}}
          {how}: {{say: [First., Later.], retries: 3, then: own}}
          otherwise: other
        own: [{{hangup: busy}}]
        other: [{{hangup: normal}}]
    """)
    line.arrive()
    done = []
    for _ in range(4):
        if how == "no_input":
            line.heard_all()
            done = line.wait(5.0)
        else:
            done = line.press("9")
    assert line.said == ["Which?", "First. Which?", "Later. Which?", "Later. Which?"]
    assert done[-1] == Hangup("busy")


def test_the_steps_limit_counts_only_kinds_without_their_own(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - menu: Which?
          keys: {1: main}
          retries: 0
          no_input: {retries: 5}
          otherwise: [{hangup: busy}]
    """)
    line.arrive()
    for _ in range(3):
        line.heard_all()
        line.wait(5.0)
    assert not line.runner.finished
    assert line.press("9")[-1] == Hangup("busy")


def test_steps_in_place_come_back_to_the_step_below(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - menu: Which?
          keys: {1: [{say: You pressed one.}]}
        - say: Below.
        - hangup: normal
    """)
    line.arrive()
    line.press("1")
    line.heard_all()
    assert line.said[-2:] == ["You pressed one.", "Below."]


COLLECT = """
    main:
    - collect: Number?
      digits: 4..8
      into: number
      retries: 1
      otherwise: [{say: Never mind.}, {hangup: busy}]
    - say: "{{ number }}"
    - menu: Right?
      keys: {1: main, "#": main}
      otherwise: [{hangup: normal}]
"""


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1234#", "1234"), ("12345#", "12345"), ("12345678", "12345678"), ("12345678#", "12345678")],
)
def test_digits_are_collected_up_to_the_terminator_or_the_most_wanted(
    line_of: LineOf, typed: str, number: str
) -> None:
    line = line_of(COLLECT)
    line.arrive()
    line.press(typed)
    assert line.runner.run.variables["number"] == number
    assert line.said == ["Number?", number]  # a hash right after the last digit is not for the menu
    assert line.runner.run.typed == ""


def test_a_hash_long_after_the_last_digit_is_for_the_menu(line_of: LineOf) -> None:
    line = line_of(COLLECT)
    line.arrive()
    line.press("12345678")
    line.now += 10
    line.heard_all()
    line.press("#")
    assert line.said[-1] == "Number?"


def test_silence_between_digits_ends_a_long_enough_input(line_of: LineOf) -> None:
    line = line_of(COLLECT)
    line.arrive()
    line.press("12345")
    assert line.wait(2.9) == []
    assert line.wait(0.1) == [play("p2", "12345")]


@pytest.mark.parametrize("typed", ["123#", "#", "12*4#", "**********"])
def test_too_few_digits_and_others_than_digits_are_wrong(line_of: LineOf, typed: str) -> None:
    line = line_of(COLLECT)
    line.arrive()
    line.press(typed)
    assert line.said[:2] == ["Number?", "Number?"]
    assert any(what == "wrong input" for what, _ in line.traced)


def test_digits_typed_ahead_fill_several_questions_without_asking(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - say: Welcome.
        - menu: One or two?
          keys: {1: [{goto: one}]}
          otherwise: main
        one:
        - collect: Number?
          digits: 4
          into: number
        - collect: Pin?
          digits: 2
          into: pin
          masked: true
        - say: "{{ number }} {{ pin }}"
        - hangup: normal
    """)
    line.arrive()
    line.runner.run.typed = "1123498"
    assert line.heard_all() == [MaskDigits(True), MaskDigits(False), play("p2", "1234 98")]


def test_masked_digits_are_in_no_trace(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- collect: Pin?\n  digits: 4\n  into: pin\n  masked: true\n  pattern: '12.*'\n- hangup: normal"
    )
    line.arrive()
    line.press("9876")
    line.press("1276")
    assert line.runner.finished
    assert "9876" not in str(line.traced)
    assert "1276" not in str(line.traced)
    assert ("collected", {"pin": "****"}) in line.traced


def test_a_pattern_and_a_check_must_be_met(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - collect: Number?
          digits: 4
          into: number
          pattern: "[1-4]+"
          check: digits != called and digits != "1111"
        - hangup: normal
    """)
    line.arrive()
    for wrong in ("1999", "1111"):
        line.press(wrong)
        assert not line.runner.finished
    line.press("1234")
    assert line.runner.run.variables["number"] == "1234"


def test_without_otherwise_giving_up_goes_on_below(line_of: LineOf) -> None:
    line = line_of("main:\n- collect: Number?\n  digits: 4\n  into: number\n  retries: 0\n- hangup: busy")
    line.arrive()
    line.heard_all()
    assert line.wait(5.0) == [Hangup("busy")]


def test_no_more_digits_are_kept_than_anybody_could_mean(line_of: LineOf) -> None:
    line = line_of("main:\n- wait: forever")
    line.arrive()
    line.press("5" * 500)
    assert len(line.runner.run.typed) == 64
    assert line.runner.next_timer() is None


def test_a_wait_is_over_when_its_time_is_up_and_keeps_the_digits(line_of: LineOf) -> None:
    line = line_of("main:\n- wait: 3s\n- menu: Which?\n  keys: {1: [{hangup: busy}]}\n- hangup: normal")
    assert line.arrive() == [Answer()]
    assert line.press("1") == []
    assert line.wait(3.0) == [Hangup("busy")]


def test_digits_are_secret_exactly_while_they_are_asked_for(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- collect: Pin?\n  digits: 4\n  into: pin\n  masked: true\n- say: Thanks.\n- hangup: normal"
    )
    assert line.arrive() == [Answer(), MaskDigits(True), play("p1", "Pin?")]
    line.press("12")
    assert line.press("34") == [MaskDigits(False), play("p2", "Thanks.")]


SECRETS = """
main:
- say: Welcome.
- menu: One or two?
  keys: {1: pin}
  retries: 0
  otherwise: gone
pin:
- collect: PIN?
  digits: 4
  into: pin
  masked: true
- collect: Number?
  digits: 2
  into: number
- menu: Three?
  keys: {3: gone}
- hangup: normal
gone:
- hangup: normal
"""


@pytest.mark.parametrize("typed", ["4711", "147119", "1471112345", "1471112#4711"])
def test_a_secret_typed_where_it_is_not_asked_for_is_shown_nowhere(line_of: LineOf, typed: str) -> None:
    line = line_of(SECRETS)
    line.arrive()
    line.press(typed)
    shown = " ".join(f"{what} {data}" for what, data in line.traced)
    assert "*" in shown
    for digits in ("471", "711", "19", "345"):
        assert digits not in shown


def test_what_is_accepted_is_shown_all_the_same_where_no_secret_is_asked(line_of: LineOf) -> None:
    line = line_of(SECRETS)
    line.arrive()
    line.press("1471112")
    assert ("collected", {"number": "12"}) in line.traced
    assert ("key", {"key": "1"}) in line.traced
    assert ("collected", {"pin": "****"}) in line.traced
