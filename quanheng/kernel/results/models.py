"""A measured or judged value with unit, uncertainty, method, time, equipment used and decision rule; its raw files."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record, Row
from quanheng.kernel.parties.roles import REGULATORS
from quanheng.kernel.results.grants import Reported


class Result(Record):
    """One result of a determination (ISO/IEC 17000 A.3), for one requirement, in one case.

    Numbers are decimal strings: what was entered is what is signed. The limit and the method are frozen
    beside the value when the result is planned, so that a later edition changes nothing in it.
    """

    class Verdict(models.TextChoices):
        PASS = "pass", _("合格")
        CONDITIONAL_PASS = "conditional_pass", _("有条件合格")
        CONDITIONAL_FAIL = "conditional_fail", _("有条件不合格")
        FAIL = "fail", _("不合格")
        REPORTED = "reported", _("仅报告")

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="results", db_index=False)
    position = models.PositiveSmallIntegerField()
    requirement = models.ForeignKey("requirements.Requirement", null=True, on_delete=models.PROTECT)
    item = models.ForeignKey("requirements.Item", on_delete=models.PROTECT)
    standard = models.ForeignKey(
        "requirements.Standard", null=True, on_delete=models.PROTECT, related_name="results_against"
    )
    clause = models.CharField(max_length=60, blank=True)
    method = models.ForeignKey("requirements.Standard", on_delete=models.PROTECT, related_name="results_by")
    scope_line = models.ForeignKey("competence.ScopeLine", null=True, on_delete=models.PROTECT)
    sample = models.ForeignKey("objects.Sample", null=True, on_delete=models.PROTECT, related_name="results")
    limit = models.CharField(max_length=12)
    lower = models.CharField(max_length=40, blank=True)
    upper = models.CharField(max_length=40, blank=True)
    limit_unit = models.CharField(max_length=20, blank=True)
    limit_text_zh = models.CharField(max_length=300, blank=True)
    limit_text_en = models.CharField(max_length=400, blank=True)
    value = models.CharField(_("结果"), max_length=60, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    uncertainty = models.CharField(_("扩展不确定度"), max_length=40, blank=True)
    k = models.CharField(_("包含因子"), max_length=10, blank=True)
    decision_rule = models.CharField(max_length=20, blank=True)
    verdict = models.CharField(max_length=18, choices=Verdict.choices, blank=True)
    instruments = models.ManyToManyField("objects.Instrument", related_name="results", blank=True)
    # Who determined it instead of the institution, and by which report (ISO/IEC 17025 7.8.2.1 p).
    provider = models.ForeignKey("parties.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    provider_report = models.CharField(max_length=60, blank=True)
    operator = models.ForeignKey(
        "parties.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    measured_on = models.DateField(null=True)
    # On how many pieces of the sample it was determined, where that was counted.
    pieces = models.PositiveSmallIntegerField(_("检测件数"), null=True)
    environment = models.CharField(max_length=120, blank=True)
    remark = models.CharField(max_length=300, blank=True)

    visible_to = Holds("case__client") | Holds("case__handler") | Oversees("case__region_code", *REGULATORS)
    act_related = ("case",)

    class Meta:
        verbose_name = _("结果")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="one_result_per_position")]
        # What one person has done on one day.
        indexes = [
            models.Index(fields=["operator", "measured_on"], name="result_of_a_day"),
            # What rests on another institution's report.
            models.Index(
                fields=["provider_report"], condition=~models.Q(provider_report=""), name="result_by_provider_report"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.position}"


def kept_at(raw: Any, name: str) -> str:
    """Where a raw file is kept: nothing of its own name enters the path, and a month's files lie together."""
    return f"raw/{timezone.now():%Y-%m}/{secrets.token_hex(20)}"


class RawFile(Record):
    """A technical record of a case as it came (ISO/IEC 17025 7.5): an instrument's file, a photograph, a worksheet.

    It is never replaced: what turns out wrong is withdrawn with a reason and stays (7.5.2). ``position`` is that of
    the result it belongs to; none: the whole case. ``shared_at``: since when it is meant for the client, who gets it
    with the next report.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="raw_files", db_index=False)
    position = models.PositiveSmallIntegerField(_("项目序号"), null=True)
    file = models.FileField(upload_to=kept_at, max_length=80)
    name = models.CharField(_("文件名"), max_length=200)
    media_type = models.CharField(_("类型"), max_length=80)
    size = models.BigIntegerField(_("大小"))
    sha256 = models.CharField("SHA-256", max_length=64)
    # What its curves or its picture look like, to be compared with those of other reports; empty where it has none.
    fingerprint = models.BinaryField(default=bytes, editable=False)
    attached_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    shared_at = models.DateTimeField(_("提供给委托方"), null=True)
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True)
    withdrawn_reason = models.CharField(_("撤下理由"), max_length=300, blank=True)
    # Since when its content is deleted, after the time for which it had to be kept; name, size and digest stay.
    erased_at = models.DateTimeField(_("内容删除时间"), null=True)

    visible_to = (
        Holds("case__handler") | Oversees("case__region_code", *REGULATORS) | (Holds("case__client") & Reported())
    )
    act_related = ("case",)
    # Its case decides whether anything is changed: whoever moves the case waits for the act on the file.
    act_locked = ("case",)
    audit_exclude = frozenset({"file", "fingerprint"})

    class Meta:
        verbose_name = _("原始记录")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "sha256"], condition=models.Q(withdrawn_at=None), name="one_raw_file_of_a_case"
            ),
        ]
        indexes = [
            models.Index(fields=["case", "id"], name="raw_file_of_case"),
            # Erased on record, and still in the storage.
            models.Index(
                fields=["id"], condition=models.Q(erased_at__isnull=False) & ~models.Q(file=""), name="raw_file_to_go"
            ),
            # The same file under another report.
            models.Index(fields=["sha256"], condition=models.Q(withdrawn_at=None), name="raw_file_digest"),
        ]

    def __str__(self) -> str:
        return self.name


class RawKey(Row):
    """A number under which the fingerprint of a raw file is found: files that look alike share some of theirs."""

    raw = models.ForeignKey(RawFile, on_delete=models.PROTECT, related_name="keys")
    key = models.PositiveIntegerField()

    visible_to = Holds("raw__case__handler") | Oversees("raw__case__region_code", *REGULATORS)

    class Meta:
        verbose_name = _("原始记录指纹")
        indexes = [models.Index(fields=["key"], name="raw_key")]

    def __str__(self) -> str:
        return f"{self.raw_id} {self.key}"
