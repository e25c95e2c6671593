"""Her words on their way: all texts of a page in one piece, compressed with the consultation's own as dictionary.

Rule 1: one byte a letter where a page is mostly in one script: the window says which 128 characters the bytes above 127
stand for, and ESC stands before the UTF-8 of any other. Window 0 is UTF-8.
Rule 2: as they are where compressing gains nothing: text (CBOR's) is plain, bytes are the window (two bytes) and a
Zstandard frame (RFC 8878) without magic number, size and checksum.
Rule 3: whatever a frame claims, no more than MOST bytes come out of it and no more than WINDOW bits are kept for it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from io import BytesIO, StringIO

import zstandard

from consult.sync.pages.columns import Garbled, TooMuch

MOST = 4 << 20  # bytes
WINDOW = 20  # bits: what zstd may look back to
LEVEL = 19
SCRIPT = 128  # characters in a window
ESC = 0x10
_PIECE = 1 << 16
_PIECES = re.compile(
    rb"([^\x10]+)|\x10([\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})?"
)


def packed(letters: str, dictionary: bytes) -> str | bytes:
    """The shortest there is. Raises TooMuch, UnicodeEncodeError for half a surrogate pair."""
    plain = letters.encode()
    if len(plain) > MOST:
        raise TooMuch("more words than a page may hold")
    found = [_framed(letters, dictionary, window) for window in {0, _script(letters)}]
    best = min(found, key=len)
    return best if len(best) < len(plain) else letters


def unpacked(pack: str | bytes, dictionary: bytes) -> str:
    """What was packed. Raises TooMuch for more than MOST bytes, Garbled."""
    if isinstance(pack, str):
        return pack
    window = int.from_bytes(pack[:2], "big")
    opener = zstandard.ZstdDecompressor(
        dict_data=_known(dictionary, window), max_window_size=1 << WINDOW, format=zstandard.FORMAT_ZSTD1_MAGICLESS
    )
    out = BytesIO()
    try:
        with opener.stream_reader(pack[2:], read_across_frames=False) as reader:
            while piece := reader.read(_PIECE):
                out.write(piece)
                if out.tell() > MOST:
                    raise TooMuch("a text that would grow without end")
        return _widened(out.getvalue(), window)
    except (zstandard.ZstdError, ValueError):
        raise Garbled("no text, or of another dictionary") from None


def _framed(letters: str, dictionary: bytes, window: int) -> bytes:
    settings = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        format=zstandard.FORMAT_ZSTD1_MAGICLESS,
        window_log=WINDOW,
        write_content_size=False,
        write_checksum=False,
        write_dict_id=False,
    )
    squeezing = zstandard.ZstdCompressor(dict_data=_known(dictionary, window), compression_params=settings)
    return window.to_bytes(2, "big") + squeezing.compress(_narrowed(letters, window))


@lru_cache(16)
def _known(dictionary: bytes, window: int) -> zstandard.ZstdCompressionDict:
    """The dictionary as it looks through this window."""
    seen = _narrowed(dictionary.decode(), window)
    return zstandard.ZstdCompressionDict(seen, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _script(letters: str) -> int:
    """The window with most of these letters; 0 where all are ASCII."""
    above = Counter(ord(letter) // SCRIPT for letter in letters if ord(letter) >= SCRIPT)
    return max(sorted(above), key=above.__getitem__, default=0)


def _narrowed(letters: str, window: int) -> bytes:
    if not window:
        return letters.encode()
    out, base = bytearray(), window * SCRIPT
    for letter in letters:
        code = ord(letter)
        if code < SCRIPT and code != ESC:
            out.append(code)
        elif base <= code < base + SCRIPT:
            out.append(code - base + SCRIPT)
        else:
            out.append(ESC)
            out += letter.encode()
    return bytes(out)


def _widened(data: bytes, window: int) -> str:
    """What `_narrowed` narrowed. Raises ValueError."""
    if not window:
        return data.decode()
    out, script = StringIO(), {SCRIPT + place: window * SCRIPT + place for place in range(SCRIPT)}
    for found in _PIECES.finditer(data):
        run, escaped = found.groups()
        out.write(run.decode("latin-1").translate(script) if run else (escaped or b"\xff").decode())
    whole = out.getvalue()
    whole.encode()  # halves of a surrogate pair are no text
    return whole
