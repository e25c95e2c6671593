"""Where takes lie in the data folder, and how one is found when a call needs it.

`speech/audio/<hash>.wav` is the sound, the one folder that is served. `speech/recorded/<tag>/<key>` and
`speech/drafted/<tag>/<key>` say which sound a line has, in a language or a dialect of it.

Rule 1: a sound is on disk before a line says that it has it; whatever is cut off in between loses a take, never a call.
Rule 2: what a line says is looked up for each call: a few microseconds, and no server is restarted for a recording.
Rule 3: a name that is no name of ours opens nothing: keys, tags and names are matched before they become paths.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from consult import durable
from consult.speech import sound

Made = Literal["recorded", "drafted"]
NAME = re.compile(r"[0-9a-f]{32}\.wav")
TAG = re.compile(r"[a-z]{2,8}([-_][A-Za-z0-9]{2,8}){0,2}")
_KEY = re.compile(r"[0-9a-f]{32}")


class Speech(Protocol):
    """One thing said, as a channel that speaks gives it."""

    @property
    def text(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Take:
    """The sound of a line: its audio file's `name`, how long it is, and whether a person recorded it."""

    name: str
    ms: int
    made: Made


@dataclass(frozen=True, slots=True)
class Shelf:
    """The takes of one data folder."""

    data: Path

    @property
    def audio(self) -> Path:
        """The folder of sounds."""
        return self.data / "speech" / "audio"

    def keep(self, speech: Speech, tag: str, samples: array[int], made: Made = "recorded") -> Take:
        """Keep this sound for the line in this language or dialect; an earlier one gives way. Raises OSError."""
        content = sound.wav(samples)
        take = Take(f"{hashlib.sha256(content).hexdigest()[:32]}.wav", sound.milliseconds(samples), made)
        self._place(made, tag, speech.key)  # refused before anything is written
        durable.folder(self.audio)
        if not (self.audio / take.name).exists():
            durable.write(self.audio / take.name, content)
        self.point(made, tag, speech.key, take)
        return take

    def point(self, made: Made, tag: str, key: str, take: Take) -> None:
        """The line has this sound from now on, which is here or will be. Raises OSError, LookupError for no names."""
        place = self._place(made, tag, key)
        if not NAME.fullmatch(take.name):
            raise LookupError("no sound of ours")
        durable.folder(place.parent)
        durable.write(place, json.dumps({"audio": take.name, "ms": take.ms}).encode())

    def lines(self) -> Iterator[tuple[Made, str, str, Take]]:
        """Every line that has a sound here: how it was made, in which language or dialect, its key, the take."""
        for made in get_args(Made):
            for file in sorted((self.data / "speech" / made).glob("*/*")):
                if take := self._read(made, file.parent.name, file.name):
                    yield made, file.parent.name, file.name, take

    def missing(self) -> list[str]:
        """Sounds that lines have and that are not here (yet), by name."""
        named = set[str]()
        for file in (self.data / "speech").glob("[rd]*/*/*"):
            with suppress(OSError, ValueError, LookupError, TypeError):
                named.add(json.loads(file.read_bytes())["audio"])
        return sorted(name for name in named if NAME.fullmatch(name) and not (self.audio / name).is_file())

    def receive(self, name: str, content: bytes) -> None:
        """A sound that was fetched. Raises ValueError where it is not the one of this name, OSError."""
        if f"{hashlib.sha256(content).hexdigest()[:32]}.wav" != name:
            raise ValueError(f"these bytes are not the sound {name}")
        durable.write(durable.folder(self.audio) / name, content)

    def take(self, speech: Speech, dialect: str = "") -> Take | None:
        """What is heard for this line: recorded in the dialect, in the language, else the draft."""
        return next(self._takes(speech, dialect), None)

    def _takes(self, speech: Speech, dialect: str) -> Iterator[Take]:
        """Every take there is, the best one first."""
        places: list[tuple[Made, str]] = [("recorded", speech.locale), ("drafted", speech.locale)]
        if dialect:
            places.insert(0, ("recorded", dialect))
        for made, tag in places:
            if found := self._read(made, tag, speech.key):
                yield found

    def _read(self, made: Made, tag: str, key: str) -> Take | None:
        """None also where the note or the sound it names is damaged or gone."""
        try:
            kept = json.loads(self._place(made, tag, key).read_bytes())
            name, ms = kept["audio"], kept["ms"]
            usable = NAME.fullmatch(name) and isinstance(ms, int) and (self.audio / name).is_file()
        except (OSError, ValueError, LookupError, TypeError):
            return None
        return Take(name, ms, made) if usable else None

    def _place(self, made: Made, tag: str, key: str) -> Path:
        """Raises LookupError for a tag or key that is none."""
        if not TAG.fullmatch(tag) or not _KEY.fullmatch(key):
            raise LookupError("no tag or no key")
        return self.data / "speech" / made / tag / key
