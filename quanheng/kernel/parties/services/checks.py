"""What the acts on parties ask of their input; every refusal names the field and the mend."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from quanheng.kernel.base.errors import FieldError, Invalid, bilingual
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Person
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.credit_code import parse_credit_code

USERNAME_TAKEN = _("该登录名已被使用，请换一个。")
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


class Complaints:
    """Collects what is wrong with all fields, so that a form is mended in one go."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, field: str, message: Any) -> None:
        self.errors.append(FieldError(field, message))

    def raise_any(self) -> None:
        """Invalid with everything that was found, if anything was."""
        if self.errors:
            raise Invalid(_("有几处需要改正，请按逐项提示修改。"), errors=self.errors)


def text(model: type[models.Model], field: str, value: str, complaints: Complaints, *, needed: bool = False) -> str:
    """A column's text: stripped, within its length, without control characters."""
    value = value.strip()
    column: Any = model._meta.get_field(field)
    limit = column.max_length or 2000
    if needed and not value:
        complaints.add(field, filled(_("请填写“%(label)s”。"), label=column.verbose_name))
    elif len(value) > limit:
        complaints.add(
            field, filled(_("“%(label)s”最多 %(limit)s 个字，请精简。"), label=column.verbose_name, limit=limit)
        )
    elif any(ord(character) < 32 and character not in "\n\r\t" for character in value):
        complaints.add(field, filled(_("“%(label)s”含有不可见的控制字符，请删去后重填。"), label=column.verbose_name))
    return value


def uscc(code: str, complaints: Complaints) -> str:
    """A unified social credit code with both its check characters right (GB 32100, GB 11714)."""
    try:
        return parse_credit_code(code).text
    except ScienceError as wrong:
        complaints.add("uscc", bilingual(wrong.zh, wrong.en))
        return ""


def username(name: str, complaints: Complaints, taken: Collection[str] | None = None) -> str:
    """A user name: lower case, not taken (None: ask the register)."""
    name = name.strip().lower()
    if not USERNAME.fullmatch(name):
        complaints.add("username", _("登录名用 3 至 60 个小写字母、数字、点、横线或下划线，以字母或数字开头。"))
    elif name in taken if taken is not None else Person.objects.filter(username=name).exists():
        complaints.add("username", USERNAME_TAKEN)
    return name


def email(address: str, complaints: Complaints, *, needed: bool = False) -> str:
    """An e-mail address, or "" where none is needed."""
    address = address.strip()
    if not address and not needed:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        complaints.add("email", _("电子邮箱格式不对，请填写如 name@example.com 的地址。"))
    return address


def password(secret: str, person: Person, complaints: Complaints) -> None:
    """A password that the deployment's validators accept for this person."""
    for zh, en in zip(*(_weaknesses(secret, person, language) for language in ("zh-hans", "en")), strict=True):
        complaints.add("password", bilingual(zh, en))


def _weaknesses(secret: str, person: Person, language: str) -> list[str]:
    """What the validators say; they write their messages out at once, so they are asked once for each language."""
    with override(language):
        try:
            validate_password(secret, person)
        except ValidationError as wrong:
            return list(wrong.messages)
    return []


def position(latitude: float | None, longitude: float | None, complaints: Complaints) -> None:
    """WGS 84 degrees, both or neither."""
    if (latitude is None) != (longitude is None):
        complaints.add("latitude", _("纬度和经度须同时填写或同时留空。"))
    if latitude is not None and not -90 <= latitude <= 90:
        complaints.add("latitude", _("纬度须在 -90 至 90 度之间。"))
    if longitude is not None and not -180 <= longitude <= 180:
        complaints.add("longitude", _("经度须在 -180 至 180 度之间。"))


def period(valid_from: date | None, valid_until: date | None, complaints: Complaints) -> None:
    """A validity that does not end before it begins, nor before today."""
    if valid_until is None:
        return
    if valid_from is not None and valid_until < valid_from:
        complaints.add("valid_until", _("截止日期早于生效日期，请核对。"))
    elif valid_until < timezone.localdate():
        complaints.add("valid_until", _("截止日期已过，请填写今天或以后的日期。"))


@contextmanager
def taken(field: str, message: Any) -> Iterator[None]:
    """What another transaction has just taken (a code, a user name) is told like what was taken before."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Invalid.field(field, message) from None
