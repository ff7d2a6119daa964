"""Names are random, of one length, and never the same twice, in a fork either."""

from __future__ import annotations

import os

from cordboard.identity import BLOCK, Names


def test_names_over_several_blocks_are_all_different() -> None:
    new_id = Names()
    names = {new_id() for _ in range(3 * BLOCK + 1)}
    assert len(names) == 3 * BLOCK + 1
    assert {len(name) for name in names} == {16}
    assert all(int(name, 16) >= 0 for name in names)


def test_a_fork_draws_names_of_its_own() -> None:
    new_id = Names()
    new_id()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() != new_id()
