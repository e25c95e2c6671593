"""Settings: one frozen value from the environment. Fails loudly, names the variable and the cure.

Every `CONSULT_X` may instead be given as `CONSULT_X_FILE`, the path of a file that holds it (for secrets).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class BadSetting(Exception):
    """A variable that cannot be used; the message names it and the cure."""


def given(needed: Mapping[str, str], whose: str) -> bool:
    """Whether these variables are all there; False where none is. Raises BadSetting naming the first missing one."""
    if not any(needed.values()):
        return False
    need(needed, whose)
    return True


def need(needed: Mapping[str, str], whose: str) -> None:
    """Raises BadSetting naming the first of these variables that is missing."""
    for name, value in needed.items():
        if not value:
            raise BadSetting(f"{name} is missing; {whose} needs {', '.join(needed)}, or none of them")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. See the README's table for each variable."""

    data: Path = Path("consult-data")
    database_url: str | None = None
    redis_url: str | None = None
    public_url: str = ""
    proxies: int = 0  # of ours, before this server: whom limits count by
    metrics_allow: str = ""  # the machines that may know of traffic, beside this one
    log: str = "text"  # or json, a line a record
    port: int = 8000
    locale: str = "en"  # of this hub: strangers are answered in it
    country: str = ""  # ISO 3166 region for numbers written without +
    demo: bool = False
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_voice: str = ""  # numbers that take calls, each with the keyword it stands for
    twilio_beep: str = ""  # numbers that are rung and never answered
    asterisk_voice: str = ""  # the same for calls that an Asterisk of ours takes
    asterisk_sounds: Path | None = None  # the folder it reads sounds from, where it may not read ours
    gammu: Path | None = None  # the database of the gammu-smsd that runs a modem here
    gammu_number: str = ""  # of the SIM in it
    gammu_pace: float = 0.2  # segments a second
    smsgate: str = ""  # the local server of the SMSGate app on an Android phone
    smsgate_user: str = "sms"
    smsgate_password: str = ""
    smsgate_key: str = ""  # the app signs what it tells us with it
    smsgate_number: str = ""  # of the SIM in that phone
    smsgate_pace: float = 0.2  # segments a second
    kannel: str = ""  # where Kannel's smsbox takes messages
    kannel_user: str = ""
    kannel_password: str = ""
    kannel_number: str = ""  # ours, behind its connections
    kannel_secret: str = ""  # the last part of the address it calls
    kannel_allow: str = "127.0.0.1, ::1"  # the addresses it calls from
    kannel_reaches: str = ""  # us, where that is not this machine
    kannel_pace: float = 10.0  # segments a second
    twilio_api: str = "https://api.twilio.com"
    twilio_pace: float = 1.0  # segments a second
    africastalking_username: str = ""
    africastalking_key: str = ""
    africastalking_from: str = ""  # our short codes and numbers there
    africastalking_secret: str = ""  # the last part of the address it calls
    africastalking_allow: str = ""  # the addresses it calls from
    africastalking_api: str = "https://api.africastalking.com"
    africastalking_pace: float = 1.0  # segments a second
    africastalking_voice: str = ""  # numbers there that take calls, each with the keyword it stands for
    africastalking_call_back: str = ""  # numbers there that are rung, not answered, and ring back
    africastalking_beep: str = ""  # numbers there that are rung and never answered
    africastalking_calls: str = "https://voice.africastalking.com"  # where they are asked to call
    africastalking_recordings: str = ""  # the address under which they keep what was said aloud
    africastalking_ussd: str = ""  # codes there that are dialled, each with the keyword it stands for
    http_sms: Path | None = None  # the file that describes a carrier of text messages there is no code for
    price_per_segment: float = 0.0
    price_per_minute: float = 0.0  # of a call that we make
    twilio_call_back: str = ""  # numbers that are rung, not answered, and ring back, each with its keyword
    asterisk_call_back: str = ""
    asterisk_beep: str = ""  # numbers an Asterisk of ours tells of when they are rung, and never answers
    asterisk_tapes: Path | None = None  # the folder where it puts what was said aloud, both may write
    asterisk_spool: Path | None = None  # the folder where an Asterisk of ours looks for calls to make
    asterisk_dial: str = "PJSIP/{number}@gateway"  # how it dials
    replies_per_number: int = 60  # messages a day: what a flood from one number can cost
    replies_per_day: int = 20_000  # a day: what a flood from many numbers can cost
    sync_sms: str = ""  # on a node: the hub's number, where it is to hear by SMS too
    sync_sms_segments: int = 100  # a day, to or from one node
    sync_sms_money: float = 0.0  # the same in money; 0: no limit but that
    release_rules: str = ""  # what tightens the rules that releases are made by, as "cell=20 base=60"
    idle_lock: int = 30  # minutes without anybody at work until a node with a passphrase locks itself, 0 for never
    unattended: str = "capture"  # what goes on then: only taking in, or, with converse, the conversations too
    backup: Path | None = None  # where backups and the copy of the suppression file go
    sync_every: float = 30.0  # minutes between two syncs of a node with its hub; 0: only by hand
    sync_per_day: int = 0  # bytes a day that a node may spend on it, both ways; 0: no limit

    @property
    def hooked(self) -> bool:
        """Whether a carrier that is set up calls us, at our public address."""
        numbers = (self.twilio_from, self.twilio_voice, self.twilio_call_back, self.twilio_beep)
        theirs = (self.africastalking_voice, self.africastalking_call_back, self.africastalking_beep)
        others = (self.smsgate, self.kannel, self.africastalking_from, self.africastalking_ussd, self.http_sms)
        return bool(self.twilio_account_sid) or any(others) or any(numbers) or any(theirs)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The variables set here that open an account with a carrier elsewhere: what it keeps can be read with them."""
        held = {
            "CONSULT_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "CONSULT_AFRICASTALKING_KEY": self.africastalking_key,
            "CONSULT_HTTP_SMS": self.http_sms,
        }
        return tuple(name for name, value in held.items() if value)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read CONSULT_* variables. Raises BadSetting naming the variable."""
        read = _Reader(environ)
        paths = ("BACKUP", "ASTERISK_SOUNDS", "ASTERISK_SPOOL", "ASTERISK_RECORDINGS", "GAMMU", "HTTP_SMS")
        backup, sounds, spool, tapes, modem, described = (read.text(name, "") for name in paths)
        return cls(
            data=Path(read.text("DATA", "consult-data")),
            database_url=read.text("DATABASE_URL", "") or None,
            redis_url=read.text("REDIS_URL", "") or None,
            public_url=_public(read.text("PUBLIC_URL", "")),
            proxies=int(read.number("PROXIES", 0)),
            metrics_allow=_machines(read.text("METRICS_ALLOW", "")),
            log=_log(read.text("LOG", "text")),
            port=int(read.number("PORT", 8000, bare=True)),
            locale=read.text("LOCALE", "en"),
            country=read.text("COUNTRY", "").upper(),
            demo=read.text("DEMO", "") == "1",
            twilio_account_sid=read.text("TWILIO_ACCOUNT_SID", ""),
            twilio_auth_token=read.text("TWILIO_AUTH_TOKEN", ""),
            twilio_from=read.text("TWILIO_FROM", ""),
            twilio_voice=read.text("TWILIO_VOICE", ""),
            twilio_beep=read.text("TWILIO_BEEP", ""),
            asterisk_voice=read.text("ASTERISK_VOICE", ""),
            asterisk_sounds=Path(sounds) if sounds else None,
            gammu=Path(modem) if modem else None,
            gammu_number=read.text("GAMMU_NUMBER", ""),
            gammu_pace=read.number("GAMMU_PACE", 0.2),
            smsgate=read.text("SMSGATE", ""),
            smsgate_user=read.text("SMSGATE_USER", "sms"),
            smsgate_password=read.text("SMSGATE_PASSWORD", ""),
            smsgate_key=read.text("SMSGATE_KEY", ""),
            smsgate_number=read.text("SMSGATE_NUMBER", ""),
            smsgate_pace=read.number("SMSGATE_PACE", 0.2),
            kannel=read.text("KANNEL", ""),
            kannel_user=read.text("KANNEL_USER", ""),
            kannel_password=read.text("KANNEL_PASSWORD", ""),
            kannel_number=read.text("KANNEL_NUMBER", ""),
            kannel_secret=read.text("KANNEL_SECRET", ""),
            kannel_allow=read.text("KANNEL_ALLOW", "127.0.0.1, ::1"),
            kannel_reaches=_public(read.text("KANNEL_REACHES", ""), "CONSULT_KANNEL_REACHES"),
            kannel_pace=read.number("KANNEL_PACE", 10.0),
            twilio_api=read.text("TWILIO_API", "https://api.twilio.com").rstrip("/"),
            twilio_pace=read.number("TWILIO_PACE", 1.0),
            africastalking_username=read.text("AFRICASTALKING_USERNAME", ""),
            africastalking_key=read.text("AFRICASTALKING_KEY", ""),
            africastalking_from=read.text("AFRICASTALKING_FROM", ""),
            africastalking_secret=read.text("AFRICASTALKING_SECRET", ""),
            africastalking_allow=read.text("AFRICASTALKING_ALLOW", ""),
            africastalking_api=read.text("AFRICASTALKING_API", "https://api.africastalking.com").rstrip("/"),
            africastalking_pace=read.number("AFRICASTALKING_PACE", 1.0),
            africastalking_voice=read.text("AFRICASTALKING_VOICE", ""),
            africastalking_call_back=read.text("AFRICASTALKING_CALL_BACK", ""),
            africastalking_beep=read.text("AFRICASTALKING_BEEP", ""),
            africastalking_calls=read.text("AFRICASTALKING_CALLS", "https://voice.africastalking.com").rstrip("/"),
            africastalking_recordings=read.text("AFRICASTALKING_RECORDINGS", "").rstrip("/"),
            africastalking_ussd=read.text("AFRICASTALKING_USSD", ""),
            http_sms=Path(described) if described else None,
            price_per_segment=read.number("PRICE_PER_SEGMENT", 0.0),
            price_per_minute=read.number("PRICE_PER_MINUTE", 0.0),
            twilio_call_back=read.text("TWILIO_CALL_BACK", ""),
            asterisk_call_back=read.text("ASTERISK_CALL_BACK", ""),
            asterisk_beep=read.text("ASTERISK_BEEP", ""),
            asterisk_tapes=Path(tapes) if tapes else None,
            asterisk_spool=Path(spool) if spool else None,
            asterisk_dial=read.text("ASTERISK_DIAL", "PJSIP/{number}@gateway"),
            replies_per_number=int(read.number("REPLIES_PER_NUMBER", 60)),
            replies_per_day=int(read.number("REPLIES_PER_DAY", 20_000)),
            sync_sms=_dialled(read.text("SYNC_SMS", "")),
            sync_sms_segments=int(read.number("SYNC_SMS_SEGMENTS", 100)),
            sync_sms_money=read.number("SYNC_SMS_MONEY", 0.0),
            release_rules=_tighter(read.text("RELEASE_RULES", "")),
            idle_lock=int(read.number("IDLE_LOCK", 30)),
            unattended=_unattended(read.text("UNATTENDED", "capture")),
            backup=Path(backup) if backup else None,
            sync_every=read.number("SYNC_EVERY", 30.0),
            sync_per_day=int(read.number("SYNC_PER_DAY", 0)),
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        full = f"CONSULT_{name}"
        if file := self.environ.get(f"{full}_FILE"):
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{full}_FILE: cannot read {file} ({error.strerror}); correct the path") from error
        return self.environ.get(full, default).strip()

    def number(self, name: str, default: float, *, bare: bool = False) -> float:
        """A number; with `bare` the variable is also known without its prefix (PORT)."""
        given, named = self.text(name, ""), f"CONSULT_{name}"
        if bare and not given:
            given, named = self.environ.get(name, ""), name
        if not given:
            return default
        try:
            value = float(given)
        except ValueError:
            raise BadSetting(f"{named}: {given!r} is not a number; give one such as {default}") from None
        if not 0 <= value < 1e9:
            raise BadSetting(f"{named}: {given} is out of range; give one such as {default}")
        return value


def _tighter(text: str) -> str:
    from consult.findings.protection import TooLoose, tightened

    try:
        tightened(text)
    except TooLoose as error:
        raise BadSetting(f"CONSULT_RELEASE_RULES: {error}; it can only tighten, as in 'cell=20 base=60'") from None
    return text


def _machines(text: str) -> str:
    from consult.places import places

    try:
        places(text)
    except ValueError as error:
        raise BadSetting(f"CONSULT_METRICS_ALLOW: {error}") from None
    return text


def _dialled(number: str) -> str:
    from consult import numbers

    if number and not numbers.strict(number):
        raise BadSetting(f"CONSULT_SYNC_SMS: {number!r} is no number; give the hub's as +12025550100")
    return number


def _log(text: str) -> str:
    if text not in ("text", "json"):
        raise BadSetting(f"CONSULT_LOG: {text!r} is not known; give text or json")
    return text


def _unattended(text: str) -> str:
    if text not in ("capture", "converse"):
        raise BadSetting(f"CONSULT_UNATTENDED: {text!r} is not known; give capture or converse")
    return text


def _public(url: str, name: str = "CONSULT_PUBLIC_URL") -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise BadSetting(f"{name}: {url!r} must look like https://consult.example.org")
    return url.rstrip("/")
