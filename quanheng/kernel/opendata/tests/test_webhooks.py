"""Who asks to be told of public registers is told, of nothing else, and whoever did not ask is not."""

from __future__ import annotations

import json

import pytest

from quanheng.kernel.audit.models import Delivery, Webhook
from quanheng.kernel.audit.webhooks import PUBLIC, message, register_webhook
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import every_act
from quanheng.kernel.competence.services import suspend_recognition
from quanheng.kernel.opendata.declare import dataset_named, datasets
from quanheng.kernel.opendata.releasing import release
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.services import change_organisation, register_person
from quanheng.kernel.requirements.services import withdraw_standard
from tests import world

pytestmark = pytest.mark.django_db


def hook(organisation: Organisation, *acts: str) -> Webhook:
    admin = world.make_actor((organisation, "administrator"))
    return register_webhook(admin, organisation, url="https://hooks.example/x", acts=acts)


def told() -> list[tuple[int, str, str | None]]:
    found = Delivery.objects.select_related("webhook__organisation", "entry__case").order_by("id")
    return [(one.webhook_id, one.entry.act, json.loads(message(one))["data"]["dataset"]) for one in found]


def test_a_stranger_is_told_of_what_it_asked_for_openly() -> None:
    lab, stranger = (world.make_organisation("laboratory", "120101") for _ in range(2))
    recognition, standard = world.make_recognition(lab), world.make_standard("GB 1-2001")
    asked = hook(stranger, "open.competence.recognition", "open.requirements.", "open.opendata.release")
    # These ask for their own notices only.
    for acts in ((), ("competence.",), ("parties.",), ("open.parties.person", "open.audit.", "open.parties.role")):
        hook(stranger, *acts)
    own = hook(lab, "competence.")
    both = hook(lab, "competence.", "open.competence.")
    suspend_recognition(Actor.platform(), recognition, reason="整改")
    withdraw_standard(Actor.platform(), standard, on=standard.effective, reason="x")
    change_organisation(Actor.platform(), lab, phone="022", reason="x")
    register_person(
        Actor.platform(), lab, username="zhaoqian", name_zh="赵", password="a long enough phrase", roles=["member"]
    )
    release(dataset_named("regions"), force=True)
    assert sorted(told()) == sorted(
        [
            (asked.pk, "competence.recognition.suspend", "recognitions"),
            (own.pk, "competence.recognition.suspend", "recognitions"),
            (both.pk, "competence.recognition.suspend", "recognitions"),
            (asked.pk, "requirements.standard.withdraw", "standards"),
            (asked.pk, "opendata.release.make", "regions"),
        ]
    )
    body = json.loads(message(Delivery.objects.filter(webhook=asked).earliest("id")))
    assert body["data"]["organisation"] == stranger.uid and body["data"]["case"] is None
    assert lab.uid not in json.dumps(body) and "整改" not in json.dumps(body, ensure_ascii=False)


def test_what_is_called_public_are_acts_on_published_registers() -> None:
    for prefix, dataset in PUBLIC:
        assert dataset in datasets() or prefix == "opendata.release.make"
        assert any(name.startswith(prefix) for name in every_act()), prefix
