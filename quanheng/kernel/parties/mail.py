"""Messages to people by e-mail: queued with the act that causes them, sent by the worker, in both languages."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from quanheng.kernel.base.errors import in_language
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Person


@task()
def send(to: str, subject: str, body: str) -> None:
    """Hand one message to the mail server."""
    send_mail(subject, body, None, [to])


def send_in_both(to: str, subject: Any, body: Any) -> None:
    """Queue a message, Chinese first, English below."""
    subjects = [in_language(subject, language) for language in ("zh-hans", "en")]
    bodies = [in_language(body, language) for language in ("zh-hans", "en")]
    send.enqueue(to, " / ".join(subjects), "\n\n".join(bodies))


def password_link(person: Person) -> str:
    """The address under which a person sets a new password; good once, for PASSWORD_RESET_TIMEOUT."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    return f"{settings.SITE_URL}{path}"


def send_set_password_link(person: Person) -> None:
    """Send a person the link to set a password."""
    send_in_both(
        person.email,
        _("请设置您的登录密码"),
        filled(
            _("您的登录名是 %(username)s。请在 %(days)s 天内打开以下链接设置密码：\n%(link)s"),
            username=person.username,
            days=settings.PASSWORD_RESET_TIMEOUT // 86400,
            link=password_link(person),
        ),
    )
