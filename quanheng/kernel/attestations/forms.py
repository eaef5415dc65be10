"""What a change of an attestation's status asks for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.checks import REASON_LENGTH


class StatusForm(forms.Form):
    """Why the status changes."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("任何人查验这份文件时都会看到，持有方和签发机构会收到通知。"),
    )
