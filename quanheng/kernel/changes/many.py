"""Acts on many rows as they come from outside: public names and plain texts, checked before anything is done."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Act, every_act
from quanheng.kernel.base.checks import checked_text
from quanheng.kernel.base.errors import FieldError, Invalid, SignInNeeded
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.changes.bulk import MOST, Bulk, bulk

# Acts that make sense on many rows at once with the same arguments.
OFFERED = (
    "changes.approve",
    "changes.decline",
    "changes.take_back",
    "competence.recognition.reinstate",
    "competence.recognition.suspend",
    "competence.recognition.withdraw",
    "competence.scope.end",
    "objects.instrument.change",
    "objects.instrument.release",
    "objects.instrument.retire",
    "objects.instrument.stop",
    "objects.product.change",
    "objects.product.retire",
    "parties.organisation.correct",
    "parties.role.end",
    "parties.signatory.withdraw",
    "requirements.standard.withdraw",
)
LONGEST = 2000


def act_on_many(actor: Actor, name: str, uids: Sequence[str], arguments: Mapping[str, Any], reason: str) -> Bulk:
    """``bulk`` for rows by their public names and arguments as texts. Raises Invalid, SignInNeeded."""
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    if name not in OFFERED:
        sentence = _("“%(act)s”不能批量办理，可选：%(acts)s。")
        raise Invalid.field("act", filled(sentence, act=name[:80], acts=listed(OFFERED)))
    declared = every_act()[name]
    rows = _rows(actor, declared, uids)
    return bulk(actor, name, rows, read_arguments(actor, declared, arguments), reason)


def _rows(actor: Actor, declared: Act, uids: Sequence[str]) -> list[models.Model]:
    """The rows in the order of their names. Invalid naming the places of those that are not the actor's to see."""
    if len(uids) > MOST:
        raise Invalid.field("rows", filled(_("一次最多 %(limit)s 行，请分批办理。"), limit=MOST))
    visible = restrict(declared.on._default_manager.all(), actor)
    related = getattr(declared.on, "act_related", ())
    found: dict[str, models.Model] = {}
    # A statement takes no more than so many values.
    for start in range(0, len(uids), 500):
        for row in visible.filter(uid__in=uids[start : start + 500]).select_related(*related):
            found[row.uid] = row  # type: ignore[attr-defined]
    missing = [
        FieldError("rows", _("没有找到该记录，或您无权查看。请核对编号。"), place)
        for place, uid in enumerate(uids, start=1)
        if uid not in found
    ]
    if missing:
        raise Invalid(filled(_("有 %(count)s 行没有找到，全部未办理。"), count=len(missing)), errors=missing[:100])
    return [found[uid] for uid in uids]


def read_arguments(actor: Actor, declared: Act, given: Mapping[str, Any]) -> dict[str, Any]:
    """The act's own arguments from plain values: dates as texts, rows by their public names. Invalid by field."""
    hints = get_type_hints(declared.function)
    wanted = {
        name: parameter
        for name, parameter in list(inspect.signature(declared.function).parameters.items())[2:]
        if name != "reason" and parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    errors: list[FieldError] = []
    read: dict[str, Any] = {}
    for name in given:
        if name not in wanted:
            errors.append(FieldError(f"arguments.{name[:40]}", _("该事项没有这个参数，请删去。")))
    for name, parameter in wanted.items():
        if name not in given or given[name] is None:
            if parameter.default is inspect.Parameter.empty:
                errors.append(FieldError(f"arguments.{name}", _("请填写该参数。")))
            continue
        try:
            read[name] = _value(actor, hints[name], given[name])
        except (ValueError, Invalid) as wrong:
            message = wrong.message if isinstance(wrong, Invalid) else _("该参数的格式不对，请核对。")
            errors.append(FieldError(f"arguments.{name}", message))
    if errors:
        raise Invalid(_("请求内容与接口说明不符，请按逐项提示修改。"), errors=errors)
    return read


def _plain_types(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        for part in get_args(hint):
            yield from _plain_types(part)
    elif hint is not type(None):
        yield hint


def _value(actor: Actor, hint: Any, raw: Any) -> Any:
    """One value of the type that the act declares. Raises ValueError, Invalid."""
    kind = next(_plain_types(hint))
    if kind is bool:
        if not isinstance(raw, bool):
            raise ValueError(raw)
        return raw
    if kind is int:
        text = str(raw)
        if isinstance(raw, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
            raise ValueError(raw)
        return int(text)
    if not isinstance(raw, str):
        raise ValueError(raw)
    if kind is str:
        return checked_text("text", raw, LONGEST, required=False)
    if kind is date:
        return date.fromisoformat(raw)
    if isinstance(kind, type) and issubclass(kind, models.Model):
        # A region is known by its code, everything else by its public name.
        by = "uid" if hasattr(kind, "uid") else "code"
        row = restrict(kind._default_manager.filter(**{by: raw[:40]}), actor).first()
        if row is None:
            raise Invalid(_("没有找到该记录，或您无权查看。请核对编号。"))
        return row
    raise ValueError(raw)
