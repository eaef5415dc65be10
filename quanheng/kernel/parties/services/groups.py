"""Groups that share one tenancy: the lead invites, an organisation joins and leaves by itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.errors import Conflict, NotFound
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Group, Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services import checks


@act("parties.group.create", on=Organisation, label=_("建立集团"), may=Holds("", Role.ADMINISTRATOR))
def create_group(actor: Actor, organisation: Organisation, *, name_zh: str, name_en: str = "") -> Group:
    """Make a group led by the administrator's organisation."""
    complaints = checks.Complaints()
    name_zh = checks.text(Group, "name_zh", name_zh, complaints, needed=True)
    name_en = checks.text(Group, "name_en", name_en, complaints)
    if Group.objects.filter(lead=organisation, name_zh=name_zh).exists():
        complaints.add("name_zh", _("本机构已有同名集团，请换一个名称。"))
    complaints.raise_any()
    return Group.objects.create(lead=organisation, name_zh=name_zh, name_en=name_en)


@act("parties.group.invite", on=Group, label=_("邀请加入集团"), may=Holds("lead", Role.ADMINISTRATOR))
def invite_to_group(actor: Actor, group: Group, *, organisation: Organisation) -> Group:
    """Invite an organisation; it is a member when its own administrator has joined."""
    if organisation.pk == group.lead_id:
        raise Conflict(_("牵头机构本身无需加入。"))
    if group.members.filter(pk=organisation.pk).exists():
        raise Conflict(filled(_("“%(name)s”已是集团成员。"), name=organisation.name_zh))
    group.invited.add(organisation)
    remark(organisation=organisation.uid, name=organisation.name_zh)
    return group


@act("parties.group.remove", on=Group, label=_("移出集团"), may=Holds("lead", Role.ADMINISTRATOR))
def remove_from_group(actor: Actor, group: Group, *, organisation: Organisation, reason: str = "") -> Group:
    """End an organisation's membership, or take back its invitation."""
    joined = group.members.filter(pk=organisation.pk).exists()
    if not joined and not group.invited.filter(pk=organisation.pk).exists():
        raise Conflict(filled(_("“%(name)s”不在该集团中。"), name=organisation.name_zh))
    group.members.remove(organisation)
    group.invited.remove(organisation)
    remark(organisation=organisation.uid, name=organisation.name_zh)
    return group


@act("parties.group.join", on=Organisation, label=_("加入集团"), may=Holds("", Role.ADMINISTRATOR))
def join_group(actor: Actor, organisation: Organisation, *, group: Group) -> Organisation:
    """Accept an invitation: from now on the lead's people act for this organisation and see its work."""
    if not group.invited.filter(pk=organisation.pk).exists():
        raise NotFound(_("没有该集团的邀请。请联系牵头机构发出邀请。"))
    group.invited.remove(organisation)
    group.members.add(organisation)
    remark(group=group.uid, name=group.name_zh)
    return organisation


@act("parties.group.leave", on=Organisation, label=_("退出集团"), may=Holds("", Role.ADMINISTRATOR))
def leave_group(actor: Actor, organisation: Organisation, *, group: Group, reason: str = "") -> Organisation:
    """Leave a group at once, or decline its invitation."""
    joined = group.members.filter(pk=organisation.pk).exists()
    if not joined and not group.invited.filter(pk=organisation.pk).exists():
        raise NotFound(_("本机构不在该集团中。"))
    group.members.remove(organisation)
    group.invited.remove(organisation)
    remark(group=group.uid, name=group.name_zh)
    return organisation
