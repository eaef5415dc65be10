"""Groups that share one tenancy: the lead invites, an organisation joins and leaves by itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, NotFound
from quanheng.kernel.base.grants import Holds, PlatformOnly
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
    if refusal := organisation.ended():
        raise refusal
    if group.members.filter(pk=organisation.pk).exists():
        raise Conflict(filled(_("“%(name)s”已是集团成员。"), name=organisation.name_zh))
    if group.invited.filter(pk=organisation.pk).exists():
        raise Conflict(filled(_("“%(name)s”已收到邀请，请等待对方办理。"), name=organisation.name_zh))
    group.invited.add(organisation)
    remark(organisation=organisation.uid, name=organisation.name_zh)
    _invited(Actor.platform(group.lead.name_zh), organisation, group=group)
    return group


@act("parties.group.invited", on=Organisation, label=_("收到集团邀请"), may=PlatformOnly(), tells=("",))
def _invited(actor: Actor, organisation: Organisation, *, group: Group) -> Organisation:
    """Tell an organisation that it was invited."""
    remark(about=_about(group))
    return organisation


@act("parties.group.remove", on=Group, label=_("移出集团"), may=Holds("lead", Role.ADMINISTRATOR))
def remove_from_group(actor: Actor, group: Group, *, organisation: Organisation, reason: str = "") -> Group:
    """End an organisation's membership, with the reason, or take back its invitation."""
    joined = group.members.filter(pk=organisation.pk).exists()
    if not joined and not group.invited.filter(pk=organisation.pk).exists():
        raise Conflict(filled(_("“%(name)s”不在该集团中。"), name=organisation.name_zh))
    if joined:
        need_reason(reason)
    group.members.remove(organisation)
    group.invited.remove(organisation)
    remark(organisation=organisation.uid, name=organisation.name_zh)
    if joined:
        _removed(Actor.platform(group.lead.name_zh), organisation, group=group, reason=reason)
    return group


@act("parties.group.removed", on=Organisation, label=_("被移出集团"), may=PlatformOnly(), tells=("",))
def _removed(actor: Actor, organisation: Organisation, *, group: Group, reason: str) -> Organisation:
    """Tell an organisation that it is a member no longer, and why."""
    remark(about=_about(group))
    return organisation


def _about(group: Group) -> dict[str, str]:
    return {"title_zh": group.name_zh, "title_en": group.name_en or group.name_zh, "path": "/groups/"}


@act("parties.group.join", on=Organisation, label=_("加入集团"), may=Holds("", Role.ADMINISTRATOR), tells=("lead",))
def join_group(actor: Actor, organisation: Organisation, *, group: Group) -> Group:
    """Accept an invitation: from now on the lead's people act for this organisation and see its work."""
    # Whoever takes the invitation away has it: it is accepted once, and not while it is being taken back.
    taken, _rows = Group.invited.through.objects.filter(group_id=group.pk, organisation_id=organisation.pk).delete()
    if not taken:
        raise NotFound(_("没有该集团的邀请。请联系牵头机构发出邀请。"))
    group.members.add(organisation)
    remark(group=group.uid, name=group.name_zh, about=_about(group))
    return group


@act("parties.group.leave", on=Organisation, label=_("退出集团"), may=Holds("", Role.ADMINISTRATOR), tells=("lead",))
def leave_group(actor: Actor, organisation: Organisation, *, group: Group, reason: str = "") -> Group:
    """Leave a group at once, with the reason, or decline its invitation."""
    joined = group.members.filter(pk=organisation.pk).exists()
    if not joined and not group.invited.filter(pk=organisation.pk).exists():
        raise NotFound(_("本机构不在该集团中。"))
    if joined:
        need_reason(reason)
    group.members.remove(organisation)
    group.invited.remove(organisation)
    remark(group=group.uid, name=group.name_zh, about=_about(group))
    return group
