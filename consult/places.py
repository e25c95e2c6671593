"""Which machines a setting names, as addresses and networks: 192.0.2.7, 198.51.100.0/24, 2001:db8::/32."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Places = tuple[IPv4Network | IPv6Network, ...]


def places(text: str) -> Places:
    """Those between the commas; none for "". Raises ValueError with the one that is none."""
    return tuple(_place(each) for each in (part.strip() for part in text.split(",")) if each)


def _place(given: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(given)
    except ValueError:
        raise ValueError(f"{given!r} must look like 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32") from None


def machine(remote: str) -> IPv4Address | IPv6Address | None:
    """The machine at the other end of a connection, None where it is unknown."""
    try:
        found = ip_address(remote)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
