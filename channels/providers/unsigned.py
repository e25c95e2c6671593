"""Who may call us where a provider signs nothing: whoever knows a secret address, from a place that is known.

Rule 1: both are looked at before anything of the request is read: 403, and the answer does not say which was wrong.
Rule 2: the secret is the last part of the path, at least 128 bits, compared in constant time, and never logged.
Rule 3: places are named, never implied. Whose provider names none writes 0.0.0.0/0, ::/0 and rests on the secret alone.
Rule 4: what goes in the clear is overheard: https, or a host of one's own (private address, bare name).
Rule 5: whoever has both can speak for any number. Nothing here says who she is, only whose machine calls.
"""

from __future__ import annotations

import hmac
import logging
import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from consult.channel import Refused, Request
from consult.config import BadSetting

VARIED: Final = 8  # different characters at least: random ones have more

log = logging.getLogger("consult.web")

_SECRET = re.compile(r"[A-Za-z0-9_-]{22,200}")  # 22 characters of 6 bits: 128 bits
_CURE = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


@dataclass(frozen=True, slots=True)
class Door:
    """The way in. `where` is the setting that holds the places, for the operator."""

    secret: str
    places: tuple[IPv4Network | IPv6Network, ...]
    where: str

    def check(self, request: Request) -> None:
        """Raises Refused (403) unless the secret and the place are right."""
        given = request.url.partition("?")[0].rpartition("/")[2]
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.secret.encode()):
            raise Refused(403, "not for you")
        if not self._knows(request.remote):
            log.warning(
                "a call with the right secret came from a place not in %s; proxies? CONSULT_PROXIES", self.where
            )
            raise Refused(403, "not for you")

    def address(self, address: str) -> str:
        """The address with the secret; "" where there is none."""
        return f"{address}/{self.secret}" if address else ""

    def _knows(self, remote: str) -> bool:
        try:
            place = ip_address(remote)
        except ValueError:
            return False
        if isinstance(place, IPv6Address) and place.ipv4_mapped:
            place = place.ipv4_mapped
        return any(place in each for each in self.places)


def opened(secret: tuple[str, str], allowed: tuple[str, str], public: str) -> Door:
    """The way in by these settings, each its name and its value; `public` is our address. Raises BadSetting."""
    name, value = secret
    if not value:
        raise BadSetting(f"{name} is missing: a secret, the last part of the address it calls; {_CURE}")
    if not _SECRET.fullmatch(value) or len(set(value)) < VARIED:
        raise BadSetting(f"{name} must be at least 22 random letters, digits, - and _; {_CURE}")
    if public and not guarded(public):
        raise BadSetting(f"CONSULT_PUBLIC_URL must begin with https://, or the secret of {name} is told to everybody")
    return Door(value, _places(*allowed), allowed[0])


def guarded(url: str) -> bool:
    """Whether what goes there is not overheard on the way: https, or http to a host of one's own."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _own(host)))


def _own(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def _places(name: str, value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    given = tuple(filter(None, (each.strip() for each in value.split(","))))
    if not given:
        raise BadSetting(f"{name} is missing: the addresses it calls from, as 192.0.2.7, 198.51.100.0/24; ask for them")
    return tuple(_place(name, each) for each in given)


def _place(name: str, given: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(given)
    except ValueError:
        raise BadSetting(f"{name}: {given!r} must look like 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32") from None
