"""Sending to addresses that others chose: public hosts over HTTPS only, and never anywhere else by a detour."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid

# Addresses that Python calls global but that carry a private IPv4 address inside (RFC 6052, 3056, 4380).
WRAPPING = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
TIMEOUT = 10.0  # seconds, for connecting and for each read
ANSWER_LIMIT = 64 * 1024  # bytes read of an answer


class Unreachable(Exception):
    """It could not be sent: the text says why."""


def check_url(url: str) -> SplitResult:
    """The parts of a URL that may be sent to; Invalid says what else it must be.

    Plain HTTP is let through to this machine itself, and only where DEBUG is on.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid.field("url", _("地址格式不对，请填写完整的 https:// 地址。")) from None
    host = parts.hostname
    if not host or parts.username is not None or parts.fragment or port == 0 or not url.isascii() or " " in url:
        raise Invalid.field("url", _("地址格式不对，请填写完整的 https:// 地址，不带用户名、密码和 # 部分。"))
    local = settings.DEBUG and host in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise Invalid.field("url", _("地址须以 https:// 开头，以免内容在途中被看到或改动。"))
    if _literal(host) is not None and not allowed(host):
        raise Invalid.field("url", _("地址不能指向内部网络，请填写公网可达的主机名。"))
    return parts


def allowed(address: str) -> bool:
    """Whether an IP address is a public unicast one; loopback where DEBUG is on."""
    ip = _literal(address)
    if ip is None:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if settings.DEBUG and ip.is_loopback:
        return True
    if ip.is_multicast or any(ip in net for net in WRAPPING if net.version == ip.version):
        return False
    return ip.is_global


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None


def resolve(host: str, port: int) -> str:
    """An address of the host to connect to. Unreachable if it has none, or if any of them is not public."""
    try:
        found = {str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"name not resolved: {error}") from error
    private = sorted(address for address in found if not allowed(address))
    if private or not found:
        raise Unreachable(f"address not public: {', '.join(private)}")
    return min(found, key=lambda address: (":" in address, address))


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was already judged, so that a second look-up cannot lead elsewhere."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._address = address
        self._secure = secure

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._secure else plain
        )


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST once and return the status of the answer; redirects are answers like any other, not followed.

    Raises Unreachable when the address is not allowed, cannot be reached or does not speak HTTP.
    """
    return _ask("POST", url, body, headers)[0]


def fetch(url: str) -> bytes:
    """GET once and return the body of an answer of 200. Raises Unreachable for any other, or where it is too long."""
    status, body = _ask("GET", url, None, {"User-Agent": "Quanheng/1"})
    if status != 200 or len(body) >= ANSWER_LIMIT:
        raise Unreachable(f"HTTP {status}" if status != 200 else "the answer is too long")
    return body


def _ask(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        parts = check_url(url)
    except Invalid as refusal:
        raise Unreachable(str(refusal)) from refusal
    secure = parts.scheme == "https"
    host, port = str(parts.hostname), parts.port or (443 if secure else 80)
    connection = _Pinned(host, port, resolve(host, port), secure=secure)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_LIMIT)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
