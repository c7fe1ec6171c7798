"""One HTTP request to another system: bounded in time and size, and kept out of the city's own network.

The name is resolved once, the address is judged, and the connection goes to that address, so that a
name which answers differently the second time (DNS rebinding) leads nowhere else. Redirections are
not followed. TLS checks the certificate against the name.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

SECONDS = 10.0  # from the first byte to the last
KEPT = 500  # bytes of the answer
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class NoAnswer(Exception):
    """No whole answer came; the message says why."""


class Forbidden(NoAnswer):
    """The address lies in a network that may not be called."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, the beginning of the answer, and how long it took."""

    status: int
    words: str
    milliseconds: int
    retry_after: int | None = None  # seconds
    content: bytes = b""  # the same beginning, as it came


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = SECONDS,
    guarded: bool = False,
    allowed: Iterable[str] = (),
) -> Answer:
    """Send a POST and read the beginning of its answer; else as `call`."""
    return call("POST", url, body, headers, seconds=seconds, guarded=guarded, allowed=allowed)


def call(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    seconds: float = SECONDS,
    guarded: bool = False,
    allowed: Iterable[str] = (),
    most: int = KEPT,
) -> Answer:
    """Send a request and read the first `most` bytes of its answer, all within `seconds`.

    `guarded` keeps it out of private networks but those `allowed` ("10.20.0.0/16"). Raises
    `Forbidden` and `NoAnswer`; an answer of any status is an answer.
    """
    begun = time.monotonic()
    connection = _connection(url, seconds, guarded=guarded, allowed=allowed)
    # A peer that sends a byte now and then keeps every single read within its time.
    watch = threading.Timer(seconds, _break_off, [connection])
    watch.daemon = True
    watch.start()
    try:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"User-Agent": "Meicheng", **headers})
        answer = connection.getresponse()
        content = answer.read(most)
        return Answer(
            answer.status,
            content.decode("utf-8", "replace").replace("\0", ""),
            _milliseconds(begun),
            _seconds(answer.headers.get("Retry-After")),
            content,
        )
    except (OSError, http.client.HTTPException, ValueError) as problem:
        if time.monotonic() - begun >= seconds:
            raise NoAnswer(f"no answer within {seconds:g} s") from problem
        raise NoAnswer(f"{type(problem).__name__}: {problem}"[:300]) from problem
    finally:
        watch.cancel()
        connection.close()


def judge(address: Address, allowed: Iterable[str] = ()) -> bool:
    """Whether this address may be called: a public one, or one of the allowed networks.

    >>> judge(ip_address("127.0.0.1")), judge(ip_address("::ffff:10.0.0.1"))
    (False, False)
    >>> judge(ip_address("10.20.3.4"), ["10.20.0.0/16"]), judge(ip_address("1.1.1.1"))
    (True, True)
    """
    if any(address in ip_network(network) for network in allowed):
        return True
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo:
            return False
        if inner is None and address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return judge(inner, allowed)
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a name. Raises `NoAnswer` where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise NoAnswer(f"the name {host} is not known: {problem}") from problem
    return list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))


def _connection(
    url: str, seconds: float, *, guarded: bool, allowed: Iterable[str]
) -> http.client.HTTPConnection:
    """A connection to the address that was judged, not to the name."""
    parts = urlsplit(url)
    host, safe = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if safe else 80)
    addresses = resolve(host, port)
    if guarded:
        allowed = list(allowed)
        bad = [address for address in addresses if not judge(address, allowed)]
        if bad:
            raise Forbidden(f"{host} is {bad[0]}, which is in a private network")
    if safe:
        return _PinnedTLS(host, addresses[0], port, seconds)
    return _Pinned(host, addresses[0], port, seconds)


class _Pinned(http.client.HTTPConnection):
    """Connects to one address; the name stands in the Host header only."""

    def __init__(self, host: str, address: Address, port: int, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = str(address)

    def connect(self) -> None:
        """Open the connection to the address that was judged."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedTLS(_Pinned):
    """As above, over TLS whose certificate has to be the name's."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Open the connection and shake hands as the name's client."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _break_off(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):  # it has just been closed
            sock.shutdown(socket.SHUT_RDWR)


def _milliseconds(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _seconds(written: str | None) -> int | None:
    return int(written) if written and written.isdecimal() and len(written) < 7 else None
