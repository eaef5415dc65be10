"""Stations of the one-stop service, the zones they serve, who came to them, and on whose authority they acted."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.grants import Holds, Is, Oversees, Public
from quanheng.kernel.base.models import Record
from quanheng.kernel.cases.models import CaseRecord
from quanheng.kernel.parties.roles import REGULATORS

# What is said in a dispute: more than a reason, less than a letter.
LONG_REASON = 1000


class Zone(Record):
    """A model zone or industrial park: members join by consent, its outcomes are counted from their records."""

    name_zh = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    operator = models.ForeignKey(
        "parties.Organisation", verbose_name=_("运营机构"), on_delete=models.PROTECT, related_name="run_zones"
    )
    region = models.ForeignKey("region.Region", verbose_name=_("所在区划"), on_delete=models.PROTECT, related_name="+")
    region_code = models.CharField(max_length=6, editable=False)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    hectares = models.PositiveIntegerField(_("面积（公顷）"), null=True, blank=True)
    introduction_zh = models.TextField(_("简介"), blank=True)
    introduction_en = models.TextField(_("英文简介"), blank=True)
    synthetic = models.BooleanField(_("示范数据"), default=False)

    visible_to = Public()
    act_related = ("operator", "region")

    class Meta:
        verbose_name = _("示范区")
        indexes = [models.Index(fields=["name_zh"], name="zone_name")]
        constraints = [models.UniqueConstraint(fields=["region", "name_zh"], name="one_zone_name_per_region")]

    def __str__(self) -> str:
        return self.name_zh


class Station(Record):
    """A place, or an address on the net, where firms are helped. ``offers`` are codes, see ``offers``."""

    class Kind(models.TextChoices):
        PHYSICAL = "physical", _("实体站点")
        ONLINE = "online", _("线上平台")

    name_zh = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    kind = models.CharField(_("形式"), max_length=10, choices=Kind.choices)
    operator = models.ForeignKey(
        "parties.Organisation", verbose_name=_("运营机构"), on_delete=models.PROTECT, related_name="run_stations"
    )
    zone = models.ForeignKey(
        Zone, verbose_name=_("所在示范区"), null=True, blank=True, on_delete=models.PROTECT, related_name="stations"
    )
    region = models.ForeignKey("region.Region", verbose_name=_("所在区划"), on_delete=models.PROTECT, related_name="+")
    region_code = models.CharField(max_length=6, editable=False, db_index=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    website = models.CharField(_("网址"), max_length=300, blank=True)
    hours = models.CharField(_("服务时间"), max_length=200, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    offers = models.CharField(_("服务内容"), max_length=300, blank=True)
    opened_on = models.DateField(_("开通日期"))
    closed_on = models.DateField(_("停办日期"), null=True, blank=True)
    closing_reason = models.CharField(_("停办原因"), max_length=REASON_LENGTH, blank=True)
    synthetic = models.BooleanField(_("示范数据"), default=False)

    visible_to = Public()
    act_related = ("operator", "region")

    class Meta:
        verbose_name = _("服务站点")
        indexes = [
            models.Index(fields=["name_zh"], name="station_name"),
            models.Index(fields=["opened_on"], name="station_opened"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["region", "name_zh"], name="one_station_name_per_region"),
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(closed_on__gte=models.F("opened_on")),
                name="station_closes_after_it_opened",
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh


class Staff(Record):
    """Somebody of the operator works at one of its stations, from a day to a day. What the person may do there follows
    from this row together with a post at the operator; see ``grants``."""

    class Role(models.TextChoices):
        HEAD = "head", _("站长")
        ADVISER = "adviser", _("服务专员")
        EXPERT = "expert", _("技术专家")

    station = models.ForeignKey(Station, verbose_name=_("服务站点"), on_delete=models.PROTECT, related_name="staff")
    person = models.ForeignKey("parties.Person", verbose_name=_("人员"), on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("岗位"), max_length=10, choices=Role.choices)
    valid_from = models.DateField(_("到岗日期"))
    valid_until = models.DateField(_("离岗日期"), null=True, blank=True)

    visible_to = Is("person") | Holds("station__operator") | Oversees("station__region_code", *REGULATORS)
    act_related = ("station__operator", "person")

    class Meta:
        verbose_name = _("站点人员")
        indexes = [
            models.Index(fields=["station", "person"], name="staff_station_person"),
            models.Index(fields=["person"], name="staff_person"),
        ]

    def __str__(self) -> str:
        return f"{self.station_id} {self.person_id}"

    def in_force_on(self, day: date) -> bool:
        """Whether the person works there on a day."""
        return self.valid_from <= day <= (self.valid_until or day)


class Mandate(Record):
    """A firm lets a station state needs and have plans made for it. It never covers confirming: orders are the firm's.

    A station asks, the firm's own people give, refuse and take back; nothing is done under it that they cannot see.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("待企业授权")
        GIVEN = "given", _("已授权")
        ENDED = "ended", _("已终止")

    station = models.ForeignKey(Station, verbose_name=_("服务站点"), on_delete=models.PROTECT, related_name="mandates")
    client = models.ForeignKey(
        "parties.Organisation", verbose_name=_("企业"), on_delete=models.PROTECT, related_name="mandates"
    )
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("授权时间"), null=True)
    valid_until = models.DateField(_("有效期至"), null=True)
    ended_at = models.DateTimeField(_("终止时间"), null=True)

    visible_to = Holds("client") | Holds("station__operator") | Oversees("station__region_code", *REGULATORS)
    # Whom a firm lets act for it is nobody else's to read in the firm's own history.
    story_to = visible_to
    act_related = ("station__operator", "client", "given_by")

    class Meta:
        verbose_name = _("代办授权")
        indexes = [models.Index(fields=["client", "-id"], name="mandate_client")]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "client"], condition=~models.Q(state="ended"), name="one_open_mandate"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="given") | models.Q(given_at__isnull=False, valid_until__isnull=False),
                name="mandate_given_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} → {self.station_id}"

    def in_force_on(self, day: date) -> bool:
        """Whether the station may act under it on a day."""
        return self.state == self.State.GIVEN and self.valid_until is not None and day <= self.valid_until

    @property
    def in_force(self) -> bool:
        return self.in_force_on(timezone.localdate())


