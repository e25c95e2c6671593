"""Recordings of every kind become takes for the telephone; what cannot be used is named with its cure."""

from __future__ import annotations

import io
import math
import random
import sys
import wave
from array import array
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.speech import sound, taking
from consult.speech.taking import LARGEST, Unusable, take
from tests.conftest import need_module
from tests.speech.sounds import KINDS, clipped, encoded, quiet, tone


def reloaded(content: bytes) -> array[int]:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return array("h", file.readframes(file.getnframes()))


def wav_at(samples: array[int], rate: int, channels: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def test_a_take_has_a_tenth_of_a_second_of_quiet_at_both_ends() -> None:
    for before, after in ((2.0, 0.5), (0.0, 0.0), (0.03, 3.0)):
        done = take(sound.wav(quiet(before) + tone(1.0) + quiet(after)))
        assert sound.milliseconds(done) == pytest.approx(1200, abs=20)
        assert max(map(abs, done[:780])) == 0
        assert max(map(abs, done[800:900])) > 1000


@pytest.mark.parametrize("peak", [0.02, 0.1, 0.5, 0.99])
def test_soft_and_loud_takes_come_out_equally_loud(peak: float) -> None:
    done = take(sound.wav(tone(1.0, peak)))
    assert sound.loudness(done) == pytest.approx(sound.LOUD, abs=0.2)


def test_a_take_with_a_bang_in_it_stays_below_the_peak() -> None:
    samples = tone(2.0, 0.05) + tone(0.02, 0.9)
    done = take(sound.wav(samples))
    assert 20 * math.log10(max(map(abs, done)) / 32_767) == pytest.approx(sound.PEAK, abs=0.1)


def test_pauses_do_not_count_when_loudness_is_measured() -> None:
    spoken, with_pauses = tone(2.0, 0.3), tone(1.0, 0.3) + quiet(4.0) + tone(1.0, 0.3)
    level = sound.loudness(spoken)
    assert level is not None
    assert sound.loudness(with_pauses) == pytest.approx(level, abs=0.1)


def test_a_loud_clean_tone_is_not_called_clipped() -> None:
    for rate in (8000, 44_100):
        for hertz in (100.0, 440.0):
            assert not sound.is_clipped(tone(0.5, 1.0, rate, hertz), rate)
            assert sound.is_clipped(clipped(0.5, rate), rate)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (sound.wav(clipped(1.0)), "clipped"),
        (sound.wav(quiet(1.0)), "silent"),
        (sound.wav(tone(1.0, 0.001)), "silent"),
        (sound.wav(quiet(0.0)), "silent"),
        (sound.wav(tone(61.0)), "longer than 60 seconds"),
        (sound.wav(tone(121.0)), "longer than 2 minutes"),
        (b"RIFF" + bytes(LARGEST), "larger than"),
        (b"", "no recording"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "no recording"),
        (b"\x7fELF" + bytes(900), "no recording"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_cure(content: bytes, says: str) -> None:
    with pytest.raises(Unusable, match=says) as caught:
        take(content)
    assert caught.value.cure


def test_a_long_silence_around_a_short_text_is_no_fault() -> None:
    assert sound.milliseconds(take(sound.wav(quiet(50.0) + tone(1.0) + quiet(50.0)))) == pytest.approx(1200, abs=20)


def test_another_shape_of_file_names_what_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    for content in (wav_at(tone(1.0, rate=44_100), 44_100), b"OggS" + bytes(100)):
        with pytest.raises(Unusable, match=r"pip install 'consult\[audio\]'"):
            take(content)
    assert take(sound.wav(tone(1.0)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_that_telephones_record_is_taken(kind: str) -> None:
    need_module("av", "pip install 'consult[audio]'")
    done = take(encoded(quiet(0.5, 48_000) + tone(2.0, 0.2, 48_000) + quiet(0.5, 48_000), 48_000, kind))
    again = reloaded(sound.wav(done))
    assert sound.milliseconds(again) == pytest.approx(2200, abs=60)
    assert sound.loudness(again) == pytest.approx(sound.LOUD, abs=0.3)
    assert _crossings(again) == pytest.approx(440, rel=0.02)


def test_a_rate_that_nothing_records_at_is_not_believed() -> None:
    need_module("av", "pip install 'consult[audio]'")
    for rate in (192_001, 520_101_696):
        with pytest.raises(Unusable) as caught:
            take(wav_at(tone(0.5, rate=8000), rate))
        assert caught.value.code == "damaged"


def test_a_head_of_a_wrong_size_is_a_damaged_file() -> None:
    need_module("av", "pip install 'consult[audio]'")
    whole = sound.wav(tone(0.5))
    for size in (0, 1, 15, 2**31, 2**32 - 1):
        with suppress(Unusable):
            take(whole[:16] + size.to_bytes(4, "little") + whole[20:])


def _crossings(samples: array[int]) -> float:
    """Hertz: how often one second of it passes zero upwards."""
    middle = samples[4000:12_000]
    return sum(a < 0 <= b for a, b in pairwise(middle))


def test_a_recording_in_stereo_becomes_one_channel() -> None:
    need_module("av", "pip install 'consult[audio]'")
    both = array("h", [sample for each in tone(1.0, 0.3, 44_100) for sample in (each, each)])
    assert sound.milliseconds(take(wav_at(both, 44_100, 2))) == pytest.approx(1200, abs=30)


def test_clipping_is_seen_before_the_rate_is_changed() -> None:
    need_module("av", "pip install 'consult[audio]'")
    with pytest.raises(Unusable, match="clipped"):
        take(wav_at(clipped(1.0, 44_100), 44_100))


def test_a_long_compressed_file_is_not_decoded_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    need_module("av", "pip install 'consult[audio]'")
    monkeypatch.setattr(taking, "_HEARD", 1)
    with pytest.raises(Unusable, match="longer than"):
        take(encoded(tone(3.0, 0.2, 16_000), 16_000, "ogg"))


@given(
    st.sampled_from([b"RIFF\x00\x00\x00\x00WAVE", b"ID3", b"OggS", b"\x1aE\xdf\xa3", b"\x00\x00\x00\x18ftyp"]),
    st.binary(),
)
def test_no_bytes_do_more_than_be_refused(head: bytes, rest: bytes) -> None:
    with pytest.raises(Unusable):
        take(head + rest)


def test_a_file_cut_off_anywhere_is_taken_or_refused() -> None:
    need_module("av", "pip install 'consult[audio]'")
    whole = encoded(tone(1.0, 0.3, 16_000), 16_000, "webm")
    for end in range(0, len(whole), max(1, len(whole) // 25)):
        with suppress(Unusable):
            assert sound.loudness(take(whole[:end])) == pytest.approx(sound.LOUD, abs=0.5)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_file_with_wrong_bytes_in_it_is_taken_or_refused(kind: str) -> None:
    need_module("av", "pip install 'consult[audio]'")
    whole, chance, ends = encoded(tone(0.5, 0.3, 16_000), 16_000, kind), random.Random(5), set()
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20, 200))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            ends.add(bool(take(bytes(damaged))))
        except Unusable:
            ends.add(False)
    assert False in ends  # nothing else was raised; OGG notices every wrong byte, the others only some
