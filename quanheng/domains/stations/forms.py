"""What stations and zones ask for on their pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import LONG_REASON, Contest, Staff, Station, Visit, Zone
from quanheng.domains.stations.offers import offer_choices
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.html import local
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.region.models import Region


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=Day(), **options)


def _reason(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}), **options)


def _long(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONG_REASON, widget=forms.Textarea(attrs={"rows": 4}), **options)


def _words(label: Any, rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": rows}), **options)


def regions_kept(actor: Actor) -> list[Region]:
    """The regions in whose registers the actor may enter something."""
    codes = actor.regions(*REGISTRARS)
    return [one for one in Region.objects.order_by("code") if any(one.code.startswith(code) for code in codes)]


def choose(field: forms.Field, choices: list[tuple[str, Any]]) -> None:
    """Give a choice field what can be chosen."""
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class _Registered(forms.Form):
    """Where something is registered, and who runs it: asked once, when it is entered."""

    region = forms.ChoiceField(label=_("所在区划"))
    operator = forms.CharField(
        label=_("运营机构"), max_length=120, help_text=_("统一社会信用代码，或登记的全称。机构须先在名录中登记。")
    )

    def place(self, actor: Actor) -> None:
        choose(self.fields["region"], [(one.code, f"{local(one)} {one.code}") for one in regions_kept(actor)])


class StationForm(_Registered):
    """A station; ``reason`` is asked for when one is changed, region and operator when one is entered."""

    name_zh = forms.CharField(label=_("名称"), max_length=120)
    name_en = forms.CharField(label=_("英文名称"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("形式"), choices=Station.Kind.choices, widget=forms.RadioSelect)
    offers = forms.MultipleChoiceField(
        label=_("服务内容"), choices=offer_choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    address = forms.CharField(label=_("地址"), max_length=200, required=False, help_text=_("实体站点必填。"))
    website = forms.CharField(label=_("网址"), max_length=300, required=False, help_text=_("线上平台必填。"))
    hours = forms.CharField(label=_("服务时间"), max_length=200, required=False, help_text=_("例如：工作日 9:00–17:00"))
    phone = forms.CharField(label=_("联系电话"), max_length=40, required=False)
    zone = forms.ChoiceField(label=_("所在示范区"), required=False)
    latitude = forms.FloatField(label=_("纬度"), required=False)
    longitude = forms.FloatField(label=_("经度"), required=False, help_text=_("WGS 84 十进制度数，与纬度同填或同空。"))
    opened_on = _day(label=_("开通日期"))
    reason = _reason(label=_("变更理由"))

    def __init__(self, actor: Actor, station: Station | None, data: Any = None) -> None:
        super().__init__(data)
        choose(
            self.fields["zone"], [("", "—"), *((one.name_zh, local(one)) for one in Zone.objects.order_by("name_zh"))]
        )
        if station is None:
            del self.fields["reason"]
            self.place(actor)
            self.initial = {"opened_on": timezone.localdate(), "kind": Station.Kind.PHYSICAL}
        else:
            del self.fields["region"], self.fields["operator"]
            self.initial = {name: getattr(station, name) for name in self.fields if name not in ("reason", "zone")}
            self.initial |= {"offers": station.offers.split(), "zone": station.zone.name_zh if station.zone else ""}


class StaffForm(forms.Form):
    """Who works at a station, as what, from when until when."""

    person = forms.ChoiceField(
        label=_("人员"), help_text=_("运营机构的在职人员；没有列出的，请先在“本机构人员”中登记。")
    )
    role = forms.ChoiceField(label=_("岗位"), choices=Staff.Role.choices, initial=Staff.Role.ADVISER)
    valid_from = _day(label=_("到岗日期"))
    valid_until = _day(label=_("离岗日期"), required=False, help_text=_("留空为长期。"))

    def __init__(self, people: list[Person], data: Any = None) -> None:
        super().__init__(data)
        self.initial = {"valid_from": timezone.localdate()}
        choose(self.fields["person"], [(one.uid, f"{local(one)} · {one.username}") for one in people])


class CloseForm(forms.Form):
    """From when and why a station is closed."""

    on = _day(label=_("停办日期"))
    reason = _reason(label=_("停办原因"), help_text=_("在站点页面公开。"))


class ReasonForm(forms.Form):
    """A reason that stays in the history."""

    reason = _reason(label=_("理由"))


class VisitForm(forms.Form):
    """Filled in at the counter: who, how, about what; the answer at once or later."""

    firm = forms.CharField(
        label=_("来访企业"), max_length=120, help_text=_("信用代码或名称；未在平台登记的，按对方所说填写。")
    )
    chosen = forms.ChoiceField(label=_("是哪一家"), required=False, widget=forms.RadioSelect)
    contact = forms.CharField(label=_("来访人及电话"), max_length=120, required=False)
    channel = forms.ChoiceField(label=_("方式"), choices=Visit.Channel.choices, widget=forms.RadioSelect)
    topic = forms.ChoiceField(label=_("事项"), choices=offer_choices)
    question = _words(_("咨询内容"))
    answer = _words(_("答复"), required=False, help_text=_("可以稍后再答；企业在平台上能看到。"))
    on = _day(label=_("来访日期"))

    def __init__(self, data: Any = None, found: list[Organisation] | None = None) -> None:
        super().__init__(data)
        self.initial = {"on": timezone.localdate(), "channel": Visit.Channel.ON_SITE}
        if found:
            options: list[tuple[str, Any]] = [(one.uid, f"{local(one)} · {one.uscc}") for one in found]
            choose(self.fields["chosen"], [*options, ("none", _("都不是：按所填名称登记"))])
        else:
            del self.fields["chosen"]


class AnswerForm(forms.Form):
    """What the firm is told."""

    answer = _words(_("答复"), rows=5)


class FirmForm(forms.Form):
    """Which organisation a visitor is."""

    firm = forms.CharField(label=_("企业信用代码或全称"), max_length=120)


class NeedForm(forms.Form):
    """What is wanted, in the firm's words."""

    text = _words(_("企业的需求"), help_text=_("例如：我厂生产电动自行车，想做新国标检测，预算三万，赶在三月前。"))


