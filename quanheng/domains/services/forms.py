"""What the one-stop service asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.distances import MOST_KM
from quanheng.domains.services.understood import items_of, label
from quanheng.kernel.base.widgets import Day


class ConfirmForm(forms.Form):
    """What commissioning a plan needs."""

    contact = forms.CharField(
        label=_("联系人及电话"), max_length=120, help_text=_("机构收样和有疑问时联系，例如：王芳 13800000000")
    )
    product_name = forms.CharField(
        label=_("样品名称"), max_length=120, required=False, help_text=_("与铭牌一致；写在报告上")
    )
    product_model = forms.CharField(label=_("规格型号"), max_length=120, required=False)


class ReasonForm(forms.Form):
    """A reason that stays in the history."""

    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class RateForm(forms.Form):
    """Stars and words for the work of an institution."""

    stars = forms.TypedChoiceField(
        label=_("评分"),
        coerce=int,
        choices=[(5, _("很满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("很不满意"))],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("评价"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("时间、沟通、报告质量。机构和主管部门能看到。"),
    )


class ReplaceForm(forms.Form):
    """Who takes over a lost order."""

    institution = forms.ChoiceField(label=_("改派给"), widget=forms.RadioSelect)

    def __init__(self, able: list[tuple[str, Any]], data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["institution"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = able


class GuidedForm(forms.Form):
    """The steps for those who would rather pick than write; codes are those of chips ("kind:code")."""

    family = forms.ChoiceField(label=_("产品"), required=False)
    items = forms.MultipleChoiceField(
        label=_("项目"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("不选即按标准全部项目。")
    )
    instruments = forms.MultipleChoiceField(
        label=_("要校准或检定的器具"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )
    wishes = forms.MultipleChoiceField(label=_("要求"), required=False, widget=forms.CheckboxSelectMultiple)
    budget = forms.DecimalField(label=_("预算（元）"), required=False, min_value=1, decimal_places=2)
    deadline = forms.DateField(label=_("最晚日期"), required=False, widget=Day())
    distance = forms.DecimalField(
        label=_("最远距离（千米）"), required=False, min_value=Decimal("0.1"), max_value=MOST_KM, decimal_places=1,
        help_text=_("从贵单位算起，更远的机构不选。"),
    )  # fmt: skip

    def __init__(self, family: str, data: Any = None) -> None:
        super().__init__(data)
        meanings = dictionary().knowledge.meanings.values()

        def of(*kinds: str) -> list[tuple[str, str]]:
            return [(f"{one.kind}:{one.code}", label(one.zh, one.en)) for one in meanings if one.kind in kinds]

        self._choose("family", [("", "—"), *of("product")])
        self._choose("items", items_of(family.removeprefix("product:")) if family else [])
        self._choose("instruments", of("instrument"))
        self._choose("wishes", of("activity", "recognition", "purpose", "area"))
        self.fields["deadline"].widget.attrs["min"] = timezone.localdate().isoformat()
        if not family:
            del self.fields["items"]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def chosen(self) -> list[str]:
        """The chips picked, as "kind:code"."""
        data = self.cleaned_data
        return [one for one in (data["family"], *data.get("items", ()), *data["instruments"], *data["wishes"]) if one]
