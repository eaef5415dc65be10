"""Acts on an organisation's products and measuring instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, read_rows, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.objects.custody import dispose_sample, move_sample, return_sample
from quanheng.kernel.objects.models import Instrument, Outage, PastCalibration, Product
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.requirements.models import ProductFamily
from quanheng.science.quantities import kind

__all__ = ["dispose_sample", "move_sample", "return_sample"]  # beside what is written here

MAX_ROWS = 50_000
# One determination a second, day and night: whoever states more has made a slip.
MOST_A_DAY = 86_400
# Who looks after an organisation's products, and who after its instruments (ISO/IEC 17025 6.4).
PRODUCT_ROLES = (Role.MEMBER, Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
INSTRUMENT_ROLES = (Role.MEMBER, Role.OPERATOR, Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
# Anyone who works with an instrument may stop its use; putting it back is a decision.
RELEASE_ROLES = (Role.QUALITY_MANAGER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class ProductFacts:
    """What is stated of a product; ``family`` is a code."""

    family: str
    name: str
    model: str = ""
    brand: str = ""


@dataclass(frozen=True)
class CalibrationFacts:
    """A calibration of an instrument: certificate, first and last day on which it may be relied on, by whom."""

    number: str
    calibrated_on: date
    calibrated_until: date
    calibrated_by: str


@dataclass(frozen=True)
class InstrumentFacts:
    """What is stated of an instrument; ``quantity`` is a kind of quantity. A calibration is given whole or not."""

    name_zh: str
    serial: str
    name_en: str = ""
    model: str = ""
    quantity: str = ""
    range_text: str = ""
    accuracy: str = ""
    calibration_number: str = ""
    calibrated_on: date | None = None
    calibrated_until: date | None = None
    calibrated_by: str = ""
    tests_a_day: int | None = None


def _product(cells: Cells, owner: Organisation, families: Mapping[str, ProductFamily]) -> Product:
    return Product(
        owner=owner,
        family=cells.known("family", families),
        name=cells.text("name", 120),
        model=cells.text("model", 120, required=False),
        brand=cells.text("brand", 60, required=False),
    )


def _instrument(cells: Cells, owner: Organisation) -> Instrument:
    instrument = Instrument(
        owner=owner,
        name_zh=cells.text("name_zh", 80),
        name_en=cells.text("name_en", 120, required=False),
        model=cells.text("model", 80, required=False),
        serial=cells.text("serial", 60),
        quantity=cells.text("quantity", 40, required=False),
        range_text=cells.text("range_text", 80, required=False),
        accuracy=cells.text("accuracy", 60, required=False),
        calibration_number=cells.text("calibration_number", 80, required=False),
        calibrated_on=cells.day("calibrated_on"),
        calibrated_until=cells.day("calibrated_until"),
        calibrated_by=cells.text("calibrated_by", 120, required=False),
        tests_a_day=cells.integer("tests_a_day", 1, MOST_A_DAY, default=0) or None,
    )
    if instrument.quantity:
        cells.science("quantity", lambda: kind(instrument.quantity))
    parts = ("calibration_number", "calibrated_on", "calibrated_until", "calibrated_by")
    if any(getattr(instrument, name) for name in parts):
        _check_calibration(cells, instrument, parts)
    return instrument


def _check_calibration(cells: Cells, instrument: Instrument, parts: Iterable[str]) -> None:
    wrong = {error.field for error in cells.errors}
    for name in parts:
        if not getattr(instrument, name) and name not in wrong:
            cells.wrong(name, _("校准信息须完整：证书号、校准日期、有效期至和校准机构缺一不可。"))
    first, last = instrument.calibrated_on, instrument.calibrated_until
    if first and first > timezone.localdate():
        cells.wrong("calibrated_on", _("校准日期在今天之后，请核对。"))
    if first and last and last < first:
        cells.wrong("calibrated_until", _("校准有效期早于校准日期，请核对。"))


@act("objects.product.register", on=Organisation, label=_("登记产品"), may=Holds("", *PRODUCT_ROLES))
def register_product(actor: Actor, owner: Organisation, *, facts: ProductFacts) -> Product:
    """Enter a product of the organisation. Raises Invalid by field, Conflict where it is there already."""
    cells = Cells(asdict(facts))
    families = {one.code: one for one in ProductFamily.objects.filter(code=facts.family)}
    product = _product(cells, owner, families)
    refuse(cells.errors)
    same = Product.objects.filter(owner=owner, family=product.family, name=product.name, model=product.model)
    same = same.filter(retired_on=None)
    if same.exists():
        raise Conflict(_("该产品已登记，请直接选用。"))
    product.save()
    return product


def _still_there(row: Product | Instrument) -> None:
    if row.retired_on is not None:
        raise Conflict(filled(_("该记录已于 %(day)s 注销，不能再变更。"), day=row.retired_on))


@act("objects.product.change", on=Product, label=_("变更产品"), may=Holds("owner", *PRODUCT_ROLES))
def change_product(
    actor: Actor,
    product: Product,
    *,
    reason: str,
    family: str | None = None,
    name: str | None = None,
    model: str | None = None,
    brand: str | None = None,
) -> Product:
    """State a product anew, with the reason; None leaves as it is. Raises Invalid by field, Conflict.

    Reports and orders keep the name that they were made under.
    """
    need_reason(reason)
    _still_there(product)
    facts = {"family": family, "name": name, "model": model, "brand": brand}
    stated = {
        "family": product.family.code,
        **{column: getattr(product, column) for column in ("name", "model", "brand")},
        **{column: value for column, value in facts.items() if value is not None},
    }
    cells = Cells(stated)
    new = _product(cells, product.owner, {one.code: one for one in ProductFamily.objects.filter(code=stated["family"])})
    refuse(cells.errors)
    same = Product.objects.filter(owner=product.owner, family=new.family, name=new.name, model=new.model)
    same = same.filter(retired_on=None)
    if same.exclude(pk=product.pk).exists():
        raise Conflict(_("该产品已登记，请直接选用。"))
    for column in ("family", "name", "model", "brand"):
        setattr(product, column, getattr(new, column))
    product.save(update_fields=["family", "name", "model", "brand"])
    return product


@act("objects.product.retire", on=Product, label=_("注销产品"), may=Holds("owner", *PRODUCT_ROLES))
def retire_product(actor: Actor, product: Product, *, reason: str) -> Product:
    """End a product's entry, with the reason: it is offered no more; what rests on it stays. Raises Conflict."""
    need_reason(reason)
    _still_there(product)
    product.retired_on = timezone.localdate()
    product.save(update_fields=["retired_on"])
    return product


