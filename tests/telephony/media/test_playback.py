from pathlib import Path

import pytest

from telephony.media.playback import WIDE_SUFFIX, WIDE_UNIT, Playlist, PromptCache


def frames(playlist: Playlist, limit: int = 50) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < limit and (frame := playlist.next_frame(160)) is not None:
        found.append(frame)
    return found


def test_files_join_without_a_gap() -> None:
    first, second = bytes(range(1, 101)) * 2, bytes(range(101, 221)) * 2
    played = b"".join(frames(Playlist("p", [first, second])))
    assert played == first + second + b"\xff" * 40
    assert len(played) == 480


def test_a_whole_number_of_frames_gets_no_silence() -> None:
    assert b"".join(frames(Playlist("p", [b"a" * 320]))) == b"a" * 320


def test_many_short_files_in_one_frame() -> None:
    assert frames(Playlist("p", [b"a" * 50, b"b" * 50, b"c" * 100])) == [
        b"a" * 50 + b"b" * 50 + b"c" * 60,
        b"c" * 40 + b"\xff" * 120,
    ]


def test_loop_is_gapless() -> None:
    file = bytes(range(250))
    played = b"".join(frames(Playlist("p", [file], loop=True), limit=100))
    assert played == (file * 70)[:16000]


@pytest.mark.parametrize("files", [[], [b""], [b"", b""]])
@pytest.mark.parametrize("loop", [False, True])
def test_nothing_to_play(files: list[bytes], loop: bool) -> None:
    playlist = Playlist("p", files, loop=loop)
    assert playlist.next_frame(160) is None
    assert playlist.next_frame(160) is None


def test_the_end_stays_the_end() -> None:
    playlist = Playlist("p", [b"a" * 200])
    assert len(frames(playlist)) == 2
    assert playlist.next_frame(160) is None


def test_cache_maps_a_file_once(tmp_path: Path) -> None:
    path = tmp_path / "prompt.ul"
    path.write_bytes(b"a" * 400)
    cache = PromptCache()
    assert cache.get(str(path)) is cache.get(str(path))
    assert bytes(cache.get(str(path))[:3]) == b"aaa"


def test_a_changed_file_is_mapped_anew_and_the_old_one_still_plays(tmp_path: Path) -> None:
    path = tmp_path / "prompt.ul"
    path.write_bytes(b"a" * 400)
    cache = PromptCache()
    old = Playlist("p", [cache.get(str(path))])
    replacement = tmp_path / "new"
    replacement.write_bytes(b"b" * 500)
    replacement.rename(path)
    assert Playlist("q", [cache.get(str(path))]).next_frame(160) == b"b" * 160
    assert old.next_frame(160) == b"a" * 160


def test_cache_is_bounded(tmp_path: Path) -> None:
    cache = PromptCache(limit=2)
    for name in "abc":
        (tmp_path / name).write_bytes(b"x")
        cache.get(str(tmp_path / name))
    assert len(cache) == 2


def test_empty_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert PromptCache().get(str(tmp_path / "empty")) == b""
    with pytest.raises(FileNotFoundError):
        PromptCache().get(str(tmp_path / "missing"))


def test_a_wide_playlist_is_cut_and_sought_in_the_same_time() -> None:
    first, second = b"a" * (200 * WIDE_UNIT), b"b" * (200 * WIDE_UNIT)
    playlist = Playlist("p", [first, second], is_wide=True)
    assert playlist.next_frame(160) == b"a" * (160 * WIDE_UNIT)
    assert playlist.next_frame(160) == b"a" * (40 * WIDE_UNIT) + b"b" * (120 * WIDE_UNIT)
    assert playlist.next_frame(160) == b"b" * (80 * WIDE_UNIT) + b"\0" * (80 * WIDE_UNIT)
    assert playlist.next_frame(160) is None
    playlist.seek(25)
    assert playlist.next_frame(160) == b"b" * (160 * WIDE_UNIT)


def test_a_wide_frame_for_who_speaks_g711_is_as_long() -> None:
    playlist = Playlist("p", [b"\0" * (320 * WIDE_UNIT)], is_wide=True)
    assert len(playlist.as_ulaw(playlist.next_frame(160) or b"")) == 160


def test_wide_prompts_are_the_files_beside_the_others_or_none_at_all(tmp_path: Path) -> None:
    cache = PromptCache()
    paths = [tmp_path / "one.ulaw", tmp_path / "two.ulaw"]
    for path in paths:
        path.write_bytes(b"n")
    paths[0].with_suffix(WIDE_SUFFIX).write_bytes(b"wide")
    assert cache.get_wide([str(path) for path in paths]) is None
    paths[1].with_suffix(WIDE_SUFFIX).write_bytes(b"wider")
    assert [bytes(each) for each in cache.get_wide([str(path) for path in paths]) or []] == [
        b"wide",
        b"wider",
    ]
