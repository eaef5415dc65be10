"""What is assessed: an enterprise's products, the instruments in use, the samples handed over."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record, Row
from quanheng.kernel.parties.roles import REGULATORS


class Product(Record):
    """A product of an enterprise, with the family whose requirements apply."""

    # Found by ``product_owner``.
    owner = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="products", db_index=False)
    family = models.ForeignKey("requirements.ProductFamily", verbose_name=_("产品类别"), on_delete=models.PROTECT)
    name = models.CharField(_("产品名称"), max_length=120)
    model = models.CharField(_("规格型号"), max_length=120, blank=True)
    brand = models.CharField(_("商标"), max_length=60, blank=True)
    # Products and instruments are retired, never deleted: reports rest on them.
    retired_on = models.DateField(_("注销日期"), null=True, blank=True)

    visible_to = Holds("owner") | Oversees("owner__region_code", *REGULATORS)
    act_related = ("owner", "family")

    class Meta:
        verbose_name = _("产品")
        indexes = [models.Index(fields=["owner", "-id"], name="product_owner")]

    def __str__(self) -> str:
        return f"{self.name} {self.model}".strip()


class Instrument(Record):
    """A measuring instrument (VIM 3.1) and how far its calibration reaches."""

    # Found by ``instrument_owner``.
    owner = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="instruments", db_index=False
    )
    name_zh = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名称"), max_length=120, blank=True)
    model = models.CharField(_("型号"), max_length=80, blank=True)
    serial = models.CharField(_("出厂编号"), max_length=60)
    quantity = models.CharField(_("量的种类"), max_length=40, blank=True)
    range_text = models.CharField(_("测量范围"), max_length=80, blank=True)
    accuracy = models.CharField(_("准确度等级或最大允许误差"), max_length=60, blank=True)
    calibration_number = models.CharField(_("校准证书号"), max_length=80, blank=True)
    calibrated_on = models.DateField(_("校准日期"), null=True, blank=True)
    calibrated_until = models.DateField(_("校准有效期至"), null=True, blank=True)
    calibrated_by = models.CharField(_("校准机构"), max_length=120, blank=True)
    # How many determinations it can do on one day, as its owner states it; None: not stated.
    tests_a_day = models.PositiveIntegerField(_("每日最多检测项数"), null=True, blank=True)
    in_service = models.BooleanField(_("在用"), default=True)
    retired_on = models.DateField(_("注销日期"), null=True, blank=True)

    visible_to = Holds("owner") | Oversees("owner__region_code", *REGULATORS)
    act_related = ("owner",)

    class Meta:
        verbose_name = _("测量设备")
        constraints = [models.UniqueConstraint(fields=["owner", "serial", "name_zh"], name="one_instrument")]
        indexes = [
            models.Index(fields=["owner", "-id"], name="instrument_owner"),
            models.Index(fields=["name_zh", "id"], name="instrument_name"),
            models.Index(fields=["calibrated_until", "id"], name="instrument_due"),
            # What a certificate has calibrated.
            models.Index(fields=["calibration_number"], name="instrument_certificate"),
        ]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.serial}"

    def usable_on(self, day: date) -> bool:
        """In service and calibrated on that day (ISO/IEC 17025 6.4.9)."""
        return bool(
            self.in_service
            and self.retired_on is None
            and self.calibrated_on
            and self.calibrated_until
            and self.calibrated_on <= day <= self.calibrated_until
        )


class PastCalibration(Row):
    """A calibration that a later one of the instrument has followed: results of those days rest on it."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="past_calibrations")
    number = models.CharField(_("校准证书号"), max_length=80, blank=True)
    calibrated_on = models.DateField(_("校准日期"))
    calibrated_until = models.DateField(_("校准有效期至"))
    calibrated_by = models.CharField(_("校准机构"), max_length=120, blank=True)

    visible_to = Holds("instrument__owner") | Oversees("instrument__owner__region_code", *REGULATORS)

    class Meta:
        verbose_name = _("以往校准")
        ordering = ["-calibrated_on", "-id"]
        indexes = [models.Index(fields=["number"], name="past_calibration_certificate")]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.calibrated_on}"