@act("objects.instrument.register", on=Organisation, label=_("登记测量设备"), may=Holds("", *INSTRUMENT_ROLES))
def register_instrument(actor: Actor, owner: Organisation, *, facts: InstrumentFacts) -> Instrument:
    """Enter an instrument of the organisation. Raises Invalid by field, Conflict where it is there already."""
    cells = Cells(asdict(facts))
    instrument = _instrument(cells, owner)
    refuse(cells.errors)
    if Instrument.objects.filter(owner=owner, serial=instrument.serial, name_zh=instrument.name_zh).exists():
        raise Conflict(_("同名称、同出厂编号的设备已登记，请核对。"))
    instrument.save()
    return instrument


def instrument_reader(owner: Organisation) -> Callable[[Cells], Instrument]:
    """Reads rows of an organisation's instruments; one that is registered, or was read before, is complained of."""
    known = set(Instrument.objects.filter(owner=owner).values_list("serial", "name_zh"))

    def build(cells: Cells) -> Instrument:
        instrument = _instrument(cells, owner)
        same = (instrument.serial, instrument.name_zh)
        if all(same) and same in known:
            cells.wrong("serial", _("同名称、同出厂编号的设备已登记或在本文件中重复，请核对。"))
        known.add(same)
        return instrument

    return build


