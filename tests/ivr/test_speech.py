"""The speech process: it speaks, it dies and comes back, it is never waited for without end."""

import asyncio
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr import speech
from ivr.sound import rms_dbfs
from ivr.speech import EspeakEngine, SpeechError


@pytest.fixture
async def engine() -> AsyncIterator[EspeakEngine]:
    engine = EspeakEngine()
    yield engine
    await engine.close()


def stand_in(tmp_path: Path, body: str) -> EspeakEngine:
    """A program with the protocol and a fault."""
    program = tmp_path / "stand_in.py"
    program.write_text(
        textwrap.dedent("""
            import json, struct, sys, time
            def write(message, payload=b""):
                data = json.dumps(message).encode()
                sys.stdout.buffer.write(struct.pack("!I", len(data)) + data + payload)
                sys.stdout.buffer.flush()
            def read():
                return json.loads(sys.stdin.buffer.read(struct.unpack("!I", sys.stdin.buffer.read(4))[0]))
        """)
        + textwrap.dedent(body)
    )
    return EspeakEngine(command=(sys.executable, str(program)))


async def test_it_speaks(engine: EspeakEngine) -> None:
    samples, rate_hz = await engine.speak("Thank you for calling.", "en-gb")
    assert rate_hz == 22050
    assert 0.7 < samples.size / rate_hz < 4
    assert rms_dbfs(samples) > -40
    assert (await engine.identity()).startswith("espeak-ng 1.")


@pytest.mark.parametrize("language", ["en", "en-us", "en-gb", "de", "fr-fr", "es"])
async def test_it_speaks_several_languages(engine: EspeakEngine, language: str) -> None:
    samples, _ = await engine.speak("1 2 3", language)
    assert rms_dbfs(samples) > -40


async def test_a_language_without_a_voice(engine: EspeakEngine) -> None:
    with pytest.raises(SpeechError, match='no voice for the language "xx-yy"'):
        await engine.speak("Hello", "xx-yy")
    await engine.speak("Hello", "en-gb")
    assert engine.starts == 1


async def test_a_killed_process_is_started_again(engine: EspeakEngine) -> None:
    await engine.speak("One", "en-gb")
    assert engine._voice is not None
    engine._voice.process.kill()
    await engine._voice.process.wait()
    await engine.speak("Two", "en-gb")
    assert engine.starts == 2


async def test_many_at_once_take_turns(engine: EspeakEngine) -> None:
    spoken = await asyncio.gather(*(engine.speak(f"Number {i}", "en-gb") for i in range(10)))
    assert len(spoken) == 10
    assert engine.starts == 1


async def test_a_text_that_kills_the_process_is_given_up(tmp_path: Path) -> None:
    engine = stand_in(tmp_path, 'write({"version": "1"}); read()')
    with pytest.raises(SpeechError, match="dies over this text"):
        await engine.speak("Boom", "en-gb")
    assert engine.starts == 2
    await engine.close()


async def test_a_process_that_does_not_start(tmp_path: Path) -> None:
    engine = stand_in(tmp_path, "sys.exit(1)")
    with pytest.raises(SpeechError, match="does not start"):
        await engine.speak("Hello", "en-gb")
    await engine.close()


async def test_a_process_that_hangs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "SPEAK_DEADLINE_S", 0.05)
    monkeypatch.setattr(speech, "STOP_DEADLINE_S", 0.05)
    engine = stand_in(tmp_path, 'write({"version": "1"}); read(); time.sleep(60)')
    with pytest.raises(SpeechError, match="too slow"):
        await engine.speak("Hello", "en-gb")
    assert engine._voice is None
    await engine.close()


async def test_who_gives_up_leaves_no_answer_for_the_next(engine: EspeakEngine) -> None:
    await engine.speak("Warm", "en-gb")
    long = asyncio.create_task(engine.speak("A very long text. " * 50, "en-gb"))
    await asyncio.sleep(0)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    short, rate_hz = await engine.speak("Hi", "en-gb")
    assert short.size / rate_hz < 2


async def test_a_process_that_sends_too_much_is_refused(tmp_path: Path) -> None:
    engine = stand_in(
        tmp_path, 'write({"version": "1"}); read(); write({"rate": 8000, "bytes": 10**12}); read()'
    )
    with pytest.raises(SpeechError, match="wants to send"):
        await engine.speak("Hello", "en-gb")
    await engine.close()
