"""Where a webhook may go: which URLs may be registered, and which addresses a connection may be made to.

A tenant chooses the URL, so it must not reach what only this machine or its network can: no private, local or
link-local address, no cloud's metadata, unless the operator lists the network. What a name resolves to is checked
when it is sent to, and the connection is made to the very address that was checked (`service.webhooks.exchange`).

Source: Standard Webhooks 1.0.0, "Server side request forgery"; IANA's registries of special-purpose addresses.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import httpx

from service.errors import FieldError, RefusedError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host name, as text; OSError when it has none."""

URL_LIMIT = 2000
_PORTS = frozenset({None, *range(1, 65536)})
FORBIDDEN = "address_forbidden"
HTTPS_REQUIRED = "https_required"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_NEVER = _networks(
    "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8",
    # Metadata and agents of clouds outside of link-local: Alibaba, Azure, Oracle.
    "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
    # The same by IPv6: AWS, Google, Oracle, Scaleway with their neighbours there; Alibaba, Akamai.
    "fd00:ec2::/32", "fd20:ce::/32", "fd00:c1::/32", "fd00:42::/32", "fd00:100::100:200/128", "fd00:a9fe:a9fe::/48",
)  # fmt: skip
"""Reached under no setting; who documents which is in `tests/vectors/webhooks/never.tsv`."""
_PRIVATE = _networks(
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
)  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_GLOBAL_V6 = _networks("2001::/23", "2001:db8::/32", "3fff::/20")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?", re.IGNORECASE)
_ENDS_IN_A_NUMBER = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the operator lets webhooks reach beside the public network: none of it unless listed."""

    private_networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Reach":
        """Read comma-separated networks such as `10.20.0.0/16,fd00::/8`; ValueError when one is none."""
        parts = (part.strip() for part in text.split(","))
        return cls(private_networks=_networks(*(part for part in parts if part)))

    def refuses(self, text: str, *, scheme: str) -> str:
        """Tell why a connection to this address must not be made; empty when it may be."""
        address = _meant(ipaddress.ip_address(text))
        if _in(address, _NEVER):
            return FORBIDDEN
        if _in(address, self.private_networks):
            return ""
        if not _is_public(address):
            return FORBIDDEN
        return "" if scheme == "https" else HTTPS_REQUIRED

    def check_url(self, url: str) -> None:
        """Refuse a URL that could never be sent to; a name is only looked up when it is.

        Raises:
            RefusedError: `webhook_url`, with what is wrong in both languages.
        """
        parsed = _parsed(url)
        if parsed.scheme != "https" and not (parsed.scheme == "http" and self.private_networks):
            raise _refused(HTTPS_REQUIRED, "地址须以 https:// 开头", "the address starts with https://")
        if parsed.userinfo or parsed.fragment:
            raise _refused("url_malformed", "地址中不得含用户名、密码或片段", "no user name, password or fragment")
        literal = _literal(parsed.host)
        if literal is None and not _is_name(parsed.raw_host.decode("ascii")):
            raise _refused("url_malformed", "主机名不合规", "this is no host name")
        if literal is not None and (code := self.refuses(literal, scheme=parsed.scheme)):
            raise _refused(code, "该地址不允许访问（内网、本机或保留地址）", "this address may not be reached")


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host, those of every family.

    Raises:
        OSError: There is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:
        raise OSError(f"not a host name: {error}") from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url) if len(url) <= URL_LIMIT else None
    except httpx.InvalidURL:
        parsed = None
    if parsed is None or not parsed.host or parsed.port not in _PORTS:
        raise _refused(
            "url_malformed", f"应为至多 {URL_LIMIT} 字符的网址", f"write a URL of at most {URL_LIMIT} characters"
        )
    return parsed


def _literal(host: str) -> str | None:
    """Give the address that a host is without being looked up."""
    if host.rstrip(".").lower() in ("localhost", "ip6-localhost") or host.lower().endswith(".localhost"):
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    """Tell whether a host is a name of DNS; what ends in a number is an address in a spelling of its own (`127.1`)."""
    return _NAME.fullmatch(host) is not None and len(host) <= 253 and not _ENDS_IN_A_NUMBER.search(host)


def _meant(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 address stands for: mapped, by NAT64, by 6to4."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


def _is_public(address: Address) -> bool:
    # Written out, since what `is_global` says differs between releases of Python.
    if isinstance(address, IPv4Address):
        return not _in(address, _PRIVATE)
    return address in _GLOBAL_V6 and not _in(address, _NOT_GLOBAL_V6)


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _refused(code: str, message_zh: str, message_en: str) -> RefusedError:
    error = FieldError(pointer="/url", code=code, message_zh=message_zh, message_en=message_en)
    return RefusedError("webhook_url", message_en, errors=(error,), message_zh=message_zh)
