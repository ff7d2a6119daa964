"""What holds for every test."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Interoperability first: where tests run side by side, the long ones must not be the last."""
    items.sort(key=lambda item: item.get_closest_marker("interop") is None)


@pytest.fixture(autouse=True, scope="module")
def nothing_left_open() -> Iterator[None]:
    """Whatever a module's tests left open is found at that module's end, instead of in a later module's test.

    A warning of a socket, file or task that the garbage collector finds open is an error like any other.
    """
    yield
    gc.collect()
    gc.freeze()  # what is alive now is not looked at again, so that this stays cheap
