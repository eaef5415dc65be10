"""What stating a capacity asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.models import MOST_A_WEEK, MOST_WEEKS, Capacity
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.competence.models import Activity


class AmountsForm(forms.Form):
    """How much can be done, and how much is in hand."""

    per_week = forms.IntegerField(
        label=_("每周能完成"), min_value=1, max_value=MOST_A_WEEK, help_text=_("5 个工作日能完成的数量。")
    )
    unit = forms.ChoiceField(
        label=_("计数单位"),
        choices=Capacity.Unit.choices,
        help_text=_("项次：一个项目测一次算一。样品：一张任务单的样品算一；器具一件算一。"),
    )
    outside = forms.IntegerField(
        label=_("平台外在手"),
        min_value=0,
        max_value=MOST_A_WEEK,
        required=False,
        help_text=_("今天在手的、不是经平台委托的任务，按同一单位。过期未更新的不再计入。"),
    )
    most_weeks = forms.IntegerField(
        label=_("最多排期（周）"),
        min_value=1,
        max_value=MOST_WEEKS,
        required=False,
        help_text=_("排到几周以后就不再接单；不填为不限。"),
    )
    opens_on = forms.DateField(
        label=_("最早开工"), required=False, widget=Day(), help_text=_("此前不开始新任务，如搬迁、检修；不填为随时。")
    )


class StateForm(AmountsForm):
    """The same, with what it is for."""

    activity = forms.ChoiceField(label=_("活动"), choices=Activity.choices)
    family = forms.ChoiceField(
        label=_("产品类别"), required=False, help_text=_("不选即为该活动的全部产品。两种都申报的，以较紧的为准。")
    )
    field_order = ("activity", "family", "per_week", "unit", "outside", "most_weeks", "opens_on")

    def __init__(self, families: list[tuple[str, Any]], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["family"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部产品")), *families]


class OverviewForm(forms.Form):
    """Which region and which activity a planner looks at."""

    region = forms.ChoiceField(label=_("地区"), required=False)
    activity = forms.ChoiceField(label=_("活动"), required=False, choices=[("", _("全部")), *Activity.choices])

    def __init__(self, places: list[tuple[str, Any]], data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *places]


class ReasonForm(forms.Form):
    """A reason that stays in the history."""

    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
