"""Recording in the reader's words: how a line stands, and why a take was not kept."""

from __future__ import annotations

from consult.wording import Say


def states_in_words(say: Say) -> dict[str, str]:
    """By the states of `consult.speech.recording`."""
    return {
        "recorded": say("Recorded"),
        "drafted": say("Read by a machine"),
        "missing": say("Not recorded yet"),
    }


def take_refused(say: Say, code: str) -> str:
    """What to do now; `code` is of `consult.speech.taking.Unusable`, or of the page's own."""
    match code:
        case "none":
            return say("Choose a file first, or record the line here.")
        case "large":
            return say("This file is too large. Record one line only, or save it as MP3, OGG or M4A.")
        case "clipped":
            return say("Too loud: parts of it are cut off. Record it again, further from the microphone.")
        case "silent" | "empty":
            return say("Nothing is heard in it. Look whether the microphone is on, and record it again.")
        case "long":
            return say("It is longer than a minute. Read this one line only, at an even pace.")
        case "kind":
            return say("This is no recording we know. Save it as WAV, MP3, OGG, WebM or M4A.")
        case "needs":
            return say("This hub reads only WAV with 16 bits, 8000 Hz, one channel. Save it so, or record it here.")
        case "damaged":
            return say("The file is damaged. Play it; if it plays, save it again as WAV or MP3.")
        case "others":
            return say(
                "Other consultations say this line too. Only somebody who records for all of them may replace it."
            )
        case "codes":
            return say("Twenty codes of this consultation wait already. Each ends after a day.")
        case _:
            return say("It was not kept. Open the page again and look.")
