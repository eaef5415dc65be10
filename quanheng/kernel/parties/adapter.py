"""How sign-in behaves here."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties import lockout
from quanheng.kernel.parties.mail import send
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import signed_in


class Backend(AuthenticationBackend):
    """Every request of somebody who signed in asks who that is."""

    def get_user(self, user_id: int) -> Person | None:
        person = signed_in(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an organisation's administrator; failures lock an account wherever they are made."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("该账户已停用，请联系本机构管理员。"),
        "incorrect_code": _("验证码不正确或已用过，请等待下一个验证码后再试。"),
        "incorrect_password": _("密码不正确，请重新输入。"),
        "enter_current_password": _("当前密码不正确，请重新输入。"),
        "invalid_password_reset": _("链接已失效，请重新申请重设密码。"),
        "rate_limited": _("操作过于频繁，请稍候一分钟再试。"),
        "too_many_login_attempts": _("失败次数过多，已暂时锁定，请在 5 分钟后重试，或请本机构管理员解除锁定。"),
        "username_password_mismatch": _("登录名或密码不正确。连续失败五次将锁定 5 分钟。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return lockout.key(credentials.get("username", credentials.get("email", "")))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """As allauth does, but the refusal says how long."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as refused:
            left = lockout.seconds_left(request, credentials.get("username", ""))
            raise ValidationError(lockout.explain(left).message, code=refused.code) from refused

    def set_password(self, user: Any, password: str) -> None:
        """A new password ends what the old one may have let in: tokens; and lifts the lock."""
        super().set_password(user, password)
        if isinstance(user, Person):
            user.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
            lockout.lift(user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under the deployment's own address, whatever Host header the request came with."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queued: how long an answer takes does not tell whether an address is known."""
        context = {"request": self.request, "email": email, "site_url": settings.SITE_URL, **context}
        message = self.render_mail(template_prefix, email, context)
        send.enqueue(email, message.subject, message.body)
