"""What an organisation's administrator is asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.scopes import Scope
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services.access import LONGEST
from quanheng.kernel.parties.services.posts import roles_for
from quanheng.kernel.requirements.queries import families


def _day(label: Any, help_text: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, help_text=help_text, widget=Day())


def _roles(organisation: Organisation) -> list[tuple[str, Any]]:
    return [(role.value, role.label) for role in roles_for(organisation)]


class PeopleFilter(forms.Form):
    """What the list of people is narrowed by."""

    q = forms.CharField(label=_("姓名或登录名"), required=False, max_length=60)
    show = forms.ChoiceField(
        label=_("任职"), required=False, choices=[("", _("现任")), ("former", _("已离任")), ("all", _("全部"))]
    )


class PersonForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("登录名"), max_length=60, help_text=_("3 至 60 个小写字母、数字、点、横线或下划线。")
    )
    name_zh = forms.CharField(label=_("姓名"), max_length=60)
    name_en = forms.CharField(label=_("英文姓名"), max_length=120, required=False)
    email = forms.CharField(
        label=_("电子邮箱"),
        max_length=254,
        required=False,
        help_text=_("设置密码的链接将发到这里。不填密码时必须填写。"),
        widget=forms.EmailInput(),
    )
    phone = forms.CharField(label=_("手机"), max_length=40, required=False)
    password = forms.CharField(
        label=_("初始密码"),
        max_length=200,
        required=False,
        help_text=_("留空则由本人通过邮件中的链接自行设置。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    roles = forms.MultipleChoiceField(
        label=_("角色"),
        initial=[Role.MEMBER],
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("授权签字人在登记后逐个领域授权。"),
    )

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = _roles(organisation)


class RoleForm(forms.Form):
    """A role for somebody who already has an account."""

    role = forms.ChoiceField(label=_("角色"))
    valid_from = _day(_("生效日期"), _("留空为今天。"))
    valid_until = _day(_("截止日期"), _("留空为长期。"))

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _roles(organisation)


class JoinForm(RoleForm):
    """A role for a person whose account another organisation made."""

    person = forms.CharField(
        label=_("人员编号"), max_length=13, help_text=_("请对方在“账户与安全”中复制自己的人员编号告诉您。")
    )
    field_order = ("person", "role", "valid_from", "valid_until")


class SignatoryForm(forms.Form):
    """The fields for which a person may sign, for a time."""

    categories = forms.MultipleChoiceField(label=_("授权领域"), widget=forms.CheckboxSelectMultiple())
    valid_from = _day(_("生效日期"), _("留空为今天。"))
    valid_until = _day(_("截止日期"), _("留空为长期。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["categories"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = field_choices()


def field_choices() -> list[tuple[str, Any]]:
    """Every field that can be signed for: all at once, or a product family."""
    rows = families().values_list("code", "name_zh", "name_en")
    return [("*", _("本机构的全部领域")), *((code, bilingual(zh, en)) for code, zh, en in rows)]


class TokenForm(forms.Form):
    """A bearer token for oneself."""

    name = forms.CharField(label=_("用途"), max_length=60, help_text=_("例如：实验室信息系统"))
    days = forms.IntegerField(label=_("有效天数"), initial=90, min_value=1, max_value=LONGEST)
    scopes = forms.MultipleChoiceField(
        label=_("范围"),
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("令牌只能做所选范围内、且您本人可做的事。够用即可。"),
    )
    addresses = forms.CharField(
        label=_("允许的网络地址"),
        required=False,
        max_length=1000,
        help_text=_("如 203.0.113.7 或 203.0.113.0/24，用空格分开；留空为不限。"),
    )
    per_minute = forms.IntegerField(
        label=_("每分钟次数"), required=False, min_value=1, help_text=_("留空为平台的上限。")
    )
    per_day = forms.IntegerField(label=_("每天次数"), required=False, min_value=1, help_text=_("留空为平台的上限。"))

    def clean_addresses(self) -> list[str]:
        return str(self.cleaned_data["addresses"]).replace(",", " ").split()


class WebhookForm(forms.Form):
    """Where an organisation's own system is told of what happens."""

    url = forms.CharField(label=_("回调地址"), max_length=500, help_text=_("以 https:// 开头的公网地址。"))
    acts = forms.CharField(
        label=_("事项范围"),
        required=False,
        max_length=1000,
        help_text=_(
            "事项代码或其前缀，用空格分开，如 testing.order；留空为本机构的全部通知。"
            "要得知公开登记册的变化，写 open. 加前缀，如 open.requirements.standard、open.opendata.release。"
        ),
    )

    def clean_acts(self) -> list[str]:
        return str(self.cleaned_data["acts"]).replace(",", " ").split()
