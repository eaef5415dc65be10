"""What complaints and objections ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes.models import TEXT_LENGTH, Complaint, Objection
from quanheng.kernel.base.checks import REASON_LENGTH


def _words(label: Any, longest: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, help_text=help_text, widget=forms.Textarea(attrs={"rows": 4})
    )


class ComplainForm(forms.Form):
    """What the complaint is about."""

    topic = forms.ChoiceField(label=_("投诉事项"), choices=Complaint.Topic.choices)
    text = _words(_("经过和要求"), TEXT_LENGTH, _("机构质量负责人会看到并答复；当地监管部门也能看到。"))


class ObjectForm(forms.Form):
    """Which results, and why."""

    positions = forms.TypedMultipleChoiceField(label=_("有异议的项目"), coerce=int, widget=forms.CheckboxSelectMultiple)
    grounds = _words(_("异议理由"), TEXT_LENGTH, _("写明哪里不对、依据是什么，例如自测数据、样品状态、方法选用。"))

    def __init__(self, choices: list[tuple[int, Any]], data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["positions"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class ReplyForm(forms.Form):
    """The institution's answer."""

    text = _words(_("答复"), TEXT_LENGTH, _("委托方会看到，并留在记录中。"))


class ConcedeForm(forms.Form):
    """What was wrong: the reason of the amendment too."""

    text = _words(_("错在哪里"), REASON_LENGTH, _("同时作为更正理由写进更正后的报告。"))
    suspend = forms.BooleanField(label=_("更正期间暂停原报告：任何人不得以它为依据"), required=False)


class ReasonForm(forms.Form):
    """A reason that stays in the history."""

    reason = _words(_("理由"), REASON_LENGTH)


class RetestForm(forms.Form):
    """Where, and on which sample."""

    institution = forms.ChoiceField(label=_("复测机构"), widget=forms.RadioSelect)
    sample = forms.ChoiceField(label=_("复测样品"), choices=Objection.SampleChoice.choices, widget=forms.RadioSelect)

    def __init__(self, able: list[tuple[str, Any]], data: Any = None, *, retained: bool = True) -> None:
        super().__init__(data)
        field, sample = self.fields["institution"], self.fields["sample"]
        assert isinstance(field, forms.ChoiceField) and isinstance(sample, forms.ChoiceField)
        field.choices = able
        if not retained:
            sample.choices = [(value, label) for value, label in Objection.SampleChoice.choices if value == "new"]
            sample.initial = "new"
