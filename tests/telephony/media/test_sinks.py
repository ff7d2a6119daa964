from telephony.media.sinks import joined


class Kept:
    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:
        self.packets.append(bytes(packet[:size]))


def test_nobody_and_one_need_nothing_between() -> None:
    one = Kept()
    assert joined([None, None]) is None
    assert joined([None, one]) is one


def test_several_hear_the_same() -> None:
    one, two = Kept(), Kept()
    both = joined([one, None, two])
    assert both is not None
    both.write(0, 0, memoryview(b"abc"), 3, 1.0)
    assert one.packets == two.packets == [b"abc"]
