"""What the pages ask for: few fields first, what is measured only from those who know it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.stating import NeedFacts, OfferingFacts, money
from quanheng.domains.exchange.vocabulary import field_choices, level_choices
from quanheng.kernel.base.html import local
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.shown import family_choices

# The fields that stand behind "what is measured".
MEASURED = ("item", "lower", "upper", "unit", "uncertainty")


class PostForm(forms.Form):
    """What needs and results share."""

    organisation = forms.ChoiceField(label=_("由哪家机构发布"))
    title = forms.CharField(label=_("一句话标题"), max_length=80)
    text = forms.CharField(label=_("详细说明"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    field = forms.ChoiceField(label=_("技术领域"))
    item = forms.CharField(
        label=_("检测项目"), max_length=160, required=False, help_text=_("填平台上的项目名称，例如：最高车速")
    )
    lower = forms.CharField(label=_("范围下限"), max_length=40, required=False)
    upper = forms.CharField(label=_("范围上限"), max_length=40, required=False)
    unit = forms.CharField(label=_("单位"), max_length=20, required=False, help_text=_("例如：MPa、mm、℃"))
    uncertainty = forms.CharField(
        label=_("扩展不确定度（k = 2）"), max_length=100, required=False, help_text=_("例如：0.05 或 0.1% x + 0.02")
    )

    def __init__(self, organisations: Iterable[Organisation], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        owners = list(organisations)
        self._choose("organisation", [(one.uid, local(one)) for one in owners])
        if len(owners) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.initial.setdefault("organisation", owners[0].uid)
        self._choose("field", [("", "—"), *field_choices()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def plain(self) -> list[Any]:
        """The fields that everybody fills in."""
        return [one for one in self if one.name not in MEASURED]

    @property
    def measured(self) -> list[Any]:
        """The fields of those who know what has to be measured."""
        return [one for one in self if one.name in MEASURED]

    @property
    def measures(self) -> bool:
        """Whether any of them is filled or wrong, so that they are shown at once."""
        return any(one.value() or one.errors for one in self.measured)


class NeedForm(PostForm):
    """A technical need."""

    family = forms.ChoiceField(label=_("产品类别"), required=False)
    budget = forms.DecimalField(
        label=_("预算（元）"), required=False, min_value=1, max_value=10**9, decimal_places=2, max_digits=12
    )
    deadline = forms.DateField(label=_("希望何时解决"), required=False, widget=Day())
    anonymous = forms.BooleanField(label=_("不公开企业名称：对方同意前只有我和主管部门知道"), required=False)
    gap = forms.CharField(required=False, max_length=13, widget=forms.HiddenInput())

    def __init__(self, organisations: Iterable[Organisation], data: Any = None, initial: Any = None) -> None:
        super().__init__(organisations, data, initial)
        self._choose("family", [("", "—"), *family_choices()])
        self.fields["title"].help_text = _("例如：在线检测电池极片毛刺的办法")
        self.fields["text"].help_text = _("遇到什么问题，试过什么，要达到什么程度。")
        self.fields["deadline"].widget.attrs["min"] = timezone.localdate().isoformat()

    def facts(self) -> NeedFacts:
        """What was filled in."""
        data = self.cleaned_data
        shared = {name: data[name] for name in ("title", "text", "field", "family", "deadline", *MEASURED)}
        return NeedFacts(**shared, named=not data["anonymous"], budget_cents=money(data["budget"]))


class OfferingForm(PostForm):
    """A result or a capacity."""

    kind = forms.ChoiceField(label=_("成果类型"), choices=[("", "—"), *Offering.Kind.choices])
    maturity = forms.TypedChoiceField(label=_("技术就绪水平"), coerce=int)
    terms = forms.ChoiceField(label=_("合作方式"), choices=[("", "—"), *Offering.Terms.choices])
    families = forms.MultipleChoiceField(
        label=_("适用的产品类别"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    identifier = forms.CharField(label=_("专利号或标准号"), max_length=60, required=False)
    price = forms.DecimalField(
        label=_("报价（元）"), required=False, min_value=1, max_value=10**9, decimal_places=2, max_digits=12
    )
    open_until = forms.DateField(label=_("有效至"), widget=Day())

    def __init__(self, organisations: Iterable[Organisation], data: Any = None, initial: Any = None) -> None:
        super().__init__(organisations, data, initial)
        self._choose("families", family_choices())
        self._choose("maturity", [("", "—"), *level_choices()])
        self.fields["open_until"].widget.attrs["min"] = timezone.localdate().isoformat()

    def facts(self) -> OfferingFacts:
        """What was filled in."""
        data = self.cleaned_data
        names = ("title", "text", "field", "kind", "maturity", "terms", "identifier", "open_until", *MEASURED)
        return OfferingFacts(
            **{name: data[name] for name in names},
            families=tuple(data["families"]),
            price_cents=money(data["price"]),
        )


def stated(post: TechnicalNeed | Offering) -> dict[str, Any]:
    """What a post says, as its form shows it."""
    found: dict[str, Any] = {name: getattr(post, name) for name in ("title", "text", "field", *MEASURED)}
    found |= {"item": local(post.item) if post.item else "", "organisation": post.organisation.uid}
    if isinstance(post, TechnicalNeed):
        return found | {
            "family": post.family.code if post.family else "",
            "budget": _yuan(post.budget_cents),
            "deadline": post.deadline,
            "anonymous": not post.named,
        }
    plain = ("kind", "maturity", "terms", "identifier", "open_until")
    found |= {name: getattr(post, name) for name in plain}
    return found | {"families": [one.code for one in post.families.all()], "price": _yuan(post.price_cents)}


def _yuan(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


class ReasonForm(forms.Form):
    """A reason that the other side reads."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("对方能看到。")
    )


class AskForm(forms.Form):
    """The first words to the other side."""

    message = forms.CharField(
        label=_("给对方的话"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("您能做什么或想了解什么，怎样联系您。"),
    )


class WriteForm(forms.Form):
    """A few lines in the talks."""

    reason = forms.CharField(label=_("留言"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class NoForm(ReasonForm):
    """A no with its reason, by code for the counts and in words for the other side."""

    why_not = forms.ChoiceField(
        label=_("原因"), choices=[one for one in Contact.No.choices if one[0] != Contact.No.SILENCE]
    )
    field_order = ["why_not", "reason"]


class SignForm(forms.Form):
    """The contract that came of it."""

    amount = forms.DecimalField(
        label=_("合同金额（元）"), min_value=0, max_value=10**9, decimal_places=2, max_digits=12
    )
    signed_on = forms.DateField(label=_("签约日期"), widget=Day())
    contract_number = forms.CharField(label=_("合同编号"), max_length=60)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["signed_on"].widget.attrs["max"] = timezone.localdate().isoformat()
