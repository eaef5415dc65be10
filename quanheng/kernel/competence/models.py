"""Who may do which activity, on what, over which range, how well, recognised by whom, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record
from quanheng.science.quantities import Range, decimal_of, parse_unit


class Activity(models.TextChoices):
    """Conformity assessment activities (ISO/IEC 17000 4, 6)."""

    TESTING = "testing", _("检测")
    CALIBRATION = "calibration", _("校准")
    VERIFICATION = "verification", _("检定")
    INSPECTION = "inspection", _("检验")
    CERTIFICATION = "certification", _("认证")


class Recognition(Record):
    """Formal recognition of an organisation's competence: CMA, CNAS, statutory authorisation …"""

    class Scheme(models.TextChoices):
        CMA = "CMA", _("检验检测机构资质认定（CMA）")
        CNAS = "CNAS", _("实验室认可（CNAS）")
        STATUTORY = "statutory", _("法定计量检定机构授权")
        STANDARD = "standard", _("计量标准考核")
        CERTIFIER = "certifier", _("认证机构批准")

    class State(models.TextChoices):
        VALID = "valid", _("有效")
        SUSPENDED = "suspended", _("暂停")
        WITHDRAWN = "withdrawn", _("撤销")
        CANCELLED = "cancelled", _("注销")

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="recognitions")
    scheme = models.CharField(_("资质类型"), max_length=12, choices=Scheme.choices)
    number = models.CharField(_("证书编号"), max_length=60)
    valid_from = models.DateField(_("有效期自"))
    valid_until = models.DateField(_("有效期至"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.VALID)
    # The day of the last change of state: what was attested before it was attested by a recognised body.
    state_since = models.DateField(_("状态自"), null=True, blank=True)

    visible_to = Public()
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("资质")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="one_recognition_number"),
            models.CheckConstraint(
                condition=models.Q(valid_from__lte=models.F("valid_until")), name="recognition_ends_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["valid_until", "id"], name="recognition_until")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.number}"


@dataclass(frozen=True)
class Outdated:
    """The method is superseded (``by`` names its successors) or withdrawn (none) since a day."""

    since: date
    by: tuple[str, ...]


@lru_cache(maxsize=8192)
def _read_range(lower: str, upper: str, unit: str, kind: str, lower_open: bool, upper_open: bool) -> Range:
    """Scopes have few ranges and lists show the same ones over and over: each is read, and written, once."""
    low, high = (decimal_of(end) if end else None for end in (lower, upper))
    return Range(low, high, parse_unit(unit), kind or None, lower_open, upper_open)


class ScopeLine(Record):
    """One line of a scope of competence.

    The range is kept as it was printed (``range_lower``, ``range_upper``, ``unit``; ``lower_open`` leaves the
    end itself out) and again in the SI unit of the quantity, which is what queries compare: an empty end is
    unbounded, an excluded end is the next representable number within, and only ranges of one ``dimension``
    compare. ``uncertainty`` is the best expanded uncertainty (coverage factor ``k``) as a formula of the value;
    ``u_min_si`` and ``u_max_si`` bound it over the range, in SI at k = 2; an empty ``u_max_si`` is unbounded.
    Where it is a sum that grows with the value, U = ``u_constant_si`` + ``u_slope``·|x| says the same to SQL.
    """

    organisation = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="scope_lines", db_index=False
    )
    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="scope_lines", db_index=False)
    # The region of the organisation and the scheme of the recognition again: lists are narrowed by them without a join.
    region_code = models.CharField(max_length=6, editable=False)
    scheme = models.CharField(max_length=12, choices=Recognition.Scheme.choices, editable=False)
    activity = models.CharField(max_length=14, choices=Activity.choices)
    family = models.ForeignKey(
        "requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT, related_name="scope_lines", db_index=False)
    method = models.ForeignKey(
        "requirements.Standard", on_delete=models.PROTECT, related_name="scope_lines", db_index=False
    )
    method_clause = models.CharField(max_length=60, blank=True)
    quantity = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    range_lower = models.CharField(max_length=40, blank=True)
    range_upper = models.CharField(max_length=40, blank=True)
    lower_open = models.BooleanField(default=False)
    upper_open = models.BooleanField(default=False)
    dimension = models.CharField(max_length=60, blank=True)
    lower_si = models.FloatField(null=True)
    upper_si = models.FloatField(null=True)
    uncertainty = models.CharField(max_length=200, blank=True)
    k = models.CharField(max_length=10, blank=True)
    u_min_si = models.FloatField(null=True)
    u_max_si = models.FloatField(null=True)
    u_constant_si = models.FloatField(null=True)
    u_slope = models.FloatField(null=True)
    restriction_zh = models.CharField(max_length=300, blank=True)
    restriction_en = models.CharField(max_length=400, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField()
    # What the institution asks for this line and how many working days it takes.
    price_cents = models.PositiveIntegerField(default=0)
    days = models.PositiveSmallIntegerField(default=5)

    visible_to = Public()
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("能力范围")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_from__lte=models.F("valid_until")), name="scope_line_ends_after_it_begins"
            ),
        ]
        indexes = [
            # Who can do this: narrowed within the index, before any row is read.
            models.Index(
                fields=["item", "activity", "family", "valid_until", "lower_si", "upper_si", "u_min_si"],
                name="scope_who_can",
            ),
            # Lists, newest first, narrowed by the first column. The columns behind the key are what lists are narrowed
            # by besides: lines that do not fit are passed over within the index, however many they are.
            models.Index(fields=["organisation", "-id", "method", "activity"], name="scope_organisation"),
            models.Index(fields=["valid_until", "id"], name="scope_until"),
            models.Index(fields=["price_cents", "id"], name="scope_price"),
            models.Index(fields=["method", "-id"], name="scope_method"),
            models.Index(fields=["family", "-id", "activity", "scheme", "region_code", "method"], name="scope_family"),
            models.Index(fields=["region_code", "-id", "activity", "scheme", "method"], name="scope_region"),
            models.Index(fields=["activity", "-id"], name="scope_activity"),
            models.Index(fields=["scheme", "-id"], name="scope_scheme"),
            models.Index(fields=["activity", "scheme", "-id"], name="scope_activity_scheme"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.item_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.region_code, self.scheme = self.organisation.region_code, self.recognition.scheme
        super().save(*args, **kwargs)

    def range(self) -> Range | None:
        """The range as printed; None for a line without one."""
        if not (self.range_lower or self.range_upper):
            return None
        return _read_range(
            self.range_lower, self.range_upper, self.unit, self.quantity, self.lower_open, self.upper_open
        )

    def stands_on_gone_method(self, day: date) -> bool:
        """Whether the method is superseded or withdrawn on a day."""
        return self.method.status_on(day) in ("superseded", "withdrawn")

    def outdated(self, day: date) -> Outdated | None:
        """Since when, and by which successors, the method is no longer in force; None while it is.

        Reads ``method`` and its ``replaced_by``: lists prefetch both.
        """
        status = self.method.status_on(day)
        if status == "withdrawn" and self.method.withdrawn:
            return Outdated(self.method.withdrawn, ())
        if status == "superseded" and self.method.superseded_on:
            return Outdated(self.method.superseded_on, tuple(one.number for one in self.method.replaced_by.all()))
        return None
