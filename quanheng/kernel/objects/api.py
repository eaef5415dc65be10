"""An organisation's products and instruments over the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, OrganisationRef, Page, ReasonIn, Shape, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.objects import queries, services
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.objects.services import CalibrationFacts, InstrumentFacts, ProductFacts
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid

router = Router(tags=["objects"])


class ProductOut(Shape):
    uid: str
    owner: OrganisationRef
    family: str
    name: str
    model: str
    brand: str
    retired_on: date | None


class InstrumentOut(Shape):
    """An instrument; ``usable`` says whether a result of today may rest on it (ISO/IEC 17025 6.4.9)."""

    uid: str
    owner: OrganisationRef
    name_zh: str
    name_en: str
    model: str
    serial: str
    quantity: str
    range_text: str
    accuracy: str
    calibration_number: str
    calibrated_on: date | None
    calibrated_until: date | None
    calibrated_by: str
    tests_a_day: int | None
    in_service: bool
    retired_on: date | None
    usable: bool


class ProductIn(Shape):
    owner: str = Field(max_length=13, description="Public name of the organisation")
    family: str = Field(max_length=40, description="Code of the product family")
    name: str = Field(max_length=120)
    model: str = Field("", max_length=120)
    brand: str = Field("", max_length=60)


class InstrumentIn(Shape):
    owner: str = Field(max_length=13, description="Public name of the organisation")
    name_zh: str = Field(max_length=80)
    serial: str = Field(max_length=60)
    name_en: str = Field("", max_length=120)
    model: str = Field("", max_length=80)
    quantity: str = Field("", max_length=40)
    range_text: str = Field("", max_length=80)
    accuracy: str = Field("", max_length=60)
    calibration_number: str = Field("", max_length=80)
    calibrated_on: date | None = None
    calibrated_until: date | None = None
    calibrated_by: str = Field("", max_length=120)
    tests_a_day: int | None = Field(
        None, ge=1, le=services.MOST_A_DAY, description="Determinations that it can do on one day"
    )


class ProductChange(ReasonIn):
    """What is stated anew, with the reason; absent is left as it is."""

    family: str | None = Field(None, max_length=40)
    name: str | None = Field(None, max_length=120)
    model: str | None = Field(None, max_length=120)
    brand: str | None = Field(None, max_length=60)


class InstrumentChange(ReasonIn):
    """What is described anew, with the reason; absent is left as it is. Calibrations are recorded separately."""

    name_zh: str | None = Field(None, max_length=80)
    name_en: str | None = Field(None, max_length=120)
    model: str | None = Field(None, max_length=80)
    serial: str | None = Field(None, max_length=60)
    quantity: str | None = Field(None, max_length=40)
    range_text: str | None = Field(None, max_length=80)
    accuracy: str | None = Field(None, max_length=60)
    tests_a_day: int | None = Field(
        None, ge=0, le=services.MOST_A_DAY, description="Determinations that it can do on one day; 0: not stated"
    )


class CalibrationIn(Shape):
    number: str = Field(max_length=80)
    calibrated_on: date
    calibrated_until: date
    calibrated_by: str = Field(max_length=120)


def _product(one: Product) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in ("uid", "owner", "name", "model", "brand", "retired_on")}
    return {**facts, "family": one.family.code}


def _instrument(one: Instrument) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in InstrumentOut.model_fields if name != "usable"}
    return {**facts, "usable": one.usable_on(timezone.localdate())}


class StopIn(ReasonIn):
    """Why an instrument is not used any more; ``since`` where that began before today."""

    since: date | None = None


class ReleaseIn(ReasonIn):
    """Why an instrument may be used again; ``on`` where that was before today."""

    on: date | None = None


class PastCalibrationOut(Shape):
    number: str
    calibrated_on: date
    calibrated_until: date
    calibrated_by: str


class OutageOut(Shape):
    """Not to be used from ``since`` on; back in use on ``until``, None where it is not back."""

    since: date
    until: date | None
    reason: str


class HistoryOut(Shape):
    calibrations: list[PastCalibrationOut]
    outages: list[OutageOut]


_ACTED = problems(401, 403, 404, 409, 422)


@router.get("/products", response={200: Page[ProductOut], **problems(422)})
def list_products(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    owner: str = Query("", max_length=13),
    family: str = Query("", max_length=40),
    text: str = Query("", max_length=100),
    retired: bool | None = None,
) -> Any:
    """Products of your organisations, or of those you oversee, newest entries first."""
    rows = queries.products(request.actor, owner=owner, family=family, text=text, retired=retired)
    return page_of(rows, cursor, limit, show=_product)


@router.post("/products", response={200: ProductOut, **_ACTED})
def register_product(request: ActorRequest, body: ProductIn) -> Any:
    """Enter a product of your organisation."""
    owner = by_uid(Organisation.objects.all(), body.owner, request.actor)
    facts = ProductFacts(**body.model_dump(exclude={"owner"}))
    return _product(services.register_product(request.actor, owner, facts=facts))


@router.get("/products/{uid}", response={200: ProductOut, **problems(404)})
def get_product(request: ActorRequest, uid: str) -> Any:
    """One product."""
    return _product(queries.product_by_uid(request.actor, uid))


@router.patch("/products/{uid}", response={200: ProductOut, **_ACTED})
def change_product(request: ActorRequest, uid: str, body: ProductChange) -> Any:
    """State a product anew, with the reason."""
    product = queries.product_by_uid(request.actor, uid)
    return _product(services.change_product(request.actor, product, **body.model_dump(exclude_unset=True)))


@router.post("/products/{uid}/retire", response={200: ProductOut, **_ACTED})
def retire_product(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End a product's entry: it is offered no more."""
    product = queries.product_by_uid(request.actor, uid)
    return _product(services.retire_product(request.actor, product, reason=body.reason))


