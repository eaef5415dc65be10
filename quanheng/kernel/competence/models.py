"""Who may do which activity, on what, over which range, how well, recognised by whom, until when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Public
from quanheng.kernel.base.models import Record


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
    scheme = models.CharField(max_length=12, choices=Scheme.choices)
    number = models.CharField(max_length=60)
    valid_from = models.DateField()
    valid_until = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.VALID)

    visible_to = Public()
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("资质")
        constraints = [models.UniqueConstraint(fields=["scheme", "number"], name="one_recognition_number")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.number}"


class ScopeLine(Record):
    """One line of a scope of competence.

    The range is kept as it was printed (``range_lower``, ``range_upper``, ``unit``) and again in the SI
    unit of the quantity, which is what queries compare. ``uncertainty`` is the best expanded uncertainty
    (coverage factor ``k``) as a formula of the value; ``u_min_si`` and ``u_max_si`` bound it over the range.
    """

    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="scope_lines")
    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="scope_lines")
    activity = models.CharField(max_length=14, choices=Activity.choices)
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT, related_name="scope_lines")
    method = models.ForeignKey("requirements.Standard", on_delete=models.PROTECT, related_name="scope_lines")
    method_clause = models.CharField(max_length=60, blank=True)
    quantity = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    range_lower = models.CharField(max_length=40, blank=True)
    range_upper = models.CharField(max_length=40, blank=True)
    lower_si = models.FloatField(null=True)
    upper_si = models.FloatField(null=True)
    uncertainty = models.CharField(max_length=120, blank=True)
    k = models.CharField(max_length=10, blank=True)
    u_min_si = models.FloatField(null=True)
    u_max_si = models.FloatField(null=True)
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
        indexes = [
            models.Index(fields=["item", "family", "activity"], name="scope_item_family"),
            models.Index(fields=["organisation", "activity"], name="scope_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.item_id}"