class StarsForm(forms.Form):
    """How satisfied the firm was."""

    stars = forms.TypedChoiceField(
        label=_("满意度"),
        coerce=int,
        choices=[
            (5, _("★★★★★ 很满意")),
            (4, _("★★★★☆ 满意")),
            (3, _("★★★☆☆ 一般")),
            (2, _("★★☆☆☆ 不满意")),
            (1, _("★☆☆☆☆ 很不满意")),
        ],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(label=_("评价"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ContestForm(forms.Form):
    """What of a record is not right, in the firm's words."""

    ground = forms.ChoiceField(label=_("异议"), choices=Contest.Ground.choices, widget=forms.RadioSelect)
    text = _long(_("异议说明"), help_text=_("写清哪里不对、事实是怎样的。站点会看到并答复；主管部门也能看到。"))


class SayForm(forms.Form):
    """A few lines that the other side reads."""

    text = _long(_("说明"), help_text=_("双方都会看到，并留在记录中。"))


class CorrectForm(forms.Form):
    """A record as it should be, beside what was wrong in it."""

    contact = forms.CharField(label=_("来访人及电话"), max_length=120, required=False)
    channel = forms.ChoiceField(label=_("方式"), choices=Visit.Channel.choices, widget=forms.RadioSelect)
    topic = forms.ChoiceField(label=_("事项"), choices=offer_choices)
    question = _words(_("咨询内容"))
    answer = _words(_("答复"), required=False)
    on = _day(label=_("来访日期"))
    reason = _reason(label=_("更正说明"), help_text=_("错在哪里；企业会看到。"))


class MandateForm(forms.Form):
    """Who gives a mandate, until when."""

    client = forms.ChoiceField(label=_("授权企业"))
    valid_until = _day(label=_("有效期至"), help_text=_("到期自动终止，也可以随时终止。"))

    def __init__(self, clients: list[Organisation], data: Any = None) -> None:
        super().__init__(data)
        choose(self.fields["client"], [(one.uid, local(one)) for one in clients])


class ZoneForm(_Registered):
    """A zone; ``reason`` is asked for when one is changed, region and operator when one is entered."""

    name_zh = forms.CharField(label=_("名称"), max_length=120)
    name_en = forms.CharField(label=_("英文名称"), max_length=200, required=False)
    address = forms.CharField(label=_("地址"), max_length=200, required=False)
    hectares = forms.IntegerField(label=_("面积（公顷）"), required=False, min_value=1, max_value=1_000_000)
    introduction_zh = _words(_("简介"), required=False)
    introduction_en = _words(_("英文简介"), required=False)
    reason = _reason(label=_("变更理由"))

    def __init__(self, actor: Actor, zone: Zone | None, data: Any = None) -> None:
        super().__init__(data)
        if zone is None:
            del self.fields["reason"]
            self.place(actor)
        else:
            del self.fields["region"], self.fields["operator"]
            self.initial = {name: getattr(zone, name) for name in self.fields if name != "reason"}


class ConsentForm(forms.Form):
    """What of a member may be seen, and by whom."""

    named = forms.BooleanField(label=_("在示范区公开页面列出本单位名称"), required=False)
    shown = forms.BooleanField(label=_("允许运营机构查看本单位的数量（需求、委托、报告、评价）"), required=False)
