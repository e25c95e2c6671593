"""Sounds for the tests: a tone, quiet, and files of every kind made from them with the real encoders."""

from __future__ import annotations

import io
import math
from array import array
from fractions import Fraction

from consult.speech.sound import RATE

KINDS = {"mp3": ("mp3", "mp3"), "ogg": ("ogg", "libopus"), "webm": ("webm", "libopus"), "m4a": ("mp4", "aac")}


def tone(seconds: float, peak: float = 0.5, rate: int = RATE, hertz: float = 440.0) -> array[int]:
    step = 2 * math.pi * hertz / rate
    return array("h", [round(32_767 * peak * math.sin(step * place)) for place in range(round(seconds * rate))])


def quiet(seconds: float, rate: int = RATE) -> array[int]:
    return array("h", bytes(2 * round(seconds * rate)))


def clipped(seconds: float, rate: int = RATE) -> array[int]:
    """A tone at twice what fits."""
    loud = tone(seconds, 1.0, rate)
    return array("h", [max(-32_768, min(32_767, 2 * sample)) for sample in loud])


def encoded(samples: array[int], rate: int, kind: str) -> bytes:
    """These samples as an MP3, OGG, WebM or M4A file."""
    import av
    from av.audio.frame import AudioFrame

    container, codec = KINDS[kind]
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        frame = AudioFrame(format="s16", layout="mono", samples=len(samples))
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        resampler = av.AudioResampler(stream.format, "mono", rate, stream.codec_context.frame_size or 1024)
        for part in (*resampler.resample(frame), *resampler.resample(None), None):
            file.mux(stream.encode(part))
    return out.getvalue()