class CalibrationVoid(Record):
    """A calibration of an instrument or measurement standard that is not to be relied on from a day, whoever says so.

    ``since``: results of that day and later are in doubt, as far as they rest on the calibration of ``calibrated_on``
    or an earlier one: what was measured after the instrument was calibrated anew is not (ISO/IEC 17025 6.4.9, 7.10).
    Nothing that was issued is rewritten: what depends on it is found over the graph (``attestations.graph``).
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="voids", db_index=False)
    number = models.CharField(_("校准证书号"), max_length=80, blank=True)
    calibrated_on = models.DateField(_("校准日期"))
    since = models.DateField(_("自哪一天起无效"))
    reason = models.CharField(_("理由"), max_length=300)
    declared_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")

    visible_to = Holds("instrument__owner") | Oversees("instrument__owner__region_code", *REGULATORS)
    act_related = ("instrument__owner",)

    class Meta:
        verbose_name = _("校准无效声明")
        constraints = [
            models.UniqueConstraint(fields=["instrument", "calibrated_on"], name="one_void_of_a_calibration"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.since}"


class Outage(Row):
    """Days on which an instrument was not to be used: in repair, lent out, suspect (ISO/IEC 17025 6.4.9).

    From ``since`` on, up to the day before ``until``, on which it was back in use; None: it is not back yet.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="outages")
    since = models.DateField(_("停用日期"))
    until = models.DateField(_("恢复使用日期"), null=True)
    reason = models.CharField(_("停用理由"), max_length=300)

    visible_to = Holds("instrument__owner") | Oversees("instrument__owner__region_code", *REGULATORS)

    class Meta:
        verbose_name = _("停用期间")
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument"], condition=models.Q(until=None), name="one_open_outage_of_an_instrument"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="outage_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.since}"


class Sample(Record):
    """An item handed over for determination, with its label and whereabouts (ISO/IEC 17025 7.4)."""

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("待送样")
        RECEIVED = "received", _("已收样")
        REFUSED = "refused", _("拒收")
        RETURNED = "returned", _("已退还")
        DISPOSED = "disposed", _("已处置")
        LOST = "lost", _("遗失或损坏")
        HANDED = "handed", _("已移交其他机构")

    # What was determined on: an amended report names the same samples, wherever they are by now.
    DETERMINED_ON = (State.RECEIVED, State.RETURNED, State.DISPOSED, State.HANDED)

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="samples")
    # The same item as another institution held it before: its chain of custody goes on here.
    origin = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="successors")
    label = models.CharField(_("样品编号"), max_length=40, unique=True)
    name = models.CharField(_("样品名称"), max_length=120)
    model = models.CharField(_("规格型号"), max_length=120, blank=True)
    batch = models.CharField(_("批号或出厂编号"), max_length=80, blank=True)
    quantity = models.CharField(_("数量"), max_length=40)
    condition = models.CharField(_("样品状态"), max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ANNOUNCED)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")

    visible_to = Holds("case__client") | Holds("case__handler") | Oversees("case__region_code", *REGULATORS)
    act_related = ("case",)

    class Meta:
        verbose_name = _("样品")

    def __str__(self) -> str:
        return self.label


class HandOver(Row):
    """One link of a sample's chain of custody: from when, with whom, where, in which condition (ISO/IEC 17025 7.4)."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("收样")
        MOVED = "moved", _("移交")
        SENT = "sent", _("移交其他机构")
        RETURNED = "returned", _("退还")
        DISPOSED = "disposed", _("处置")
        LOST = "lost", _("遗失或损坏")

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="hand_overs")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    # The other institution, of a hand-over between two: to whom it was sent, from whom it was received.
    party = models.ForeignKey("parties.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    to = models.CharField(_("接收人"), max_length=60, blank=True)
    place = models.CharField(_("存放地点"), max_length=80, blank=True)
    condition = models.CharField(_("样品状态"), max_length=200, blank=True)

    # Where a sample lies is the institution's affair; that it was received, returned, disposed of or lost is not.
    visible_to = Holds("sample__case__handler") | Oversees("sample__case__region_code", *REGULATORS)

    class Meta:
        verbose_name = _("样品流转")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.kind}"