def product_reader(owner: Organisation) -> Callable[[Cells], Product]:
    """Reads rows of an organisation's products; one that is registered, or was read before, is complained of."""
    families = {one.code: one for one in ProductFamily.objects.all()}
    known = set(Product.objects.filter(owner=owner, retired_on=None).values_list("family_id", "name", "model"))

    def build(cells: Cells) -> Product:
        product = _product(cells, owner, families)
        same = (product.family_id, product.name, product.model)
        if product.family_id and product.name and same in known:
            cells.wrong("name", _("该产品已登记或在本文件中重复，请删除该行。"))
        known.add(same)
        return product

    return build


@act("objects.instrument.load", on=Organisation, label=_("批量登记测量设备"), may=Holds("", *INSTRUMENT_ROLES))
def load_instruments(actor: Actor, owner: Organisation, *, rows: Iterable[Mapping[str, Any]]) -> Organisation:
    """Enter many instruments (columns of InstrumentFacts), all or none, under one entry. Raises Invalid by row."""
    given = list(rows)
    if len(given) > MAX_ROWS:
        raise Invalid(filled(_("一次最多登记 %(limit)s 行，请分批。"), limit=MAX_ROWS))
    made = read_rows(given, instrument_reader(owner))
    Instrument.objects.bulk_create(made, batch_size=1000)
    remark(instruments=len(made))
    return owner


@act("objects.product.load", on=Organisation, label=_("批量登记产品"), may=Holds("", *PRODUCT_ROLES))
def load_products(actor: Actor, owner: Organisation, *, rows: Iterable[Mapping[str, Any]]) -> Organisation:
    """Enter many products (columns of ProductFacts), all or none, under one entry. Raises Invalid by row."""
    given = list(rows)
    if len(given) > MAX_ROWS:
        raise Invalid(filled(_("一次最多登记 %(limit)s 行，请分批。"), limit=MAX_ROWS))
    made = read_rows(given, product_reader(owner))
    Product.objects.bulk_create(made, batch_size=1000)
    remark(products=len(made))
    return owner


@act(
    "objects.instrument.calibrate",
    on=Instrument,
    label=_("登记校准"),
    may=Holds("owner", Role.OPERATOR, Role.QUALITY_MANAGER, Role.ADMINISTRATOR),
)
def record_calibration_of_instrument(actor: Actor, instrument: Instrument, *, facts: CalibrationFacts) -> Instrument:
    """Record that an instrument was calibrated; the one before is kept: results of those days rest on it.

    Raises Invalid by field, also where the calibration is older than the one already recorded.
    """
    _still_there(instrument)
    latest = instrument.calibrated_on
    cells = Cells(asdict(facts))
    before = _past(instrument)
    instrument.calibration_number = cells.text("number", 80)
    instrument.calibrated_by = cells.text("calibrated_by", 120)
    instrument.calibrated_on, instrument.calibrated_until = facts.calibrated_on, facts.calibrated_until
    _check_calibration(cells, instrument, ())
    if latest and facts.calibrated_on < latest:
        cells.wrong("calibrated_on", filled(_("已登记 %(day)s 的校准，不能再登记更早的。"), day=latest))
    refuse(cells.errors)
    instrument.save(update_fields=["calibration_number", "calibrated_on", "calibrated_until", "calibrated_by"])
    if before is not None:
        before.save(force_insert=True)
    return instrument


def _past(instrument: Instrument) -> PastCalibration | None:
    """The calibration that an instrument has, to be kept beside the one that follows it."""
    if instrument.calibrated_on is None or instrument.calibrated_until is None:
        return None
    return PastCalibration(
        instrument=instrument,
        number=instrument.calibration_number,
        calibrated_on=instrument.calibrated_on,
        calibrated_until=instrument.calibrated_until,
        calibrated_by=instrument.calibrated_by,
    )


