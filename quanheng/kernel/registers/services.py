"""What people keep of registers: saved views, and exports made in the background."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.checks import checked_text
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, Is
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.registers.declare import Register
from quanheng.kernel.registers.making import make_export
from quanheng.kernel.registers.models import Export, SavedView
from quanheng.kernel.registers.reading import Asked, rows_of

# Enough for a person; more would no longer be found in a menu.
MOST_VIEWS = 50
# So many exports of one person wait at a time: each reads a whole register.
MOST_WAITING = 3


@act("registers.view.save", on=Person, label=_("保存视图"), may=Is())
def save_view(
    actor: Actor,
    person: Person,
    *,
    register: Register,
    name: str,
    asked: Asked,
    organisation: Organisation | None = None,
) -> SavedView:
    """Keep what is asked of a register under a name; the same name again replaces it.

    With ``organisation`` its people see it too. Raises Invalid, Conflict beyond ``MOST_VIEWS``.
    """
    name = checked_text("name", name, 60, missing=_("请给视图起个名字，例如“本月到期”。"))
    query = asked.query()
    if len(query) > 1000:
        raise Invalid.field("query", _("筛选条件太长，不能保存，请减少条件。"))
    if organisation is not None and not Holds("").allows(actor, organisation):
        raise Invalid.field("organisation", _("只能与自己所在的机构共享。"))
    mine = SavedView.objects.filter(person=person, register=register.name)
    found = mine.filter(name=name).first()
    if found is None and mine.count() >= MOST_VIEWS:
        raise Conflict(_("保存的视图已达上限，请先删去不用的。"))
    view = found or SavedView(person=person, register=register.name, name=name)
    view.query, view.organisation = query, organisation
    view.save()
    return view


@act("registers.view.forget", on=SavedView, label=_("删除视图"), may=Is("person"))
def forget_view(actor: Actor, view: SavedView) -> Person:
    """Drop a saved view."""
    person = view.person
    SavedView.objects.filter(pk=view.pk).delete()
    return person


@act("registers.export.order", on=Person, label=_("导出登记册"), may=Is())
def order_export(actor: Actor, person: Person, *, register: Register, asked: Asked, format: str) -> Export:
    """Have a register written to a file in the background, with what the person may see then.

    Raises Invalid for an unknown format, Conflict while too many of the person's exports wait.
    """
    if format not in Export.Format.values:
        raise Invalid.field("format", _("导出格式应为 csv 或 xlsx。"))
    rows_of(register, actor, asked)  # refuses what means nothing before anything is ordered
    if Export.objects.filter(person=person, state=Export.State.WAITING).count() >= MOST_WAITING:
        raise Conflict(_("已有几份导出正在生成，请等它们完成。"))
    export = Export.objects.create(
        person=person,
        register=register.name,
        query=asked.query(),
        format=format,
        language=get_language() or "zh-hans",
    )
    transaction.on_commit(lambda: make_export.enqueue(export.pk))
    return export
