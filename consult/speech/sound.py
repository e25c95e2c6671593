"""Sound as samples: 16-bit, one channel, plain Python. Trimmed, evened, judged; pure.

8 kHz, 16-bit PCM is what a telephone line carries and what Asterisk and Twilio both play without converting.

Loudness is the mean power of the parts that are speech, as ITU-R BS.1770 gates it (without its filter, which a
telephone's narrow band does for us): blocks of 100 ms, those below -50 dBFS dropped, then those more than 10 dB below
the rest. In dBFS a full-scale square wave is 0, a full-scale sine -3.

Rule 1: every take leaves with 100 ms of quiet at both ends, at -20 dBFS, and no peak above -1 dBFS.
Rule 2: evening is one gain for the whole take: nothing is compressed, so a take that peaks stays softer.
Rule 3: a take is clipped where at least 0.4 ms on end lie within 0.1 % of full scale; three samples at least.
"""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import Iterator

RATE = 8000  # samples a second
EDGE = 800  # samples of quiet kept at both ends: 100 ms
LOUD, PEAK = -20.0, -1.0  # dBFS
GATE, SPREAD = -50.0, 10.0  # below dBFS nothing is speech; nor what is so many dB below the rest
EDGE_SPREAD = 30.0  # dB below its loudness a take has begun
MOST_GAIN = 30.0  # dB: more would raise the room, not the voice
FULL, CLIPPED = 32_735, 0.0004  # a sample at full scale; seconds of them on end

_LOUDNESS_BLOCK, _EDGE_BLOCK = RATE // 10, RATE // 100


def loudness(samples: array[int]) -> float | None:
    """In dBFS; None where nothing in it is speech."""
    powers = [power for power in _powers(samples, _LOUDNESS_BLOCK) if power >= _power(GATE)]
    if not powers:
        return None
    gate = _mean(powers) / _ratio(SPREAD)
    return _level(_mean([power for power in powers if power >= gate]))


def is_clipped(samples: array[int], rate: int) -> bool:
    """See rule 3. Ask before the rate is changed: that rounds what was cut off."""
    needed, run = max(3, math.ceil(CLIPPED * rate)), 0
    if not samples or max(max(samples), -min(samples)) < FULL:
        return False
    for sample in samples:
        run = run + 1 if sample >= FULL or sample <= -FULL else 0
        if run >= needed:
            return True
    return False


def trimmed(samples: array[int]) -> array[int]:
    """From the first to the last of the voice, with 100 ms around; the same where nothing in it is speech."""
    level = loudness(samples)
    if level is None:
        return samples
    floor = _power(max(GATE, level - EDGE_SPREAD))
    loud = [place for place, power in enumerate(_powers(samples, _EDGE_BLOCK)) if power >= floor]
    start, end = loud[0] * _EDGE_BLOCK, min((loud[-1] + 1) * _EDGE_BLOCK, len(samples))
    before, after = samples[max(0, start - EDGE) : start], samples[end : end + EDGE]
    return _quiet(EDGE - len(before)) + before + samples[start:end] + after + _quiet(EDGE - len(after))


def evened(samples: array[int]) -> array[int]:
    """At the level of rule 1; the same where nothing in it is speech."""
    level = loudness(samples)
    if level is None:
        return samples
    gain = _factor(min(LOUD - level, MOST_GAIN))
    peak = max(max(samples), -min(samples))
    gain = min(gain, 32_767 * _factor(PEAK) / peak)
    return array("h", [round(sample * gain) for sample in samples])


def milliseconds(samples: array[int]) -> int:
    """How long it sounds."""
    return len(samples) * 1000 // RATE


def wav(samples: array[int]) -> bytes:
    """As a file: RIFF, PCM, 16-bit, one channel, 8 kHz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())  # `wave` turns the bytes round where the machine is big-endian
    return out.getvalue()


# ---- power and level


def _powers(samples: array[int], block: int) -> Iterator[float]:
    """The mean square of each block; a last short one counts as it is."""
    for start in range(0, len(samples), block):
        part = samples[start : start + block]
        yield sum(sample * sample for sample in part) / len(part)


def _quiet(length: int) -> array[int]:
    return array("h", bytes(2 * max(0, length)))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 10))


def _factor(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _power(level: float) -> float:
    return 32_768**2 * _ratio(level)


def _level(power: float) -> float:
    return 10 * math.log10(power / 32_768**2)
