"""RFC 3161 authorities over HTTP: one request, one bounded answer, taken only if our own verifier would take it.

The network and the authority are hostile until the token verifies against the roots from the settings: no redirect
is followed, no compressed body is unpacked, and neither size nor patience is without bounds, in the answer's head
as in its body. No retry here: the job that asked retries, and one slow authority must not hold up the others.

Source: RFC 3161, section 3.4.
"""

import re
import socket
import time
from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpcore
import httpx

from evidence.timestamp import tsa_anchors_from_pem
from evidence.timestamp_format import MAX_RESPONSE_SIZE
from service.adapters.tsa_exchange import accept, build_request
from service.errors import StoreError
from service.exchangetime import PinnedBackend
from service.ports import Stamp

_REPLY_TYPE = "application/timestamp-reply"
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": _REPLY_TYPE,
    "Accept-Encoding": "identity",
}
_PORTS = {"http": 80, "https": 443}


class HttpAuthority:
    """One authority behind a URL; satisfies `service.ports.TimestampAuthority`. Any number of threads may stamp."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        roots_pem: bytes,
        chain_pem: bytes = b"",
        timeout_seconds: float = 10.0,
    ) -> None:
        """Take one authority's settings.

        Args:
            name: `[a-z0-9-]+`, unique among the authorities in use.
            url: `http` or `https`; may carry a user name and password, which never appear in an error.
            roots_pem: The roots its tokens must chain to, from the settings, at least one.
            chain_pem: Intermediates that its tokens leave out.
            timeout_seconds: For the whole exchange. What looking up the name takes is part of it, but only the system's
                resolver ends that. No proxy is used, the environment's neither.

        Raises:
            MalformedError: The roots or the chain are not PEM certificates.
            ValueError: The URL is not one of HTTP.
        """
        self._host = _host(url)
        self.name = name
        self.trusted_label = f"时间戳机构 {self._host} / timestamp authority {self._host}"
        self._url = _parsed(url)
        self._pems = (roots_pem, chain_pem)
        self._anchors = tsa_anchors_from_pem(roots_pem=roots_pem, chain_pem=chain_pem)
        self._timeout = timeout_seconds
        self._ssl_context = httpx.create_ssl_context(trust_env=False)

    def stamp(self, digest: bytes) -> Stamp:
        """Ask for a token over a SHA-256 digest.

        Raises:
            StoreError: The authority is away, slow, refuses, or answers what would not verify.
        """
        tsq = build_request(digest)
        try:
            tsr = self._ask(tsq)
        except httpcore.TimeoutException as error:
            raise self._away(f"not done after {self._timeout:g} seconds", "应答超时") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise self._away(f"no answer ({type(error).__name__})", "未能取得应答") from error
        return accept(Stamp(tsq=tsq, tsr=tsr), digest=digest, anchors=self._anchors, name=self.name)

    def roots_pem(self) -> bytes:
        """Give the roots from the settings."""
        return self._pems[0]

    def chain_pem(self) -> bytes:
        """Give the intermediates from the settings."""
        return self._pems[1]

    def _ask(self, tsq: bytes) -> bytes:
        deadline = time.monotonic() + self._timeout
        url = self._url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        backend = PinnedBackend(_addresses(url), deadline=deadline)
        with (
            httpcore.ConnectionPool(ssl_context=self._ssl_context, network_backend=backend) as pool,
            pool.stream("POST", target, headers=_fields(url), content=tsq) as response,
        ):
            self._check_head(response)
            return self._body(response)

    def _check_head(self, response: httpcore.Response) -> None:
        if response.status != httpx.codes.OK:
            raise self._away(f"HTTP status {response.status}", f"HTTP 状态 {response.status}")
        headers = httpx.Headers(response.headers)
        media_type = headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != _REPLY_TYPE:
            raise self._away(f"answered {media_type[:80]!r}, not a timestamp", "应答不是时间戳")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise self._away("answered compressed, unasked", "应答被压缩，无法采用")

    def _body(self, response: httpcore.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > MAX_RESPONSE_SIZE:
                raise self._away(f"answered more than {MAX_RESPONSE_SIZE} bytes", "应答过大")
        return bytes(body)

    def _away(self, text: str, text_zh: str) -> StoreError:
        return StoreError(
            f"timestamp authority {self.name} ({self._host}): {text}",
            code="timestamp_unavailable",
            message_zh=f"时间戳机构 {self.name}（{self._host}）：{text_zh}",
        )


def http_authorities(
    urls: Sequence[str],
    *,
    roots_pem: bytes,
    chain_pem: bytes = b"",
    timeout_seconds: float = 10.0,
) -> tuple[HttpAuthority, ...]:
    """Make one authority for each URL, named by its host and, where two share a host, by a number too.

    Raises:
        MalformedError: The roots or the chain are not PEM certificates.
        ValueError: A URL is not one of HTTP.
    """
    return tuple(
        HttpAuthority(
            name=name,
            url=url,
            roots_pem=roots_pem,
            chain_pem=chain_pem,
            timeout_seconds=timeout_seconds,
        )
        for name, url in zip(_names(urls), urls, strict=True)
    )


def _names(urls: Sequence[str]) -> list[str]:
    plain = [re.sub(r"[^a-z0-9]+", "-", _host(url).lower()).strip("-") for url in urls]
    return [name if plain.count(name) == 1 else f"{name}-{at}" for at, name in enumerate(plain, start=1)]


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a timestamp authority's URL starts with http:// or https:// and a host")
    return parts.hostname


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError("a timestamp authority's URL is malformed") from error


def _addresses(url: httpx.URL) -> list[str]:
    """Look the host up here, since a library that does would give each of its addresses the whole time."""
    port = url.port or _PORTS[url.scheme]
    found = socket.getaddrinfo(url.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _fields(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    fields = [(name.encode("ascii"), value.encode("ascii")) for name, value in _HEADERS.items()]
    if url.userinfo:
        user = f"{url.username}:{url.password}".encode()
        fields.append((b"Authorization", b"Basic " + b64encode(user)))
    return [(b"Host", url.netloc), *fields]
