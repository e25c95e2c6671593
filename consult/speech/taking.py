"""A file that somebody recorded -> a take that a telephone can play, or why it cannot be used.

Any WAV, MP3, OGG, WebM or M4A is read through PyAV (`pip install 'consult[audio]'`); a WAV that already is 16-bit,
8 kHz, one channel needs nothing.

Rule 1: the kind of a file is told by its first bytes, and the decoder is told that kind: one that may guess also opens
        playlists, which name other files and addresses.
Rule 2: bounded: 20 MB of a file, two minutes of sound, 192 kHz; the rest is not looked at, whatever its head claims.
Rule 3: a take that is clipped, silent or longer than a minute is refused with the cure, never mended in secret.
"""

from __future__ import annotations

import io
import sys
import wave
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from consult.speech import sound

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.container import InputContainer

LARGEST = 20 << 20  # bytes of a file
LONGEST = 60  # seconds of a take: nobody listens longer to one thing said
_HEARD = 120  # seconds that are decoded at most
_FASTEST = 192_000  # samples a second that anything records
NEEDS = "needs: pip install 'consult[audio]' (or save it as WAV, 16-bit, 8000 Hz, mono)"


class Unusable(Exception):
    """A file that gives no take: `what` is wrong with it, and the cure; `code` names that for a page."""

    def __init__(self, code: str, what: str, cure: str) -> None:
        super().__init__(f"{what}; {cure}")
        self.code, self.what, self.cure = code, what, cure


@dataclass(frozen=True, slots=True)
class Raw:
    """As it was recorded: its samples at 8 kHz, and whether it was clipped before they were made."""

    samples: array[int]
    clipped: bool


def take(content: bytes) -> array[int]:
    """The finished take: trimmed, evened, 8 kHz. Raises Unusable."""
    if len(content) > LARGEST:
        raise Unusable("large", f"is larger than {LARGEST >> 20} MB", "record each text as a file of its own")
    raw = _line_wav(content) or _decoded(content)
    if raw.clipped:
        raise Unusable(
            "clipped", "is clipped: too loud for its recorder", "record it again, further from the microphone"
        )
    if sound.loudness(raw.samples) is None:
        raise Unusable("silent", "is silent", "look whether the microphone is on, and record it again")
    trimmed = sound.trimmed(raw.samples)
    if sound.milliseconds(trimmed) > LONGEST * 1000:
        raise Unusable("long", f"is longer than {LONGEST} seconds", "record this one text only, at an even pace")
    return sound.evened(trimmed)


def as_it_was(content: bytes) -> bytes:
    """What somebody said, as a WAV file for a telephone line: not trimmed, evened or judged. Raises Unusable."""
    raw = _line_wav(content) or _decoded(content)
    if not raw.samples:
        raise Unusable("empty", "is empty", "nothing was recorded")
    return sound.wav(raw.samples)


def kind(content: bytes) -> str | None:
    """What the decoder calls this file, by its first bytes; None for whatever we do not take."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[:4] == b"OggS":
        return "ogg"
    if content[:4] == b"\x1aE\xdf\xa3":
        return "matroska"  # WebM is one
    if content[4:8] == b"ftyp":
        return "mov"  # M4A, as most telephones record
    frame = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0 and content[1] & 0x06 != 0
    return "mp3" if content[:3] == b"ID3" or frame else None


def _line_wav(content: bytes) -> Raw | None:
    """A WAV that is what the line carries; None for everything else."""
    if kind(content) != "wav":
        return None
    try:
        with wave.open(io.BytesIO(content)) as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, sound.RATE):
                return None
            samples = array("h", file.readframes(_HEARD * sound.RATE + 1))
    except (wave.Error, EOFError, ValueError, RuntimeError):  # RuntimeError: a part is shorter than it says
        return None
    if sys.byteorder == "big":
        samples.byteswap()
    _bounded(len(samples), sound.RATE)
    return Raw(samples, sound.is_clipped(samples, sound.RATE))


# ---- PyAV


def _decoded(content: bytes) -> Raw:
    found = kind(content)
    if found is None:
        raise Unusable("kind", "is no recording we know", "save it as WAV, MP3, OGG, WebM or M4A")
    try:
        import av
    except ImportError:
        raise Unusable(
            "needs", f"is {found} of another shape, which {NEEDS}", "or install it and import again"
        ) from None
    try:
        with av.open(io.BytesIO(content), "r", format=found) as container:
            return _converted(container)
    except (av.FFmpegError, ValueError, IndexError, OverflowError, MemoryError, AttributeError):
        # IndexError: there is no sound in it. AttributeError: its codec is unknown, so PyAV's stream has no rate.
        raise Unusable("damaged", "is damaged", "play it; if it plays, save it again as WAV or MP3") from None


def _converted(container: InputContainer) -> Raw:
    from av.audio.resampler import AudioResampler

    stream = container.streams.audio[0]
    _demand_rate(stream.rate)
    whole, line = array("h"), array("h")
    as_it_was, as_the_line = AudioResampler("s16", "mono", stream.rate), AudioResampler("s16", "mono", sound.RATE)
    for frame in _mono(container.decode(stream), as_it_was):
        _append(whole, frame)
        for part in as_the_line.resample(frame):
            _append(line, part)
        _bounded(len(whole), stream.rate)
    for part in as_the_line.resample(None):
        if part is not None:  # from a resampler that had nothing to change
            _append(line, part)
    return Raw(line, sound.is_clipped(whole, stream.rate))


def _demand_rate(rate: int) -> None:
    """To bring a second of more to the line's rate would take memory by the rate that is claimed."""
    if not 0 < rate <= _FASTEST:
        raise ValueError(rate)


def _mono(frames: Iterable[AudioFrame], resampler: AudioResampler) -> Iterator[AudioFrame]:
    for frame in chain(frames, (None,)):
        yield from filter(None, resampler.resample(frame))


def _append(samples: array[int], frame: AudioFrame) -> None:
    samples.frombytes(bytes(frame.planes[0])[: 2 * frame.samples])


def _bounded(samples: int, rate: int) -> None:
    if samples > _HEARD * rate:
        raise Unusable("long", f"is longer than {_HEARD // 60} minutes", "record each text as a file of its own")
