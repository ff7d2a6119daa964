"""Legs without a network (`leg_kit`), and workers with phones on loopback (`worker_kit`)."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.media.messages import MediaConfig
from tests.telephony.media.leg_kit import FakeHost, LegUnderTest
from tests.telephony.media.worker_kit import HOST, WORKER_PORTS, Control, made_phones


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def new_leg(host: FakeHost) -> Callable[[str], LegUnderTest]:
    def make(name: str) -> LegUnderTest:
        return LegUnderTest(name, host, ssrc=0xA0 + len(name))

    return make


@pytest.fixture
def config(tmp_path: Path) -> MediaConfig:
    return MediaConfig(tmp_path / "run", port_min=WORKER_PORTS[0], port_max=WORKER_PORTS[-1], host=HOST)


@pytest.fixture
async def new_control(config: MediaConfig) -> AsyncIterator[Callable[..., Control]]:
    controls: list[Control] = []

    def make(**more: object) -> Control:
        controls.append(Control(replace(config, **more)))  # type: ignore[arg-type]
        return controls[-1]

    yield make
    for control in controls:
        await control.client.close()


new_phone = pytest.fixture(made_phones)
