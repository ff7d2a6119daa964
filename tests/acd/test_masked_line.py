"""The line that is searched by sets, compared with a plain sort and filter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import masked_line
from acd.line import Entry
from acd.masked_line import MaskedLine

NAMES = [f"a{number}" for number in range(12)]
Step = tuple[str, float, int]
steps = st.lists(st.tuples(st.sampled_from(NAMES), st.floats(-5, 5), st.integers(-1, 3)), max_size=60)


@given(steps, st.integers(0, 2 ** len(NAMES) - 1), st.sampled_from([1, 2, 64]))
def test_the_first_of_a_set_are_those_of_a_plain_search(steps: list[Step], wanted: int, block: int) -> None:
    slots = {name: slot for slot, name in enumerate(NAMES)}
    line = MaskedLine(slots)
    model: dict[str, Entry] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masked_line, "BLOCK", block)
        for item, score, tie in steps:
            if tie < 0:
                line.discard(item)
                model.pop(item, None)
            else:
                line.add(item, (score, 0.0), tie)
                model[item] = (score, 0.0, tie, item)
            expected = sorted(model.values())
            assert line.entries() == expected
            assert list(line.among(wanted)) == [each for each in expected if wanted >> slots[each[3]] & 1]
            assert len(line) == len(model)
            assert all(name in line for name in model)


def test_a_block_in_which_nobody_suits_is_passed_over_whole() -> None:
    slots = {str(number): number for number in range(1000)}
    line = MaskedLine(slots)
    for name, slot in slots.items():
        line.add(name, (float(slot), 0.0), slot)

    class Looked(dict[str, int]):
        count = 0

        def __getitem__(self, name: str) -> int:
            self.count += 1
            return super().__getitem__(name)

    line._slots = looked = Looked(slots)
    assert next(line.among(1 << 999))[3] == "999"
    assert looked.count <= 2 * masked_line.BLOCK
