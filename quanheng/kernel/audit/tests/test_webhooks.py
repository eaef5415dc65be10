"""Webhooks: signed, retried, given up; never a way into the inner network."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from quanheng.kernel.audit import jobs, outbound, webhooks
from quanheng.kernel.audit.models import Delivery, Webhook
from quanheng.kernel.audit.outbound import Unreachable, check_url, resolve
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import actor, organisation

pytestmark = pytest.mark.django_db


class Receiver(HTTPServer):
    """Answers with ``answer`` and keeps what came."""

    answer = 204

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.DEBUG = True
    server = Receiver()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def own() -> Organisation:
    return organisation()


def later(**span: int) -> None:
    """Let time pass for what waits."""
    waiting = Delivery.objects.filter(state="waiting")
    for delivery in waiting:
        delivery.next_try_at -= timedelta(**span)
        delivery.save()


def test_a_message_is_signed_and_says_no_more_than_it_must(own: Organisation, receiver: Receiver) -> None:
    administrator = actor((own, "administrator"))
    hook = webhooks.register_webhook(administrator, own, url=receiver.url)
    webhooks.ping_webhook(administrator, hook)
    assert jobs.deliver_due() == 1
    path, headers, body = receiver.got[0]
    assert path == "/hook?x=1"
    expected = webhooks.signature(
        webhooks.secret_of(hook), headers["webhook-id"], int(headers["webhook-timestamp"]), body
    )
    assert headers["webhook-signature"] == expected
    told = json.loads(body)
    assert (told["type"], told["data"]["organisation"]) == ("audit.webhook.test", own.uid)
    assert told["data"]["label_zh"] == "测试回调地址"
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.last_error) == ("delivered", 1, "")
    assert jobs.deliver_due() == 0


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the Standard Webhooks specification's own libraries."""
    made = webhooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_failures_are_retried_ever_later_and_then_given_up(own: Organisation, receiver: Receiver) -> None:
    administrator = actor((own, "administrator"))
    hook = webhooks.register_webhook(administrator, own, url=receiver.url)
    webhooks.ping_webhook(administrator, hook)
    receiver.answer = 500
    waits = []
    for tries in range(1, len(jobs.BACK_OFF) + 2):
        assert jobs.deliver_due() == 1
        assert jobs.deliver_due() == 0
        delivery = Delivery.objects.get()
        assert (delivery.tries, delivery.last_error) == (tries, "HTTP 500")
        waits.append(delivery.next_try_at - timezone.now())
        later(days=2)
    assert waits[:-1] == sorted(waits[:-1])
    assert Delivery.objects.get().state == "given_up"
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 1


def test_a_redirect_is_not_followed(own: Organisation, receiver: Receiver) -> None:
    administrator = actor((own, "administrator"))
    webhooks.ping_webhook(administrator, webhooks.register_webhook(administrator, own, url=receiver.url))
    receiver.answer = 302
    jobs.deliver_due()
    assert Delivery.objects.get().last_error == "HTTP 302"
    assert len(receiver.got) == 1


def test_only_what_was_asked_for_is_sent(own: Organisation, receiver: Receiver) -> None:
    administrator = actor((own, "administrator"))
    webhooks.register_webhook(administrator, own, url=receiver.url, acts=["testing.order"])
    other = webhooks.register_webhook(administrator, own, url=receiver.url, acts=["parties.", "audit.webhook.test"])
    webhooks.ping_webhook(administrator, other)
    assert [delivery.webhook for delivery in Delivery.objects.all()] == [other]
    webhooks.change_webhook(administrator, other, active=False)
    jobs.deliver_due()
    assert (Delivery.objects.get().state, receiver.got) == ("given_up", [])
    with pytest.raises(Conflict):
        webhooks.ping_webhook(administrator, other)


def test_a_delivery_is_claimed_by_one_worker(
    own: Organisation, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = actor((own, "administrator"))
    webhooks.ping_webhook(administrator, webhooks.register_webhook(administrator, own, url=receiver.url))
    send = jobs._send
    inner: list[int] = []

    def other_worker(delivery: Delivery) -> str:
        inner.append(jobs.deliver_due())
        return send(delivery)

    monkeypatch.setattr(jobs, "_send", other_worker)
    assert jobs.deliver_due() == 1
    assert inner == [0]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://user:secret@example.com/",
        "https://example.com/#x",
        "https:///path",
        "https://127.0.0.1/",
        "https://10.1.2.3:8443/",
        "https://[::1]/",
        "https://[::ffff:192.168.1.1]/",
        "https://[64:ff9b::a01:203]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "http://127.0.0.1/",
        "https://" + "a" * 600,
    ],
)
def test_addresses_that_must_not_be_sent_to_are_refused(own: Organisation, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        webhooks.register_webhook(actor((own, "administrator")), own, url=url)
    assert refused.value.errors[0].field == "url"
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "192.168.0.9", "fd00::1", "fe80::1%eth0", "100.64.0.1", "2002:a00:1::"]
)
def test_a_name_that_leads_inside_is_not_reached(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Both addresses count: a name with one public and one private address leads nowhere."""

    def answer(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (found, 443)) for found in ("93.184.216.34", address)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(Unreachable, match="not public"):
        resolve("rebound.example", 443)


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look-up of the name cannot lead elsewhere: the connection is made to the judged address."""
    reached: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        reached.append(address)
        raise OSError("enough")

    public = [(0, 0, 0, "", ("93.184.216.34", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: public)
    monkeypatch.setattr(outbound.socket, "create_connection", connect)
    with pytest.raises(Unreachable, match="enough"):
        outbound.post("https://hooks.example/x", b"{}", {})
    assert reached == [("93.184.216.34", 443)]
    assert check_url("https://hooks.example/x").hostname == "hooks.example"


def test_webhooks_are_the_administrators_alone(own: Organisation) -> None:
    url = "https://hooks.example/x"
    with pytest.raises(Denied):
        webhooks.register_webhook(actor((own, "member")), own, url=url)
    hook = webhooks.register_webhook(actor((own, "administrator")), own, url=url)
    change: Callable[..., Webhook] = webhooks.change_webhook
    for outsider in (actor((own, "member")), actor((organisation(), "administrator"))):
        with pytest.raises(NotFound):
            change(outsider, hook, active=False)
    with pytest.raises(Invalid):
        change(actor((own, "administrator")), hook, acts=["Orders; DROP TABLE"])
    for _ in range(9):
        webhooks.register_webhook(actor((own, "administrator")), own, url=url)
    with pytest.raises(Conflict):
        webhooks.register_webhook(actor((own, "administrator")), own, url=url)


def test_the_secret_is_not_stored(own: Organisation) -> None:
    hook = webhooks.register_webhook(actor((own, "administrator")), own, url="https://hooks.example/x")
    assert webhooks.secret_of(hook).startswith("whsec_")
    assert webhooks.secret_of(hook) not in str(Webhook.objects.values())
