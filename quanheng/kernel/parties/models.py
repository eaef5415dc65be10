"""Organisations, people and what people are in organisations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Conflict, Refusal
from quanheng.kernel.base.grants import Holds, Is, Oversees, PlatformOnly, Public
from quanheng.kernel.base.models import Record
from quanheng.kernel.base.scopes import Scope
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.roles import REGULATORS, OrganisationKind, Role


class Organisation(Record):
    """An organisation: its public face. ``uscc`` is the unified social credit code (GB 32100)."""

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name_zh = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    kind = models.CharField(_("类型"), max_length=20, choices=OrganisationKind.choices)
    region = models.ForeignKey("region.Region", verbose_name=_("所在区划"), on_delete=models.PROTECT)
    # The region's code again: permission by region is a prefix match without a join.
    region_code = models.CharField(max_length=6, editable=False, db_index=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    introduction_zh = models.TextField(_("简介"), blank=True)
    introduction_en = models.TextField(_("英文简介"), blank=True)
    synthetic = models.BooleanField(_("示范数据"), default=False)
    # A duplicate that was merged: its page leads to the survivor, no list shows it, nothing is done on it any more.
    merged_into = models.ForeignKey(
        "self", verbose_name=_("并入"), null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed"
    )

    visible_to = Public()

    class Meta:
        verbose_name = _("机构")
        indexes = [
            models.Index(fields=["kind", "region_code"]),
            models.Index(fields=["name_zh"], name="organisation_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh

    def ended(self) -> Refusal | None:
        """Why nothing is done on it any more: it was merged into another. None while it stands."""
        if self.merged_into_id is None:
            return None
        sentence = _("该登记已并入“%(name)s”，请使用该机构办理。")
        return Conflict(filled(sentence, name=self.merged_into.name_zh if self.merged_into else ""), code="merged")


class OrganisationName(Record):
    """A name under which an organisation is or was known besides the registered one."""

    class Kind(models.TextChoices):
        FORMER = "former", _("曾用名")
        OTHER = "other", _("别名或简称")
        MERGED = "merged", _("并入登记的名称")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="names")
    text = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("名称类型"), max_length=10, choices=Kind.choices)
    until = models.DateField(_("使用至"), null=True, blank=True)

    visible_to = Public()
    act_related = ("organisation",)

    class Meta:
        verbose_name = _("其他名称")
        constraints = [models.UniqueConstraint(fields=["organisation", "text"], name="one_name_each")]

    def __str__(self) -> str:
        return self.text


_OVERSEERS = (Role.ADMINISTRATOR, *REGULATORS)


class DuplicatePair(Record):
    """Two entries that may be one organisation, with why. Found by machine; what a registrar said of it stays.

    ``reasons`` are codes of ``duplicates.REASONS``; ``rank`` orders the list: score first, unique.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待核对")
        DISMISSED = "dismissed", _("不是同一机构")
        MERGED = "merged", _("已合并")

    first = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(_("相似程度"))
    reasons = models.JSONField(default=list)
    rank = models.BigIntegerField(unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(_("核对时间"), null=True)

    # Whoever oversees only one of the two cannot judge them.
    visible_to = Oversees("first__region_code", *_OVERSEERS) & Oversees("second__region_code", *_OVERSEERS)
    act_related = ("first", "second")

    class Meta:
        verbose_name = _("疑似重复")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_pair"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="pair_in_order"),
        ]
        indexes = [models.Index(fields=["state", "-rank"], name="pair_list")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class Merger(Record):
    """One entry merged into another: what moved, row by row, so that it can be undone (see ``absorbing``)."""

    loser = models.ForeignKey(Organisation, verbose_name=_("被并入"), on_delete=models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Organisation, verbose_name=_("保留"), on_delete=models.PROTECT, related_name="mergers")
    journal = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    visible_to = Oversees("loser__region_code", *_OVERSEERS) & Oversees("survivor__region_code", *_OVERSEERS)
    act_related = ("loser", "survivor")
    audit_exclude = frozenset({"journal"})

    class Meta:
        verbose_name = _("合并登记")
        indexes = [models.Index(fields=["survivor", "-id"], name="merger_survivor")]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.survivor_id}"


class Group(Record):
    """Organisations that share one tenancy: the lead's people act for and see the members' work.

    The lead invites, the organisation's own administrator joins: nobody is put under another by the other.
    """

    name_zh = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    lead = models.ForeignKey(
        Organisation, verbose_name=_("牵头机构"), on_delete=models.PROTECT, related_name="led_groups"
    )
    members = models.ManyToManyField(Organisation, related_name="groups", blank=True)
    invited = models.ManyToManyField(Organisation, related_name="+", blank=True)

    visible_to = Holds("lead")
    act_related = ("lead",)

    class Meta:
        verbose_name = _("集团租户")
        constraints = [models.UniqueConstraint(fields=["lead", "name_zh"], name="one_group_name_per_lead")]

    def __str__(self) -> str:
        return self.name_zh


class PersonManager(BaseUserManager["Person"]):
    """Makes people who can sign in."""

    def create_user(self, username: str, password: str | None = None, **facts: object) -> Person:
        person = self.model(username=username, **facts)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)


