"""Reads of products and instruments, already restricted to what the actor may see."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.words import with_words
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.queries import by_uid


def products(
    actor: Actor, *, owner: str = "", family: str = "", text: str = "", retired: bool | None = None
) -> QuerySet[Product]:
    """Products that the actor may see, of an organisation, of a family, with words of the name or model.

    ``retired`` keeps those that are retired, or those that are not.
    """
    rows = restrict(Product.objects.all(), actor).select_related("owner", "family")
    if retired is not None:
        rows = rows.filter(retired_on__isnull=not retired)
    if owner:
        rows = rows.filter(owner__uid=owner)
    if family:
        rows = rows.filter(family__code=family)
    return with_words(rows, text, "name", "model", "brand")


def product_by_uid(actor: Actor, uid: str) -> Product:
    """One product. Raises NotFound, also where the actor may not see it."""
    return by_uid(Product.objects.select_related("owner", "family"), uid, actor)


def usable(day: date) -> Q:
    """Instruments in service and calibrated on the day, as ``Instrument.usable_on`` says of one."""
    return Q(in_service=True, retired_on=None, calibrated_on__lte=day, calibrated_until__gte=day)


def instruments(
    actor: Actor,
    *,
    owner: str = "",
    quantity: str = "",
    text: str = "",
    usable_on: date | None = None,
    retired: bool | None = None,
) -> QuerySet[Instrument]:
    """Instruments that the actor may see; ``usable_on`` keeps those that may be relied on that day.

    ``retired`` keeps those that are retired, or those that are not.
    """
    rows = restrict(Instrument.objects.all(), actor).select_related("owner")
    if retired is not None:
        rows = rows.filter(retired_on__isnull=not retired)
    if owner:
        rows = rows.filter(owner__uid=owner)
    if quantity:
        rows = rows.filter(quantity=quantity)
    if usable_on:
        rows = rows.filter(usable(usable_on))
    return with_words(rows, text, "name_zh", "name_en", "serial")


def instrument_by_uid(actor: Actor, uid: str) -> Instrument:
    """One instrument. Raises NotFound, also where the actor may not see it."""
    return by_uid(Instrument.objects.select_related("owner"), uid, actor)


def usable_instruments(
    organisation_id: int, on: date | None = None, quantity: str | None = None
) -> QuerySet[Instrument]:
    """An organisation's instruments that a result of the day (today) may rest on, for a kind of quantity.

    Instruments without a kind of quantity fit any. For services and pages that have asked permission already.
    """
    rows = Instrument.objects.filter(usable(on or timezone.localdate()), owner_id=organisation_id)
    if quantity:
        rows = rows.filter(quantity__in=("", quantity))
    return rows.order_by("name_zh", "serial")
