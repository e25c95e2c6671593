"""What codes of a release mean, in the reader's language or the first one that the consultation was held in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from consult.findings.ground import word
from consult.findings.persons import BOTH, CHANNEL, FIRST, NEITHER, NO, SECOND, SEVERAL, YES
from consult.wording import Say


class Labels:
    """Words for the codes of one document."""

    def __init__(self, document: Mapping[str, Any], say: Say) -> None:
        self.document, self.say = document, say
        self._compounds = {each["name"]: each for each in document.get("compounds", ())}
        self._questions = {each["name"]: each for each in document["wording"]}
        languages = document["languages"]
        self.tag = say.locale.tag if say.locale.tag in languages else languages[0]

    def title(self) -> str:
        return self.of(self.document["title"])

    def of(self, texts: Mapping[str, str]) -> str:
        """The text in the reader's language, else in another that there is."""
        return texts.get(self.tag) or next(iter(texts.values()), "")

    def question(self, item: Mapping[str, Any]) -> str:
        """A question; of one choice of several, with that choice."""
        asked = " ".join(self.of(self._questions[item["question"]]["label"]).split())
        return f"{asked} – {self.choice(item['question'], item['choice'])}" if item["choice"] else asked

    def choice(self, question: str, code: str) -> str:
        """One code of a question."""
        known = self._questions.get(question, {}).get("choices", {})
        return self.of(known[code]) if code in known else self.code(code)

    def answers(self, item: Mapping[str, Any], codes: Iterable[str]) -> str:
        """Codes that stand together."""
        return self.either(self.code(c) if item["choice"] else self.choice(item["question"], c) for c in codes)

    def rows(self, variable: str, codes: Iterable[str]) -> str:
        """Who a row is of."""
        return self.either(self._row(variable, code) for code in codes)

    def _row(self, variable: str, code: str) -> str:
        if not code:
            return self.say("not known")
        if variable in self._compounds:
            return self._side(self._compounds[variable], code)
        return self.channel(code) if variable == CHANNEL else self.choice(variable, code)

    def _side(self, compound: Mapping[str, Any], code: str) -> str:
        """Where people stand to two segments put together."""
        first, second = (self.either(self.choice(name, c) for c in codes) for name, codes in compound["when"])
        words = {
            BOTH: self.of(compound["label"]),
            FIRST: self.say("{one}, not {other}", one=first, other=second),
            SECOND: self.say("{one}, not {other}", one=second, other=first),
            NEITHER: self.say("Neither {one} nor {other}", one=first, other=second),
        }
        return words.get(code, code)

    def either(self, words: Iterable[str]) -> str:
        return self.say(" or ").join(words)

    def variable(self, name: str) -> str:
        """By what people are told apart."""
        if name == CHANNEL:
            return self.say("How they answered")
        if name in self._compounds:
            return self.of(self._compounds[name]["label"])
        known = self._questions.get(name)
        return " ".join(self.of(known["label"]).split()) if known else name

    def frame(self, name: str) -> str:
        """By which way people came."""
        say = self.say
        words = {
            "open": say("Came by themselves, by the open line"),
            "enrolled": say("Were enrolled or invited"),
            "beep": say("Rang a number on the radio's call"),
            "slip": say("Called in to the radio"),
            "assisted": say("Were asked by somebody who wrote the answers down"),
        }
        return words.get(name, name)

    def channel(self, code: str) -> str:
        say = self.say
        words = {
            "sms": say("Text messages"),
            "voice": say("Telephone calls"),
            "ussd": say("Dialled codes"),
            "radio": say("Radio"),
            SEVERAL: say("More than one way"),
        }
        return words.get(code, code)

    def code(self, code: str) -> str:
        """Words for what is an answer to any question."""
        say = self.say
        words = {
            YES: say("Yes, chosen"),
            NO: say("Not chosen"),
            "not_sure": say("Not sure"),
            "not_understood": say("Did not understand"),
            "prefer_not": say("Would rather not say"),
        }
        return words.get(code, code)

    def word(self, share: int) -> str:
        """A share in words, with a fixed rule (60 and 40 percent)."""
        return self.called(word(share))

    def called(self, name: str) -> str:
        """Such a word, in the reader's language."""
        say = self.say
        words = {
            "nearly all": say("nearly all of them"),
            "most": say("most of them"),
            "split": say("about half of them"),
            "some": say("some of them"),
        }
        return words[name]
