"""What is asked of whoever decides."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.checks import REASON_LENGTH


class SwitchForm(forms.Form):
    """Whether one act of the table needs a second person, and why."""

    act = forms.CharField(max_length=80, widget=forms.HiddenInput)
    required = forms.ChoiceField(
        label=_("第二人"), choices=[("yes", _("需要第二人")), ("no", _("一人即可"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("理由"), max_length=REASON_LENGTH)
