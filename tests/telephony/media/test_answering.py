import pytest

from telephony.media.answering import AnsweringMachineDetector, Judgement


def judge(*spans: tuple[bool, float]) -> Judgement | None:
    """Of stretches of speech and silence, in seconds."""
    detector = AnsweringMachineDetector()
    judgements = [
        detector.feed(speaking) for speaking, length_s in spans for _ in range(round(length_s / 0.02))
    ]
    (found,) = [one for one in judgements if one is not None] or [None]
    return found


@pytest.mark.parametrize(
    ("spans", "answerer"),
    [
        (((False, 0.5), (True, 0.6), (False, 3)), "human"),
        (((True, 0.4), (False, 0.3), (True, 0.5), (False, 3)), "human"),
        (((False, 0.5), (True, 4), (False, 1)), "machine"),
        (((True, 1.0), (False, 0.5), (True, 1.0), (False, 0.5), (True, 1.0), (False, 2)), "machine"),
        (((False, 10),), "unknown"),
    ],
)
def test_judgement(spans, answerer) -> None:
    found = judge(*spans)
    assert found is not None
    assert found.answerer == answerer


def test_no_judgement_while_it_may_be_either() -> None:
    assert judge((True, 1.0), (False, 0.4)) is None


def test_a_judgement_says_when() -> None:
    assert judge((False, 1.0), (True, 0.5), (False, 3)) == Judgement(
        "human", "said something short and waits", 2.2
    )
