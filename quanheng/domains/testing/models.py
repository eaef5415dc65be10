"""The institution's side: an order, from acceptance to the issued report."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.models import Record
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.parties.roles import REGULATORS


class Order(CaseRecord):
    """Work that a client has commissioned from one institution; its planned results hang on its case."""

    class DecisionRule(models.TextChoices):
        SIMPLE = "simple", _("简单接受")
        GUARDED = "guarded", _("保护带 w = U")

    class Ending(models.TextChoices):
        INSTITUTION = "institution", _("机构原因")
        CLIENT = "client", _("委托方原因")

    activity = models.CharField(max_length=14, choices=Activity.choices)
    family = models.ForeignKey("requirements.ProductFamily", null=True, on_delete=models.PROTECT, related_name="+")
    object_name = models.CharField(_("样品名称"), max_length=120)
    object_model = models.CharField(_("规格型号"), max_length=120, blank=True)
    decision_rule = models.CharField(max_length=10, choices=DecisionRule.choices, default=DecisionRule.SIMPLE)
    # What both sides have agreed; ``placed_*`` is what the order was placed for, from the plan.
    price_cents = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()
    placed_cents = models.PositiveIntegerField()
    placed_days = models.PositiveSmallIntegerField()
    promised_on = models.DateField(_("承诺完成日期"), null=True, blank=True)
    # The day promised first, moved only by the wait for samples: past it, the client is free to leave.
    first_promised_on = models.DateField(null=True, blank=True)
    # The lost order whose work this one takes over, or a part of it.
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replacements")
    # Whose cause it was that work under way came to nothing: what may still be charged follows from it.
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    # Since when the institution is known to have no scope for all of the work any more; both sides were told.
    scope_lost_on = models.DateField(null=True, blank=True)
    # A lost order that the client does not want to be replaced.
    forgone = models.BooleanField(default=False)
    reviewed_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    conclusion = models.CharField(_("结论"), max_length=300, blank=True)
    attestation = models.OneToOneField(
        "attestations.Attestation", null=True, on_delete=models.PROTECT, related_name="order"
    )
    # Not empty: the report is being amended; ``attestation`` stands as it is until the next one is issued.
    amendment_reason = models.CharField(_("更正理由"), max_length=REASON_LENGTH, blank=True)

    class Meta:
        verbose_name = _("任务单")

    def __str__(self) -> str:
        return f"{self.case_id}"


class GateRecord(Record):
    """What was checked before a report was issued, as it stands in the report: by it reports are compared and ranked.

    ``failed`` counts the rules that were not kept and explained, ``missing`` those for which a record was missing;
    ``outcomes`` names each by its key, ``reasons`` holds the signatory's words. ``likeness`` is the digest of all
    measured results (see ``gate.records``), empty where they are too few to be like no other's.
    """

    attestation = models.OneToOneField("attestations.Attestation", on_delete=models.PROTECT, related_name="gate")
    failed = models.PositiveSmallIntegerField(_("不符合"))
    missing = models.PositiveSmallIntegerField(_("未判断"))
    outcomes = models.JSONField()
    reasons = models.JSONField(default=dict)
    likeness = models.CharField(max_length=64, blank=True)

    visible_to = Holds("attestation__issuer") | Oversees("attestation__issuer__region_code", *REGULATORS)
    act_related = ("attestation__issuer",)

    class Meta:
        verbose_name = _("签发前核查")
        indexes = [
            models.Index(fields=["likeness"], condition=~models.Q(likeness=""), name="gate_likeness"),
            models.Index(fields=["-failed", "-id"], name="gate_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.attestation_id}"


class Quote(Record):
    """Other terms than those of the plan, offered by the institution; frozen, and answered once by the client."""

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        ACCEPTED = "accepted", _("已接受")
        REFUSED = "refused", _("未接受")
        WITHDRAWN = "withdrawn", _("已撤回")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="quotes")
    price_cents = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()
    # The terms it would change, as they stood.
    was_cents = models.PositiveIntegerField()
    was_days = models.PositiveSmallIntegerField()
    reason = models.CharField(_("理由"), max_length=REASON_LENGTH)
    valid_until = models.DateField(_("有效期至"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)

    visible_to = (
        Holds("order__case__client") | Holds("order__case__handler") | Oversees("order__case__region_code", *REGULATORS)
    )
    act_related = ("order__case",)

    class Meta:
        verbose_name = _("报价")
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=models.Q(state="open"), name="one_open_quote")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.price_cents}"


class Settlement(Record):
    """What one side of an order owes the other, and how far it is paid. The money itself moves outside the platform.

    A charge is what the order costs. Where a retest overturned its result, the fee of that retest goes back to the
    client (a refund); where the judgement changed after that was paid, it comes back from there (a reclaim).
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", _("应付费用")
        REFUND = "refund", _("返还复测费")
        RECLAIM = "reclaim", _("退回已返还的复测费")

    class State(models.TextChoices):
        BILLED = "billed", _("待付款")
        PAID = "paid", _("待确认到账")
        SETTLED = "settled", _("已结清")
        VOID = "void", _("已作废")

    # The case of the order: its client and its institution settle with each other.
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="settlements")
    kind = models.CharField(_("款项"), max_length=8, choices=Kind.choices, default=Kind.CHARGE)
    # Of a charge alone: an order is charged once.
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="settlement")
    # Of a refund or a reclaim: the retest whose fee it is.
    retest = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="refunds")
    amount_cents = models.PositiveIntegerField(_("应付金额"))
    # Why it is less than what was agreed.
    note = models.CharField(_("说明"), max_length=REASON_LENGTH, blank=True)
    invoice = models.CharField(_("发票号码"), max_length=40, blank=True)
    paid_on = models.DateField(_("付款日期"), null=True, blank=True)
    # By which the payee finds the payment: a bank's serial number, an order of a payment service.
    reference = models.CharField(_("付款凭证号"), max_length=80, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.BILLED)

    visible_to = Holds("case__client") | Holds("case__handler") | Oversees("case__region_code", *REGULATORS)
    act_related = ("case", "retest__case__parent")
    # What is owed of one retest is reckoned from all that was paid of it: one at a time.
    act_locked = ("case",)

    class Meta:
        verbose_name = _("结算")
        indexes = [models.Index(fields=["state", "id"], name="settlement_state")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="charge", order__isnull=False, retest=None)
                | (~models.Q(kind="charge") & models.Q(order=None, retest__isnull=False)),
                name="settlement_of_what",
            ),
            # Never asked twice: what is open of one retest is one amount in one direction.
            models.UniqueConstraint(
                fields=["retest"], condition=models.Q(state="billed", order=None), name="one_open_refund"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.amount_cents}"

    @property
    def to_client(self) -> bool:
        """Whether the institution pays the client."""
        return self.kind == self.Kind.REFUND

    @property
    def signed_cents(self) -> int:
        """The amount as the client gets it: negative where it pays. A void one is nothing."""
        if self.state == self.State.VOID:
            return 0
        return self.amount_cents if self.to_client else -self.amount_cents


class Subcontract(CaseRecord):
    """Items of an order that another institution is to determine, with the client's consent.

    SAMR Order 163, Article 10, and ISO/IEC 17025 6.6: who takes them over is competent for them, the client has agreed
    to them and to it, and the report names both. What they cost is between the two institutions.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="subcontracts")
    provider = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    positions = models.JSONField()
    price_cents = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()
    reason = models.CharField(_("理由"), max_length=REASON_LENGTH)
    # The order that the provider carries out for the institution.
    provider_order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="carries_out")

    class Meta:
        verbose_name = _("分包")

    def __str__(self) -> str:
        return f"{self.case_id}"