@router.get("/instruments", response={200: Page[InstrumentOut], **problems(422)})
def list_instruments(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    owner: str = Query("", max_length=13),
    quantity: str = Query("", max_length=40),
    text: str = Query("", max_length=100),
    usable_on: date | None = None,
    retired: bool | None = None,
) -> Any:
    """Instruments of your organisations, or of those you oversee, newest entries first."""
    rows = queries.instruments(
        request.actor, owner=owner, quantity=quantity, text=text, usable_on=usable_on, retired=retired
    )
    return page_of(rows, cursor, limit, show=_instrument)


@router.post("/instruments", response={200: InstrumentOut, **_ACTED})
def register_instrument(request: ActorRequest, body: InstrumentIn) -> Any:
    """Enter an instrument of your organisation."""
    owner = by_uid(Organisation.objects.all(), body.owner, request.actor)
    facts = InstrumentFacts(**body.model_dump(exclude={"owner"}))
    return _instrument(services.register_instrument(request.actor, owner, facts=facts))


@router.get("/instruments/{uid}", response={200: InstrumentOut, **problems(404)})
def get_instrument(request: ActorRequest, uid: str) -> Any:
    """One instrument."""
    return _instrument(queries.instrument_by_uid(request.actor, uid))


@router.patch("/instruments/{uid}", response={200: InstrumentOut, **_ACTED})
def change_instrument(request: ActorRequest, uid: str, body: InstrumentChange) -> Any:
    """Describe an instrument anew, with the reason."""
    instrument = queries.instrument_by_uid(request.actor, uid)
    return _instrument(services.change_instrument(request.actor, instrument, **body.model_dump(exclude_unset=True)))


@router.post("/instruments/{uid}/retire", response={200: InstrumentOut, **_ACTED})
def retire_instrument(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End an instrument's entry for good."""
    instrument = queries.instrument_by_uid(request.actor, uid)
    return _instrument(services.retire_instrument(request.actor, instrument, reason=body.reason))


@router.post("/instruments/{uid}/calibrations", response={200: InstrumentOut, **_ACTED})
def record_calibration(request: ActorRequest, uid: str, body: CalibrationIn) -> Any:
    """Record that an instrument was calibrated."""
    instrument = queries.instrument_by_uid(request.actor, uid)
    facts = CalibrationFacts(**body.model_dump())
    return _instrument(services.record_calibration_of_instrument(request.actor, instrument, facts=facts))


@router.post("/instruments/{uid}/stop", response={200: InstrumentOut, **_ACTED})
def stop(request: ActorRequest, uid: str, body: StopIn) -> Any:
    """Take an instrument out of service, from today or from the day that it went out of use."""
    instrument = queries.instrument_by_uid(request.actor, uid)
    return _instrument(services.take_out_of_service(request.actor, instrument, reason=body.reason, since=body.since))


@router.post("/instruments/{uid}/release", response={200: InstrumentOut, **_ACTED})
def release(request: ActorRequest, uid: str, body: ReleaseIn) -> Any:
    """Return an instrument to service."""
    instrument = queries.instrument_by_uid(request.actor, uid)
    return _instrument(services.return_to_service(request.actor, instrument, reason=body.reason, on=body.on))


@router.get("/instruments/{uid}/history", response={200: HistoryOut, **problems(404)})
def history(request: ActorRequest, uid: str) -> Any:
    """Earlier calibrations of an instrument, and the days on which it was not to be used."""
    instrument = queries.instrument_by_uid(request.actor, uid)
    return {"calibrations": list(instrument.past_calibrations.all()), "outages": list(instrument.outages.all())}
