"""Signed statements issued on a decision, with the keys and numbers they are issued under."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.pdf.certificate import fingerprint
from quanheng.kernel.base.grants import Holds, Is, Oversees, PlatformOnly
from quanheng.kernel.base.models import Record
from quanheng.kernel.parties.roles import REGULATORS


class IssuerKey(Record):
    """A signing key of an issuer, or (organisation null) of the platform itself.

    The private half is sealed under the deployment's key-encryption key and never leaves the signer.
    """

    organisation = models.ForeignKey("parties.Organisation", null=True, on_delete=models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=300, unique=True)
    suite = models.CharField(max_length=40, default="eddsa-jcs-2022")
    public_multibase = models.CharField(max_length=120, unique=True)
    private_sealed = models.TextField()
    # A P-256 key of its own under which PDFs are signed: its certificate (DER), its private half sealed like the other.
    # Empty for the platform's keys, and for keys of before until the first PDF is handed out.
    pdf_certificate = models.BinaryField(default=b"")
    pdf_sealed = models.TextField(blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    # Since when others may have had it, and how that came about.
    compromised_from = models.DateTimeField(null=True)
    compromise_reason = models.CharField(max_length=300, blank=True)
    # Of the platform's keys: which one signs after it, signed by this one; empty until it is replaced.
    succession = models.TextField(blank=True)

    visible_to = PlatformOnly()
    audit_exclude = frozenset({"private_sealed", "pdf_sealed", "pdf_certificate", "succession"})

    class Meta:
        verbose_name = _("签发密钥")

    def __str__(self) -> str:
        return self.public_multibase

    @property
    def certificate_sha256(self) -> str:
        """Fingerprint of the certificate of PDFs; "" where there is none yet."""
        return fingerprint(bytes(self.pdf_certificate))


class Attestation(Record):
    """An issued attestation (ISO/IEC 17000 7.3). ``document`` is the original: its bytes never change."""

    class Kind(models.TextChoices):
        TEST_REPORT = "test_report", _("检测报告")
        CALIBRATION = "calibration_certificate", _("校准证书")
        VERIFICATION = "verification_certificate", _("检定证书")
        INSPECTION = "inspection_report", _("检验报告")
        CERTIFICATE = "certificate", _("认证证书")
        QUALIFICATION = "qualification", _("资质认定证书")
        DECLARATION = "declaration", _("自我声明")

    class State(models.TextChoices):
        ISSUED = "issued", _("有效")
        SUPERSEDED = "superseded", _("已被代替")
        SUSPENDED = "suspended", _("暂停")
        WITHDRAWN = "withdrawn", _("撤销")

    kind = models.CharField(max_length=24, choices=Kind.choices)
    number = models.CharField(max_length=60, unique=True)
    # Both found by the indexes of their lists.
    issuer = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="attestations", db_index=False
    )
    client = models.ForeignKey(
        "parties.Organisation", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="attestations")
    key = models.ForeignKey(IssuerKey, on_delete=models.PROTECT, related_name="attestations")
    title = models.CharField(max_length=200)
    verdict = models.CharField(max_length=18, blank=True)
    # Where it is verified, as the document itself names it: stays when the site moves.
    address = models.CharField(max_length=200, unique=True)
    document = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField()
    valid_until = models.DateField(null=True)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    state_reason = models.CharField(max_length=300, blank=True)
    state_changed_at = models.DateTimeField(null=True)
    # What the document that superseded it changed of what others rest on, separated by commas; see ``amended``.
    amended = models.CharField(max_length=40, blank=True)
    # Its place in the status lists; documents of before there were any have none.
    status_list = models.PositiveIntegerField(null=True)
    status_index = models.PositiveIntegerField(null=True)

    # Whoever holds the number or the code may verify (a query of its own); browsing is for those concerned.
    visible_to = Holds("issuer") | Holds("client") | Oversees("issuer__region_code", *REGULATORS)
    act_related = ("issuer",)
    audit_exclude = frozenset({"document"})

    class Meta:
        verbose_name = _("证明文件")
        indexes = [
            models.Index(fields=["issuer", "-id"]),
            models.Index(fields=["client", "-id"]),
            # A list of one kind, newest first: where the newest are of another, all of those would be passed over.
            models.Index(fields=["kind", "-id"], name="attestation_kind"),
            # Few supersede another. SQLite counts the many NULLs of the unique index as equal values and would rather
            # read the whole table than use it.
            models.Index(
                fields=["supersedes"],
                condition=models.Q(supersedes__isnull=False),
                name="attestation_superseding",
            ),
            # Those that fell because another took their place.
            models.Index(fields=["-state_changed_at"], condition=~models.Q(amended=""), name="attestation_amended"),
            # The few that a status list has to name.
            models.Index(
                fields=["status_list"], condition=~models.Q(state="issued"), name="attestation_no_longer_issued"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["status_list", "status_index"],
                condition=models.Q(status_list__isnull=False),
                name="attestation_status_place",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def replacement(self) -> Attestation | None:
        """The attestation that supersedes this one, or None; without a query where it cannot be superseded."""
        return getattr(self, "superseded_by", None) if self.state == self.State.SUPERSEDED else None


class Follow(Record):
    """Somebody who verified an attestation and wants to be told when it changes: a person, or an e-mail address.

    A person is told by notices. An address is written to once it was confirmed by the link that was sent there; it is
    kept while it is needed and no longer (``following``), and stands nowhere else. Who asks is shown to nobody, the
    issuer least of all. ``owed_at``: a letter is due since then, for an address alone.
    """

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="follows")
    person = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    email = models.EmailField(max_length=254, blank=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    owed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    visible_to = Is("person")
    # The trail is kept for good and the address is not; nor does the trail tell which report somebody looked at.
    audit_exclude = frozenset({"email", "attestation_id"})

    class Meta:
        verbose_name = _("变化提醒")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None) ^ models.Q(email=""), name="follow_of_a_person_or_an_address"
            ),
            models.UniqueConstraint(
                fields=["person", "attestation"],
                condition=models.Q(person__isnull=False),
                name="one_follow_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["email", "attestation"], condition=~models.Q(email=""), name="one_follow_of_an_address"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(owed_at__isnull=False), name="follow_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.attestation_id} {self.uid}"


class RetentionHold(Record):
    """A regulator's order that the records behind an attestation are kept until a later day than the law wants.

    Orders are added and never taken back: the latest day counts (``retention``).
    """

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="holds")
    until = models.DateField(_("保存至"))
    reason = models.CharField(_("理由"), max_length=300)
    ordered_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")

    visible_to = Holds("attestation__issuer") | Oversees("attestation__issuer__region_code", *REGULATORS)
    act_related = ("attestation__issuer",)

    class Meta:
        verbose_name = _("延长保存")

    def __str__(self) -> str:
        return f"{self.attestation_id} {self.until}"
