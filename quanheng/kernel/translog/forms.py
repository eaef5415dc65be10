"""What registering a peer of the log asks for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.translog.models import Peer


class PeerForm(forms.Form):
    """Another platform, and what it is to this one."""

    role = forms.ChoiceField(label=_("关系"), choices=Peer.Relation.choices)
    url = forms.CharField(
        label=_("地址"), max_length=300, help_text=_("对方透明日志的地址，如 https://quanheng.example/log。")
    )
    key = forms.CharField(
        label=_("公钥"),
        max_length=300,
        help_text=_("从对方的透明日志页整行复制，并经另一条途径（如公函、电话）核对。"),
    )


class EndForm(forms.Form):
    """Why a peer is ended."""

    reason = forms.CharField(label=_("理由"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2}))