class Visit(Record):
    """A firm came to a station, called or wrote: what it asked, what it was told, what was done for it.

    ``client`` is the firm where it is on the platform; else ``client_name`` is what it called itself.
    """

    class Channel(models.TextChoices):
        ON_SITE = "on_site", _("到站")
        PHONE = "phone", _("电话")
        ONLINE = "online", _("线上")
        AT_FIRM = "at_firm", _("上门")

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        ANSWERED = "answered", _("已答复")
        CLOSED = "closed", _("已办结")

    class Standing(models.TextChoices):
        COUNTS = "counts", _("有效")
        CONTESTED = "contested", _("异议处理中")
        STRUCK = "struck", _("已撤销")

    station = models.ForeignKey(Station, verbose_name=_("服务站点"), on_delete=models.PROTECT, related_name="visits")
    client = models.ForeignKey(
        "parties.Organisation", verbose_name=_("企业"), null=True, on_delete=models.PROTECT, related_name="visits"
    )
    client_name = models.CharField(_("企业名称（未登记）"), max_length=120, blank=True)
    contact = models.CharField(_("来访人及电话"), max_length=120, blank=True)
    channel = models.CharField(_("方式"), max_length=8, choices=Channel.choices)
    topic = models.CharField(_("事项"), max_length=30)
    question = models.TextField(_("咨询内容"))
    answer = models.TextField(_("答复"), blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    visited_on = models.DateField(_("来访日期"))
    # Whether it is counted: not while the firm contests it, nor once it was struck.
    standing = models.CharField(_("记录效力"), max_length=10, choices=Standing.choices, default=Standing.COUNTS)
    # When the firm was told of the record as it stands: from then on it may contest it.
    told_at = models.DateTimeField(_("告知企业时间"), null=True)
    recorded_by = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    # What was done in the firm's name, and on whose authority.
    need = models.OneToOneField("services.Need", null=True, on_delete=models.PROTECT, related_name="visit")
    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.PROTECT, related_name="visits")
    stars = models.PositiveSmallIntegerField(_("满意度"), null=True)
    comment = models.CharField(_("评价"), max_length=500, blank=True)

    visible_to = Holds("client") | Holds("station__operator") | Oversees("station__region_code", *REGULATORS)
    act_related = ("station__operator", "client")

    class Meta:
        verbose_name = _("来访")
        indexes = [
            models.Index(fields=["station", "-id"], name="visit_station"),
            models.Index(fields=["client", "-id"], name="visit_client"),
            models.Index(fields=["visited_on"], name="visit_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(client__isnull=False) | ~models.Q(client_name=""), name="visit_names_the_firm"
            ),
            models.CheckConstraint(
                condition=models.Q(stars=None) | models.Q(stars__gte=1, stars__lte=5), name="visit_stars"
            ),
            models.CheckConstraint(
                condition=models.Q(need=None) | models.Q(mandate__isnull=False, client__isnull=False),
                name="visit_acts_on_a_mandate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station_id} {self.visited_on}"


class Contest(CaseRecord):
    """A firm contests a visit recorded in its name. The case's client is the firm; its handler is the station's
    operator, and while a ruling is awaited ``decider``: the operator of the zone, or the regulator of the region."""

    class Ground(models.TextChoices):
        NEVER = "never", _("没有发生过")
        NOT_US = "not_us", _("来的不是本企业")
        WRONG = "wrong", _("内容不实")

    visit = models.ForeignKey(Visit, verbose_name=_("来访"), on_delete=models.PROTECT, related_name="contests")
    ground = models.CharField(_("异议"), max_length=8, choices=Ground.choices)
    text = models.CharField(_("异议说明"), max_length=LONG_REASON)
    answer = models.CharField(_("站点答复"), max_length=LONG_REASON, blank=True)
    rejoinder = models.CharField(_("不接受答复的理由"), max_length=LONG_REASON, blank=True)
    decider = models.ForeignKey(
        "parties.Organisation", verbose_name=_("裁定机构"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    ruling = models.CharField(_("裁定理由"), max_length=LONG_REASON, blank=True)

    visible_to = (
        Holds("visit__client")
        | Holds("visit__station__operator")
        | Holds("decider")
        | Oversees("visit__station__region_code", *REGULATORS)
    )
    act_related = ("case", "visit__station__operator", "visit__client", "decider")
    # Whoever acts on the visit locks it alone.
    act_locked = ("visit", "case")

    class Meta:
        verbose_name = _("来访异议")

    def __str__(self) -> str:
        return f"{self.case_id}"


class ZoneRelease(Record):
    """The outcomes of a zone in one closed quarter, counted once and never again.

    ``cohort`` are the keys of the organisations counted: the members of the whole quarter. Nothing of a single one can
    be told from releases: see ``releasing``.
    """

    class State(models.TextChoices):
        PUBLISHED = "published", _("已公布")
        FEW = "few", _("成员太少，不公布")
        CLOSE = "close", _("与另一示范区的成员过于接近，不公布")

    zone = models.ForeignKey(Zone, verbose_name=_("示范区"), on_delete=models.PROTECT, related_name="releases")
    # The first day of the quarter.
    quarter = models.DateField(_("季度"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices)
    cohort = models.JSONField(default=list)
    members = models.PositiveIntegerField(_("计入的成员"), null=True)
    needs = models.PositiveIntegerField(_("提出的需求"), null=True)
    commissions = models.PositiveIntegerField(_("委托"), null=True)
    reports = models.PositiveIntegerField(_("交付的报告"), null=True)
    gaps = models.PositiveIntegerField(_("本地做不了的项目"), null=True)
    ratings = models.PositiveIntegerField(_("评价"), null=True)
    mean_stars = models.FloatField(_("平均评分"), null=True)

    visible_to = Public()
    act_related = ("zone__operator",)
    audit_exclude = frozenset({"cohort"})

    class Meta:
        verbose_name = _("示范区季度成效")
        constraints = [
            models.UniqueConstraint(fields=["zone", "quarter"], name="one_release_per_quarter"),
            models.CheckConstraint(
                condition=models.Q(state="published", members__isnull=False)
                | (~models.Q(state="published") & models.Q(members=None, needs=None)),
                name="withheld_tells_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.quarter}"


class ZoneMember(Record):
    """An organisation in a zone: a firm there, or an institution that serves it. Both sides agree before it counts.

    ``named``: the public page may name it. ``shown``: the zone's operator may see its own figures.
    """

    class State(models.TextChoices):
        INVITED = "invited", _("已邀请")
        ASKED = "asked", _("已申请")
        JOINED = "joined", _("成员")
        LEFT = "left", _("已退出")

    zone = models.ForeignKey(Zone, verbose_name=_("示范区"), on_delete=models.PROTECT, related_name="members")
    organisation = models.ForeignKey(
        "parties.Organisation", verbose_name=_("机构"), on_delete=models.PROTECT, related_name="zones"
    )
    state = models.CharField(_("状态"), max_length=8, choices=State.choices)
    named = models.BooleanField(_("公开名称"), default=False)
    shown = models.BooleanField(_("向运营机构展示本单位数据"), default=False)
    joined_on = models.DateField(_("加入日期"), null=True)
    left_on = models.DateField(_("退出日期"), null=True)

    visible_to = Holds("organisation") | Holds("zone__operator") | Oversees("zone__region_code", *REGULATORS)
    act_related = ("zone__operator", "organisation")

    class Meta:
        verbose_name = _("示范区成员")
        indexes = [models.Index(fields=["zone", "state"], name="zone_members")]
        constraints = [models.UniqueConstraint(fields=["zone", "organisation"], name="one_membership_per_zone")]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.organisation_id}"
