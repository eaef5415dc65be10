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


class HoldForm(forms.Form):
    """Until when records are to be kept, and why."""

    until = forms.DateField(label=_("保存至"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("理由"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("签发机构会收到通知。延长后不能缩短。"),
    )


class RotateForm(forms.Form):
    """Why a new key is wanted."""

    reason = forms.CharField(label=_("理由"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2}))


class IssuerRotateForm(RotateForm):
    """By what a new key signs, and why it is wanted."""

    suite = forms.ChoiceField(
        label=_("签名算法"),
        required=False,
        choices=[
            ("", _("与现用密钥相同")),
            ("eddsa-jcs-2022", _("Ed25519（eddsa-jcs-2022）")),
            ("ecdsa-jcs-2019", _("P-256（ecdsa-jcs-2019）")),
        ],
        help_text=_("签名长度相同，查验方式相同。P-256 适用于要求使用该曲线的收件方。"),
    )
    field_order = ("suite", "reason")


class CompromiseForm(forms.Form):
    """Since when others may have had a key, and how that came about."""

    since = forms.DateTimeField(
        label=_("自何时起可能泄露"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("不能确定时填最早的可能时间。此后登入日志的报告都将显示警示，并列入复核清单。"),
    )
    reason = forms.CharField(
        label=_("经过"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("如何发现、可能被谁掌握。写入审计记录，宣布后不能撤回。"),
    )
