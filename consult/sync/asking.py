"""A node asks its hub to be let in, over HTTPS: two requests, once in its life.

Rule 1: only https, or this very machine: the code that is sent opens the door for whoever has it.
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from consult.house import House
from consult.sync.codes import Code, accept, read_hub, request
from consult.sync.enrolling import NotAdmitted, fingerprint

PATIENCE: Final = 60  # seconds
LARGEST: Final = 4096  # bytes of an answer


def join(house: House, url: str, code: Code) -> tuple[str, str]:
    """Join the hub at `url`: what it calls this node, and the fingerprint to compare. Raises NotAdmitted."""
    base = _demand_safe(url)
    verify, box, _ = read_hub(_fetch(f"{base}/p/hub"), code)
    data, asking = request(house, code, box)
    name = accept(house, _fetch(f"{base}/p/join", data), verify, box, base)
    return name, fingerprint(asking, verify, box)


def _demand_safe(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _here(parts.hostname or "")):
        return url.rstrip("/")
    raise NotAdmitted(f"{url} is not https; ask for the hub's https address (--url https://...)")


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fetch(url: str, data: bytes | None = None) -> bytes:
    asked = urllib.request.Request(url, data, {"Content-Type": "application/cbor"})  # noqa: S310  # looked at before
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
            content: bytes = answer.read(LARGEST)
            return content
    except urllib.error.HTTPError as error:
        said = error.read(LARGEST).decode("utf-8", "replace") if error.code == 403 else f"it answered {error.code}"
        raise NotAdmitted(f"the hub did not let this node in: {said}") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            cure = "correct the clock of this machine, or --url"
            raise NotAdmitted(f"the certificate of {url} is not good ({error.reason.reason}); {cure}") from None
        raise NotAdmitted(f"{url} cannot be reached ({error.reason}); correct --url, or go by a stick") from None
    except (OSError, ValueError) as error:
        raise NotAdmitted(
            f"{url} cannot be reached ({type(error).__name__}); correct --url, or go by a stick"
        ) from None