class EmailStanding(models.TextChoices):
    """What a person's address rests on. To one that was never verified nothing is sent: such addresses are those that
    people had put in themselves before links were sent."""

    GIVEN = "given", _("由管理员登记")
    VERIFIED = "verified", _("本人已验证")
    UNVERIFIED = "unverified", _("未验证")


class Person(AbstractBaseUser, Record):
    """A person. Signs in by ``username``; what the person may do comes from memberships alone."""

    username = models.CharField(_("登录名"), max_length=60, unique=True)
    name_zh = models.CharField(_("姓名"), max_length=60)
    name_en = models.CharField(_("英文姓名"), max_length=120, blank=True)
    # Where mail goes: an address that its person has proved to read, or the one that an administrator gave at first.
    email = models.EmailField(_("电子邮箱"), blank=True)
    email_standing = models.CharField(
        _("邮箱依据"), max_length=10, choices=EmailStanding.choices, default=EmailStanding.GIVEN
    )
    email_verified_at = models.DateTimeField(_("邮箱验证时间"), null=True)
    # What the person wants instead, until the link sent there was opened; and the secret and day of that link.
    email_pending = models.EmailField(_("待验证的邮箱"), blank=True)
    email_link = models.CharField(max_length=64, blank=True, editable=False)
    email_link_at = models.DateTimeField(_("验证链接发送时间"), null=True)
    phone = models.CharField(_("手机"), max_length=40, blank=True)
    is_active = models.BooleanField(_("账户启用"), default=True)
    # Notices with a greater id are new to this person.
    notices_seen = models.BigIntegerField(default=0)
    synthetic = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name_zh"]
    objects = PersonManager()

    visible_to = Is()
    audit_exclude = frozenset({"password", "notices_seen", "last_login", "email_link"})

    # The posts that were read with the person, see ``queries.signed_in``; no column.
    read_posts: list[tuple[Any, ...]] | None = None

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.name_zh

    def get_full_name(self) -> str:
        return self.name_zh

    @property
    def reads_mail(self) -> bool:
        """Whether there is an address to which letters go."""
        return bool(self.email) and self.email_standing != EmailStanding.UNVERIFIED


class Membership(Record):
    """A role that a person holds in an organisation, for a time."""

    person = models.ForeignKey(Person, verbose_name=_("人员"), on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("机构"), on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    valid_from = models.DateField(_("生效日期"), null=True, blank=True)
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)

    visible_to = Is("person") | Holds("organisation") | Oversees("organisation__region_code", *REGULATORS)
    act_related = ("organisation", "person")

    class Meta:
        verbose_name = _("任职")
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation", "role"], name="one_membership_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.organisation_id}"

    def in_force_on(self, day: date) -> bool:
        """Whether the role is held on a day."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)


class SignatoryField(Record):
    """The field for which an authorised signatory may sign (ISO/IEC 17025 5.6, SAMR Order 163).

    ``category`` is a product family or an activity code; "*" stands for every field of the organisation.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="fields")
    category = models.CharField(_("领域"), max_length=40)
    valid_from = models.DateField(_("生效日期"))
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)

    visible_to = (
        Is("membership__person")
        | Holds("membership__organisation")
        | Oversees("membership__organisation__region_code", *REGULATORS)
    )
    act_related = ("membership__organisation", "membership__person")

    class Meta:
        verbose_name = _("授权签字领域")
        indexes = [models.Index(fields=["membership", "category"])]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.category}"

    def in_force_on(self, day: date) -> bool:
        """Whether the field may be signed for on a day."""
        return self.valid_from <= day <= (self.valid_until or day)


def all_scopes() -> list[str]:
    """What a token is for where nothing narrower was asked."""
    return [Scope.ALL.value]


class ApiToken(Record):
    """A bearer token of a person: only its SHA-256 is kept, so a copied database signs nobody in.

    It acts within ``scopes`` (see ``base.scopes``), from ``addresses`` only where any is named (CIDR), and so often
    as its limits say, where they are narrower than the deployment's.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("名称"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("失效时间"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True)
    scopes = models.JSONField(_("范围"), default=all_scopes)
    addresses = models.JSONField(_("允许的网络地址"), default=list)
    per_minute = models.PositiveIntegerField(_("每分钟次数"), null=True)
    per_day = models.PositiveIntegerField(_("每天次数"), null=True)

    visible_to = Is("person")
    act_related = ("person",)
    audit_exclude = frozenset({"digest", "last_used_at"})

    class Meta:
        verbose_name = _("接口令牌")
        indexes = [models.Index(fields=["person", "-id"])]

    def __str__(self) -> str:
        return self.name


class Usage(models.Model):
    """How often somebody called the API in the current span: what the web server's processes agree by.

    ``name`` is a token, a person or an address (see ``limits``); ``start`` is the span's first second (Unix time).
    """

    name = models.CharField(max_length=60)
    span = models.PositiveIntegerField()
    start = models.BigIntegerField(db_index=True)
    used = models.BigIntegerField()

    visible_to = PlatformOnly()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "span"], name="one_usage_per_span")]

    def __str__(self) -> str:
        return f"{self.name} {self.used}/{self.span} s"
