"""What becomes of an organisation's people, groups and names when its entry is merged into another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.absorbing import Merging, check, handles, moves, stays
from quanheng.kernel.parties.models import Group, Membership, SignatoryField
from quanheng.kernel.parties.queries import in_force
from quanheng.kernel.parties.roles import OrganisationKind, Role

stays("parties.Merger.loser", _("合并记录"), why=_("属于历史"), quiet=True)
stays("parties.Merger.survivor", _("合并记录"), why=_("属于历史"), quiet=True)
stays("parties.DuplicatePair.first", _("疑似重复"), why=_("重新查找时更新"), quiet=True)
stays("parties.DuplicatePair.second", _("疑似重复"), why=_("重新查找时更新"), quiet=True)
moves("parties.Organisation.merged_into", _("先前并入的登记"))


@check
def _kinds_agree(merging: Merging) -> Iterator[Any]:
    if merging.loser.kind != merging.survivor.kind:
        yield _("两家机构的类型不同，请先更正类型再合并。")
    if OrganisationKind.REGULATOR in (merging.loser.kind, merging.survivor.kind):
        yield _("监管部门不能作为重复登记合并；机构改革请分别办理。")


@check
def _group_names_differ(merging: Merging) -> Iterator[Any]:
    taken = set(Group.objects.filter(lead=merging.survivor).values_list("name_zh", flat=True))
    for name in Group.objects.filter(lead=merging.loser, name_zh__in=taken).values_list("name_zh", flat=True):
        yield filled(_("两家机构各牵头一个名为“%(name)s”的集团，请先为其一改名或移出成员。"), name=name)


@handles(
    "parties.Membership.organisation",
    _("任职"),
    why=_("授权签字人由保留的机构重新授权；两边都有的角色以保留的机构为准"),
)
def _people(merging: Merging, rows: models.QuerySet[Any]) -> int:
    """Roles follow; those held in the survivor already, and signatories', end."""
    there = set(Membership.objects.filter(organisation=merging.survivor).values_list("person_id", "role"))
    go: list[int] = []
    end: list[int] = []
    for key, person, role in rows.values_list("pk", "person_id", "role"):
        (end if role == Role.SIGNATORY or (person, role) in there else go).append(key)
    today = timezone.localdate()
    ending = rows.filter(in_force(today), pk__in=end)
    fields = SignatoryField.objects.filter(in_force(today), membership__in=list(ending.values_list("pk", flat=True)))
    merging.change(fields, "valid_until", today - timedelta(days=1))
    merging.change(ending, "valid_until", today - timedelta(days=1))
    return merging.change(rows.filter(pk__in=go), "organisation", merging.survivor.pk)


moves("parties.Group.lead", _("牵头的集团"))


@handles("parties.Group.members", _("加入的集团"), why=_("合并不使任何机构归入集团：改为邀请保留的机构加入"))
def _groups_joined(merging: Merging, rows: models.QuerySet[Any]) -> int:
    groups = list(rows.values_list("pk", flat=True))
    dropped = merging.drop(Group.members.through.objects.filter(organisation_id=merging.loser.pk))
    _invite(merging, groups)
    return dropped


@handles("parties.Group.invited", _("收到的集团邀请"), why=_("改为邀请保留的机构"))
def _groups_invited(merging: Merging, rows: models.QuerySet[Any]) -> int:
    groups = list(rows.values_list("pk", flat=True))
    dropped = merging.drop(Group.invited.through.objects.filter(organisation_id=merging.loser.pk))
    _invite(merging, groups)
    return dropped


def _invite(merging: Merging, groups: list[int]) -> None:
    survivor = merging.survivor.pk
    joined = set(Group.objects.filter(pk__in=groups, members=survivor).values_list("pk", flat=True))
    asked = set(Group.objects.filter(pk__in=groups, invited=survivor).values_list("pk", flat=True))
    led = set(Group.objects.filter(pk__in=groups, lead=survivor).values_list("pk", flat=True))
    through = Group.invited.through
    for key in groups:
        if key not in joined | asked | led:
            merging.made(through.objects.create(group_id=key, organisation_id=survivor))


@handles("parties.OrganisationName.organisation", _("其他名称"))
def _names(merging: Merging, rows: models.QuerySet[Any]) -> int:
    known = {merging.survivor.name_zh, *merging.survivor.names.values_list("text", flat=True)}
    return merging.change(rows.exclude(text__in=known), "organisation", merging.survivor.pk)
