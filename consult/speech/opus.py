"""Sound made small for a slow line, and back: Opus in Ogg (RFC 6716, RFC 7845), through PyAV.

Rule 1: where PyAV is not here, a sound stays what it is: it travels all the same, ten times as large.
"""

from __future__ import annotations

import io
from typing import Final

from consult.speech import taking

BITS: Final = 12_000  # a second: speech by telephone is understood well above 8,000
_BETTER: Final = 48_000  # the rate Opus counts in


def smaller(wav: bytes) -> bytes:
    """The sound as Opus, or as it is where that cannot be, or would not be smaller."""
    try:
        import av
        from av.audio.resampler import AudioResampler
    except ImportError:
        return wav
    out = io.BytesIO()
    try:
        with av.open(io.BytesIO(wav), "r", format="wav") as source, av.open(out, "w", format="ogg") as target:
            stream = target.add_stream("libopus", rate=_BETTER, layout="mono", options={"application": "voip"})
            stream.bit_rate = BITS
            resampler = AudioResampler("s16", "mono", _BETTER)
            for frame in source.decode(audio=0):
                for each in resampler.resample(frame):
                    target.mux(stream.encode(each))
            for each in resampler.resample(None):
                target.mux(stream.encode(each))
            target.mux(stream.encode(None))
    except (av.FFmpegError, ValueError, IndexError, AttributeError):
        return wav
    made = out.getvalue()
    return made if 0 < len(made) < len(wav) else wav


def playable(content: bytes) -> bytes:
    """A WAV that any player plays; what is none and cannot be made one stays as it is."""
    if taking.kind(content) != "ogg":
        return content
    try:
        return taking.as_it_was(content)
    except taking.Unusable:
        return content
