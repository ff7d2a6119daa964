"""Prompts: their level, their cache, files of several kinds, failures."""

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from callflows.flow import load_flow
from ivr.effects import AudioFile, Recorded, Silence, Speech
from ivr.prompts import PROMPT_DBFS, PromptError, PromptLibrary
from ivr.sound import RATE_HZ, WIDE_HZ, Samples, from_ulaw, rms_dbfs, speech_dbfs
from ivr.speech import EspeakEngine, SpeechError
from telephony.media.playback import WIDE_SUFFIX, WIDE_UNIT

TEXTS = [
    "Thank you for calling Acme.",
    "Please enter your customer number, then press hash.",
    "1",
    "All of our agents are busy at the moment. Please stay on the line, and we will be with you as soon as we can.",
]


class ToneEngine:
    """An engine that hums, and counts."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.closed = False

    async def identity(self) -> str:
        return "tone"

    async def speak(self, text: str, language: str) -> tuple[Samples, int]:
        if text == "unspeakable":
            raise SpeechError("no")
        self.spoken.append(f"{language}: {text}")
        await asyncio.sleep(0)
        return (0.1 * np.sin(np.arange(22050) / 9)).astype(np.float32), 22050

    async def close(self) -> None:
        self.closed = True


def write_wav(path: Path, rate_hz: int, channels: int, seconds: float = 0.5) -> Path:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(tone, channels).tobytes())
    return path


@pytest.fixture
async def spoken(tmp_path: Path) -> AsyncIterator[PromptLibrary]:
    library = PromptLibrary(tmp_path / "cache", EspeakEngine())
    yield library
    await library.close()


@pytest.fixture
def engine() -> ToneEngine:
    return ToneEngine()


@pytest.fixture
def library(tmp_path: Path, engine: ToneEngine) -> PromptLibrary:
    return PromptLibrary(tmp_path / "cache", engine)


@pytest.mark.parametrize("text", TEXTS)
async def test_a_spoken_prompt_has_its_level_and_does_not_clip(spoken: PromptLibrary, text: str) -> None:
    samples = from_ulaw((await spoken.prepare(Speech(text, "en-gb"))).read_bytes())
    assert speech_dbfs(samples) == pytest.approx(PROMPT_DBFS, abs=1.0)
    assert float(np.abs(samples).max()) < 0.95
    assert abs(float(samples[0])) < 0.01
    assert abs(float(samples[-1])) < 0.01


async def test_nothing_but_a_breath_is_before_and_after_what_is_said(spoken: PromptLibrary) -> None:
    samples = from_ulaw((await spoken.prepare(Speech(TEXTS[0], "en-gb"))).read_bytes())
    for end in (samples[:800], samples[-800:]):
        assert rms_dbfs(end) > -50


async def test_a_prompt_is_rendered_once_however_many_want_it(
    library: PromptLibrary, engine: ToneEngine
) -> None:
    prompt = Speech("Hello", "en-gb")
    paths = await asyncio.gather(*(library.prepare(prompt) for _ in range(20)))
    assert len(set(paths)) == len(engine.spoken) == library.rendered == 1
    await library.prepare(prompt)
    assert library.rendered == 1


async def test_one_who_gives_up_does_not_disturb_the_other(
    library: PromptLibrary, engine: ToneEngine
) -> None:
    first, second = (asyncio.create_task(library.prepare(Speech("Hello", "en-gb"))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).is_file()
    assert first.cancelled()
    assert len(engine.spoken) == 1


async def test_text_language_and_engine_make_another_file(library: PromptLibrary, tmp_path: Path) -> None:
    paths = {await library.prepare(Speech(text, lang)) for text in ("a", "b") for lang in ("en", "de")}
    other = ToneEngine()
    other.identity = lambda: asyncio.sleep(0, "another")  # type: ignore[method-assign]
    paths.add(await PromptLibrary(tmp_path / "cache", other).prepare(Speech("a", "en")))
    assert len(paths) == 5


async def test_a_failure_is_told_and_tried_again_the_next_time(
    library: PromptLibrary, tmp_path: Path
) -> None:
    for _ in range(2):
        with pytest.raises(SpeechError):
            await library.prepare(Speech("unspeakable", "en"))
    assert not list(tmp_path.glob("cache/*"))


@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (16000, 1), (44100, 2), (48000, 2)])
async def test_audio_files_are_brought_to_the_same_shape(
    library: PromptLibrary, tmp_path: Path, rate_hz: int, channels: int
) -> None:
    path = write_wav(tmp_path / "in.wav", rate_hz, channels)
    samples = from_ulaw((await library.prepare(AudioFile(path))).read_bytes())
    assert samples.size / RATE_HZ == pytest.approx(0.5, abs=0.03)
    assert speech_dbfs(samples) == pytest.approx(PROMPT_DBFS, abs=0.5)
    crossings = int(np.count_nonzero(np.diff(np.signbit(samples[400:3200]))))
    assert crossings / 2 / (2800 / RATE_HZ) == pytest.approx(440, abs=8)


async def test_an_audio_file_that_changed_is_prepared_anew(library: PromptLibrary, tmp_path: Path) -> None:
    first = await library.prepare(AudioFile(write_wav(tmp_path / "in.wav", 8000, 1)))
    second = await library.prepare(AudioFile(write_wav(tmp_path / "in.wav", 8000, 1, seconds=0.7)))
    assert first != second


async def test_an_audio_file_is_read_once_for_all_callers(
    library: PromptLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = AudioFile(write_wav(tmp_path / "in.wav", 8000, 1))
    first = await library.prepare(prompt)

    def read(path: Path) -> bytes:
        raise AssertionError(f"{path} is read again")

    monkeypatch.setattr(Path, "read_bytes", read)
    assert await library.prepare(prompt) == first


async def test_a_file_that_is_no_audio_and_one_that_is_not_there(
    library: PromptLibrary, tmp_path: Path
) -> None:
    (tmp_path / "x.wav").write_bytes(b"this is no audio")
    with pytest.raises(PromptError):
        await library.prepare(AudioFile(tmp_path / "x.wav"))
    with pytest.raises(FileNotFoundError):
        await library.prepare(AudioFile(tmp_path / "nowhere.wav"))


async def test_silence_and_empty_texts_can_be_played(library: PromptLibrary) -> None:
    assert len((await library.prepare(Silence(0.5))).read_bytes()) == 4000
    assert (await library.prepare(Speech("  ", "en"))).stat().st_size == 160


async def test_nothing_half_written_is_ever_seen(library: PromptLibrary, tmp_path: Path) -> None:
    await library.prepare(Speech("Hello", "en"))
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".ulaw"]


async def test_everything_static_of_a_flow_is_prepared_before_a_call(
    library: PromptLibrary, engine: ToneEngine, tmp_path: Path
) -> None:
    write_wav(tmp_path / "hello.wav", 8000, 1)
    (tmp_path / "flow.yaml").write_text("""
