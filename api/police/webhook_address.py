"""Where the centre may ring: a plain https address whose every IP address is public or expressly allowed.

A name is looked up once a call and the connection goes to the very address that was judged, so that a name that
changes between the look and the call (DNS rebinding) leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
MAX_URL = 500
_HTTPS = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address to connect to, for one call."""

    host: str  # as the certificate names it
    port: int
    address: str
    path: str  # with the query


def check_url(url: str) -> None:
    """Refuse what is no plain https address; where its name leads is judged at each call.

    Raises:
        Invalid: another scheme, a user or password in it, no host, a fragment, or too long.

    Examples:
        >>> check_url("https://csgt.hue.gov.vn/matthan?unit=1")
        >>> check_url("http://csgt.hue.gov.vn/")
        Traceback (most recent call last):
        ...
        domain.errors.Invalid: a webhook looks like https://csgt.example.vn/matthan: https, without user or fragment
    """
    _parts(url)


def target_of(url: str, *, allowed: Sequence[Network], resolve: Resolve) -> Target:
    """The address to call now.

    Args:
        url: that ``check_url`` let through.
        allowed: networks that may be called although they are not public, by the centre's settings.
        resolve: gives the IP addresses of a host.

    Raises:
        Invalid: the name leads nowhere, or any of its addresses may not be called.
    """
    host, port, path = _parts(url)
    try:
        found = resolve(host, port)
    except OSError as error:
        raise Invalid(f"the host {host} of the webhook is not known") from error
    if not found:
        raise Invalid(f"the host {host} of the webhook has no address")
    for text in found:
        if not _may_call(ipaddress.ip_address(text.partition("%")[0]), allowed):
            raise Invalid(f"the host {host} of the webhook leads to {text}, which is not public and not allowed")
    return Target(host=host, port=port, address=found[0], path=path)


def resolve_host(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host, by the system.

    Raises:
        OSError: it is not known.
    """
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def _parts(url: str) -> tuple[str, int, str]:
    wrong = Invalid("a webhook looks like https://csgt.example.vn/matthan: https, without user or fragment")
    if len(url) > MAX_URL or not url.isascii() or any(sign <= " " or sign in '\\"<>' for sign in url):
        raise wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _HTTPS
    except ValueError:
        raise wrong from None
    if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
        raise wrong
    if parts.fragment or "#" in url:
        raise wrong
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that is the same address to the system (mapped)."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


_ISATAP = 0x00005EFE  # RFC 5214, but for the bit that says whether the IPv4 address is unique
_NOT_PUBLIC: Sequence[Network] = tuple(
    ipaddress.ip_network(text)
    for text in (
        # IPv6 that carries an IPv4 address: who unwraps it, and where, is a matter of somebody's gateway. What Python
        # says of these depends on its version; a host that can be called has an address of its own.
        "::/96",
        "::ffff:0:0/96",  # mapped
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 of a network's own, RFC 8215
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local, RFC 3879: Python takes it for global
        "192.0.0.0/24",  # IETF protocols, and a cloud's metadata; older Pythons know parts of it only
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "3fff::/20",  # documentation, RFC 9637
    )
)


def _may_call(address: Address, allowed: Sequence[Network]) -> bool:
    for each in (address, _plain(address)):
        if any(each.version == network.version and each in network for network in allowed):
            return True
    if any(address.version == network.version and address in network for network in _NOT_PUBLIC):
        return False
    if address.version == 6 and (int(address) >> 32 & 0xFDFFFFFF) == _ISATAP:  # noqa: PLR2004
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
