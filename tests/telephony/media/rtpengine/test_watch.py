from telephony.media.messages import MediaEvent, RemoteMedia, RtpTimeout
from telephony.media.rtpengine.ng import NgLink
from telephony.media.rtpengine.party import Call, Party
from telephony.media.rtpengine.watch import Watch


def answer(last_packet: int) -> dict[str, object]:
    return {"tags": {"a": {"medias": [{"streams": [{"last packet": last_packet}]}]}}}


def test_a_silence_is_told_once_and_again_only_after_something_was_heard() -> None:
    told: list[MediaEvent] = []
    watch = Watch(NgLink(("127.0.0.1", 1), "x"), 30.0, 300.0, {}, told.append, lambda _: None)
    party = Party("a", Call("c"), 1000.0)
    watch.check(party, answer(990), 2000.0)
    assert told == []  # its remote is not known yet
    party.remote = RemoteMedia("192.0.2.7", 4000, "PCMU", 0, 101)
    watch.check(party, answer(990), 1029.0)
    assert told == []  # silence counts from when the remote was told
    watch.check(party, answer(1010), 1040.0)
    watch.check(party, answer(1010), 1050.0)
    assert told == [RtpTimeout("a", 30.0)]
    watch.check(party, answer(1051), 1060.0)
    watch.check(party, answer(1051), 1090.0)
    assert told == [RtpTimeout("a", 30.0), RtpTimeout("a", 39.0)]


def test_a_held_party_may_be_silent_for_longer() -> None:
    told: list[MediaEvent] = []
    watch = Watch(NgLink(("127.0.0.1", 1), "x"), 30.0, 300.0, {}, told.append, lambda _: None)
    party = Party(
        "a", Call("c"), 1000.0, remote=RemoteMedia("192.0.2.7", 4000, "PCMU", 0, 101, receiving=False)
    )
    watch.check(party, answer(1000), 1299.0)
    assert told == []
    watch.check(party, answer(1000), 1300.0)
    assert told == [RtpTimeout("a", 300.0)]