flow: f
start: main
language: de
sections:
  main:
    - say: [Hello., {file: hello.wav}, {pause: 500ms}, {text: Bonjour., language: fr-fr}]
    - menu: Which?
      language: en-us
      no_input: Hello?
      keys: {1: [{say: "Caller {{ caller }}"}]}
    - hangup: normal
""")
    await library.prepare_flow(load_flow(tmp_path / "flow.yaml"))
    assert sorted(engine.spoken) == ["de: Hello.", "en-us: Hello?", "en-us: Which?", "fr-fr: Bonjour."]
    assert library.rendered == 6


async def test_closing_closes_the_engine(library: PromptLibrary, engine: ToneEngine) -> None:
    await library.music()
    await library.close()
    assert engine.closed


async def test_a_message_is_heard_back_and_its_copy_forgotten(library: PromptLibrary, tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="no recording m1"):
        await library.prepare(Recorded("m1"))
    message = write_wav(tmp_path / "m1.wav", 8000, 1)

    async def find(name: str) -> Path | None:
        return message if name == "m1" else None

    library.recording_file = find
    path = await library.prepare(Recorded("m1"))
    assert len(path.read_bytes()) == pytest.approx(4000, abs=10)
    assert await library.prepare(Recorded("m1")) == path
    await library.forget_recorded("m1")
    await library.forget_recorded("m1")
    assert not path.exists()
    assert message.exists()


def read_wide(path: Path) -> Samples:
    return np.frombuffer(path.with_suffix(WIDE_SUFFIX).read_bytes(), "<i2").astype(np.float32) / 32768


async def test_for_wideband_phones_speech_is_kept_at_16_khz_beside_the_other(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path / "cache", EspeakEngine(), wide=True)
    try:
        path = await library.prepare(Speech("Sixty-six seconds.", "en"))
    finally:
        await library.close()
    narrow, wide = path.read_bytes(), read_wide(path)
    assert wide.size * 2 == len(narrow) * WIDE_UNIT
    assert speech_dbfs(from_ulaw(narrow)) == pytest.approx(PROMPT_DBFS, abs=0.5)
    assert speech_dbfs(wide, WIDE_HZ) == pytest.approx(PROMPT_DBFS, abs=0.5)
    power = np.abs(np.fft.rfft(wide)) ** 2
    above = power[power.size * 9 // 16 :].sum() / power.sum()
    assert above > 0.005, "what an s is made of lies above 4.5 kHz"


async def test_a_cache_that_was_made_without_it_is_made_whole(tmp_path: Path) -> None:
    engine = ToneEngine()
    narrow = await PromptLibrary(tmp_path / "cache", engine).prepare(Speech("a", "en"))
    assert not narrow.with_suffix(WIDE_SUFFIX).exists()
    library = PromptLibrary(tmp_path / "cache", engine, wide=True)
    assert await library.prepare(Speech("a", "en")) == narrow
    assert read_wide(narrow).size == 2 * len(narrow.read_bytes())
    await library.prepare(Speech("a", "en"))
    assert len(engine.spoken) == library.rendered + 1 == 2


async def test_what_has_no_more_to_give_is_kept_once(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path / "cache", ToneEngine(), wide=True)
    for prompt in (Silence(0.5), Speech("  ", "en")):
        path = await library.prepare(prompt)
        assert await library.prepare(prompt) == path
        assert not path.with_suffix(WIDE_SUFFIX).exists()
    assert library.rendered == 2


async def test_a_message_heard_back_leaves_nothing(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path / "cache", ToneEngine(), wide=True)
    wav = write_wav(tmp_path / "m.wav", 16_000, 1)

    async def find(_name: str) -> Path:
        return wav

    library.recording_file = find
    path = await library.prepare(Recorded("m"))
    assert path.with_suffix(WIDE_SUFFIX).exists()
    await library.forget_recorded("m")
    assert list((tmp_path / "cache").iterdir()) == []
