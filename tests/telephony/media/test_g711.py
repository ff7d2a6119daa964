import numpy as np

from telephony.media import g711

RAMP = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)


def test_known_values() -> None:
    # ITU-T G.711 tables 1a and 2a, scaled to 16 bits.
    assert g711.ULAW_TO_LINEAR[0x80] == 32124
    assert g711.ULAW_TO_LINEAR[0x00] == -32124
    assert g711.ULAW_TO_LINEAR[0xFF] == 0
    assert g711.ALAW_TO_LINEAR[0xD5] == 8
    assert g711.ALAW_TO_LINEAR[0xAA] == 32256
    assert g711.ALAW_TO_LINEAR[0x2A] == -32256


def test_silence() -> None:
    zeros = np.zeros(4, dtype=np.int16)
    assert g711.linear_to_ulaw(zeros) == b"\xff" * 4
    assert g711.linear_to_alaw(zeros) == b"\xd5" * 4
    assert bytes([g711.ULAW_SILENCE]).translate(g711.ULAW_TO_ALAW) == bytes([g711.ALAW_SILENCE])


def test_compression_picks_the_nearest_code() -> None:
    for table, compress in (
        (g711.ULAW_TO_LINEAR, g711.linear_to_ulaw),
        (g711.ALAW_TO_LINEAR, g711.linear_to_alaw),
    ):
        codes = np.frombuffer(compress(RAMP), dtype=np.uint8)
        error = np.abs(table[codes].astype(np.int32) - RAMP)
        best = np.min(np.abs(table[None, :].astype(np.int32) - RAMP[::97, None]), axis=1)
        slack = 8 if table is g711.ALAW_TO_LINEAR else 0  # A-law has no zero: 0 goes to the positive code
        assert np.all(error[::97] <= best + slack)


def test_codes_survive_expansion_and_compression() -> None:
    codes = bytes(range(256))
    assert g711.linear_to_alaw(g711.alaw_to_linear(codes)) == codes
    ulaw = g711.linear_to_ulaw(g711.ulaw_to_linear(codes))
    assert ulaw[:0x7F] + ulaw[0x80:] == codes[:0x7F] + codes[0x80:]  # 0x7f is the other zero


def test_translation_between_laws_keeps_the_sound() -> None:
    tone = (8000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)
    there_and_back = g711.linear_to_ulaw(tone).translate(g711.ULAW_TO_ALAW).translate(g711.ALAW_TO_ULAW)
    noise = g711.ulaw_to_linear(there_and_back).astype(float) - tone
    assert 20 * np.log10(np.std(tone) / np.std(noise)) > 33
