"""The names under which an organisation is or was known besides the registered one."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.parties.models import Organisation, OrganisationName
from quanheng.kernel.parties.services import checks
from quanheng.kernel.parties.services.organisations import REGISTRARS


@act("parties.name.add", on=Organisation, label=_("登记其他名称"), may=Oversees("region_code", *REGISTRARS))
def add_name(
    actor: Actor, organisation: Organisation, *, text: str, kind: str, reason: str, until: date | None = None
) -> OrganisationName:
    """Enter a former or other name, under which the organisation is found too. Raises Invalid, Conflict."""
    need_reason(reason)
    complaints = checks.Complaints()
    text = checks.text(OrganisationName, "text", text, complaints, needed=True)
    if kind not in (OrganisationName.Kind.FORMER, OrganisationName.Kind.OTHER):
        complaints.add("kind", _("名称类型请选“曾用名”或“别名或简称”。"))
    if until is not None and until > timezone.localdate():
        complaints.add("until", _("使用至的日期在今天之后，请核对。"))
    complaints.raise_any()
    if text == organisation.name_zh or organisation.names.filter(text=text).exists():
        raise Conflict(_("该名称已登记。"))
    return OrganisationName.objects.create(organisation=organisation, text=text, kind=kind, until=until)


@act(
    "parties.name.drop",
    on=OrganisationName,
    label=_("删去其他名称"),
    may=Oversees("organisation__region_code", *REGISTRARS),
)
def drop_name(actor: Actor, name: OrganisationName, *, reason: str) -> Organisation:
    """Take a name out that was entered by mistake, with the reason; the trail keeps it."""
    need_reason(reason)
    remark(name=name.text)
    organisation = name.organisation
    OrganisationName.objects.filter(pk=name.pk).delete()
    return organisation
