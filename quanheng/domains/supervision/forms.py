"""What supervision asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision.models import TEXT_LENGTH


def _words(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=TEXT_LENGTH, help_text=help_text, widget=forms.Textarea(attrs={"rows": 5})
    )


class OpenForm(forms.Form):
    """What the laboratory is asked to account for."""

    measures = forms.MultipleChoiceField(label=_("比对结果"), required=False, widget=forms.CheckboxSelectMultiple)
    reports = forms.CharField(
        label=_("报告编号"),
        required=False,
        max_length=6100,
        help_text=_("一行一份，也可以用逗号隔开；只核查比对结果的不填。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    question = _words(_("要求说明的事项"), _("写明要说明什么、提交哪些材料。机构会看到这里的文字和所选依据。"))

    def __init__(self, choices: Sequence[tuple[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["measures"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)
        if not choices:
            del self.fields["measures"]

    def clean(self) -> dict[str, Any]:
        """What the service takes: numbers one by one."""
        given = super().clean() or self.cleaned_data
        return {
            "question": given.get("question", ""),
            "measures": given.get("measures", []),
            "reports": [one for one in re.split(r"[\s,，、;；]+", given.get("reports", "")) if one],
        }


class TextForm(forms.Form):
    """Words of one side to the other."""

    text = _words(_("内容"))

    def __init__(self, label: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label
