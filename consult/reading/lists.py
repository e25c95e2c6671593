"""Lists of contacts in the reader's words: what is wrong with one, why a row is not taken, how its people agreed."""

from __future__ import annotations

from consult.contacts import Reason
from consult.wording import Say, locale


def consented_in_words(say: Say) -> dict[str, str]:
    """By the names of `consult.contacts.CONSENTED`."""
    return {
        "in_person": say("They said so, face to face"),
        "telephone": say("They said so on the telephone"),
        "paper": say("They signed, or made their mark"),
        "membership": say("They gave their number to our group for this"),
        "partner": say("A partner asked them, and has it on record"),
    }


def list_refused(say: Say, code: str) -> str:
    """What to do with a list that cannot be used; `code` is of ContactsError."""
    match code:
        case "heading":
            return say('No column is headed "phone". Write that word above the numbers, in the first row.')
        case "columns":
            return say("Two columns have the same meaning. Keep one of them.")
        case "large":
            return say("The file is too large. Keep only the columns that are used, or split it into several files.")
        case "many":
            return say("There are too many people in one file. Split it into several files.")
        case "old":
            return say("This is an old or locked spreadsheet. Save it as XLSX without a password, or as CSV.")
        case "text" | "table":
            return say("This is no table that can be read. Save it again as CSV UTF-8, or as XLSX.")
        case "damaged" | "bomb":
            return say("This spreadsheet is damaged or unpacks to too much. Copy its columns to a new file.")
        case "openpyxl":
            return say("This hub does not read or write spreadsheets. Use CSV.")
        case "none":
            return say("Choose a file first.")
        case "parked":
            return say("This list is not here any more. Send it again.")
        case "consented":
            return say("Say how these people agreed to be written to.")
        case "group":
            return say("A group has a name of at most 40 letters, without numbers.")
        case "codes":
            return say("Ask for 1 to 500 codes at once.")
        case "published":
            return say("This consultation takes nobody any more.")
        case _:
            return say("This cannot be done. Open the page again and look.")


def reason_in_words(say: Say, reason: Reason) -> str:
    """Why a row is not taken; of its number two digits at most."""
    tail = reason.about.get("tail", "")
    told = _number(say, reason.code) or _other(say, reason)
    return say("{reason} It ends in {digits}.", reason=told, digits=tail) if tail else told


def _number(say: Say, code: str) -> str:
    match code:
        case "empty":
            return say("There is no number.")
        case "not a number":
            return say("This is no telephone number that can be written to.")
        case "short code":
            return say("This number is too short.")
        case "unknown country":
            return say("The country is not known. Write the number with + and its country code, or name the country.")
        case "shortened by a spreadsheet":
            return say("The spreadsheet has shortened the number. Format the column as text and enter it again.")
        case "ours":
            return say("This is a number of our own.")
        case "gone":
            return say("The carrier says that nobody has this number.")
        case _:
            return ""


def _tongues(tags: str) -> str:
    """Languages in their own words."""
    return ", ".join(locale(tag).name for tag in tags.split(", "))


def _other(say: Say, reason: Reason) -> str:
    match reason.code:
        case "twice":
            return say("It is the same number as in row {row}.", row=reason.about["row"])
        case "language":
            return say(
                "This consultation is not in her language. It is in: {known}.", known=_tongues(reason.about["known"])
            )
        case "choice":
            about = reason.about
            return say("{question} is none of: {known}.", question=about["question"], known=about["known"])
        case _:
            return str(reason)
