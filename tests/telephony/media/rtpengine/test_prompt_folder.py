from pathlib import Path

import pytest

from telephony.media.rtpengine.prompt_folder import PromptFolder


def test_a_chain_is_one_file_that_others_can_read(tmp_path: Path) -> None:
    one, two = tmp_path / "one.ul", tmp_path / "two.ul"
    one.write_bytes(b"\x11" * 400)
    two.write_bytes(b"\x22" * 80)
    folder = PromptFolder(tmp_path / "wav")
    file = folder.file_for([one, two])
    assert file.read_bytes()[-480:] == b"\x11" * 400 + b"\x22" * 80
    assert file.stat().st_mode & 0o444 == 0o444
    assert folder.file_for([one, two]) == file
    two.write_bytes(b"\x33" * 80)
    assert folder.file_for([one, two]) != file


def test_the_header_is_a_wav_files(tmp_path: Path) -> None:
    one = tmp_path / "one.ul"
    one.write_bytes(b"\xff" * 800)
    data = PromptFolder(tmp_path / "wav").file_for([one]).read_bytes()
    assert (data[:4], data[8:16], data[38:42]) == (b"RIFF", b"WAVEfmt ", b"data")
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert int.from_bytes(data[42:46], "little") == 800


def test_a_prompt_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PromptFolder(tmp_path).file_for([tmp_path / "none.ul"])