@act("objects.instrument.stop", on=Instrument, label=_("停用设备"), may=Holds("owner", *INSTRUMENT_ROLES))
def take_out_of_service(actor: Actor, instrument: Instrument, *, reason: str, since: date | None = None) -> Instrument:
    """Stop the use of an instrument (ISO/IEC 17025 6.4.9): no result rests on it until it is returned.

    ``since``: the day on which it went out of use, where that was before today. Raises Conflict, Invalid.
    """
    reason = need_reason(reason)
    if not instrument.in_service:
        raise Conflict(_("该设备已停用。"))
    since = since or timezone.localdate()
    if since > timezone.localdate():
        raise Invalid.field("since", _("停用日期在今天之后，请核对。"))
    instrument.in_service = False
    instrument.save(update_fields=["in_service"])
    Outage(instrument=instrument, since=since, reason=reason).save(force_insert=True)
    remark(since=str(since))
    return instrument


@act("objects.instrument.release", on=Instrument, label=_("恢复使用设备"), may=Holds("owner", *RELEASE_ROLES))
def return_to_service(actor: Actor, instrument: Instrument, *, reason: str, on: date | None = None) -> Instrument:
    """Put an instrument back to use, once it was found to perform correctly. Raises Conflict, Invalid.

    ``on``: the day from which it was used again, where that was before today.
    """
    need_reason(reason)
    _still_there(instrument)
    if instrument.in_service:
        raise Conflict(_("该设备在用，无需恢复。"))
    on, out = on or timezone.localdate(), instrument.outages.filter(until=None).first()
    if on > timezone.localdate():
        raise Invalid.field("on", _("恢复使用日期在今天之后，请核对。"))
    if out is not None and on < out.since:
        raise Invalid.field("on", filled(_("恢复使用日期早于停用日期 %(day)s，请核对。"), day=out.since))
    instrument.in_service = True
    instrument.save(update_fields=["in_service"])
    if out is not None:
        out.until = on
        out.save(update_fields=["until"])
    remark(on=str(on))
    return instrument


# What an instrument is; its calibration is recorded by an act of its own.
DESCRIBED = ("name_zh", "name_en", "model", "serial", "quantity", "range_text", "accuracy", "tests_a_day")


@act("objects.instrument.change", on=Instrument, label=_("变更测量设备"), may=Holds("owner", *INSTRUMENT_ROLES))
def change_instrument(
    actor: Actor,
    instrument: Instrument,
    *,
    reason: str,
    name_zh: str | None = None,
    name_en: str | None = None,
    model: str | None = None,
    serial: str | None = None,
    quantity: str | None = None,
    range_text: str | None = None,
    accuracy: str | None = None,
    tests_a_day: int | None = None,
) -> Instrument:
    """Describe an instrument anew, with the reason; None leaves as it is. Raises Invalid by field, Conflict.

    ``tests_a_day``: how many determinations it can do on one day; 0 takes the statement back.
    """
    need_reason(reason)
    _still_there(instrument)
    given = (name_zh, name_en, model, serial, quantity, range_text, accuracy, tests_a_day)
    stated = {
        name: getattr(instrument, name) if value is None else value
        for name, value in zip(DESCRIBED, given, strict=True)
    }
    stated["tests_a_day"] = stated["tests_a_day"] or None
    cells = Cells(stated)
    new = _instrument(cells, instrument.owner)
    refuse(cells.errors)
    same = Instrument.objects.filter(owner=instrument.owner, serial=new.serial, name_zh=new.name_zh)
    if same.exclude(pk=instrument.pk).exists():
        raise Conflict(_("同名称、同出厂编号的设备已登记，请核对。"))
    for name in DESCRIBED:
        setattr(instrument, name, getattr(new, name))
    instrument.save(update_fields=list(DESCRIBED))
    return instrument


@act("objects.instrument.retire", on=Instrument, label=_("注销测量设备"), may=Holds("owner", *RELEASE_ROLES))
def retire_instrument(actor: Actor, instrument: Instrument, *, reason: str) -> Instrument:
    """End an instrument's entry for good, with the reason; results that rest on it stay. Raises Conflict."""
    need_reason(reason)
    _still_there(instrument)
    instrument.in_service, instrument.retired_on = False, timezone.localdate()
    instrument.save(update_fields=["in_service", "retired_on"])
    return instrument
