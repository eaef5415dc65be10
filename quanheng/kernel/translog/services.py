"""Choosing whose log is watched, and who watches this one."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.outbound import check_url
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, SignInNeeded
from quanheng.kernel.base.grants import Grant, Having, Holds
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import managed_by
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.models import NoteKey, Peer
from quanheng.kernel.translog.note import LOG, WITNESS, BadNote, Verifier

_KINDS = {Peer.Relation.WATCHED: LOG, Peer.Relation.WITNESS: WITNESS}
MOST = 50


def _operator(path: str) -> Grant:
    """An administrator of the regulator that runs the platform, at ``path`` of the row."""
    before = f"{path}__" if path else ""
    return (
        Having(f"{before}kind", "regulator")
        & Having(f"{before}region_code", settings.PACK["deployment"]["region"])
        & Holds(path, Role.ADMINISTRATOR)
    )


OPERATORS = _operator("")


def operated_by(actor: Actor) -> Organisation | None:
    """The regulator that runs the platform, for whoever administers it; None for everybody else."""
    return next((one for one in managed_by(actor) if OPERATORS.allows(actor, one)), None)


def operator_of(actor: Actor) -> Organisation:
    """As ``operated_by``; refuses everybody else."""
    found = operated_by(actor)
    if found is not None:
        return found
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    raise Denied(_("只有运行本平台的监管机构的管理员可以登记日志同伴。"))


@act("translog.peer.register", on=Organisation, label=_("登记日志同伴"), may=OPERATORS, tells=("",))
def register_peer(actor: Actor, operator: Organisation, *, role: str, key: str, url: str) -> Peer:
    """Watch the log of another platform (role "watched"), or name a platform that watches this one ("witness").

    ``key`` is the verifier key of its log, or of its witness. Raises Invalid, Conflict where it is registered already.
    """
    if role not in Peer.Relation.values:
        raise Invalid.field("role", _("关系请选“本平台见证其日志”或“为本平台日志作见证”。"))
    try:
        verifier = Verifier.read(key)
    except BadNote:
        raise Invalid.field("key", _("公钥不完整：请从对方的透明日志页整行复制（名称+编号+公钥）。")) from None
    if verifier.kind != _KINDS[Peer.Relation(role)]:
        raise Invalid.field(
            "key", _("公钥种类不对：见证其日志要日志公钥，作见证要见证公钥，两者在对方页面上分开列出。")
        )
    if verifier.public in (own.public for kind in NoteKey.Kind.values if (own := growing.verifier(kind))):
        raise Invalid.field("key", _("这是本平台自己的公钥：自己不能给自己作见证。"))
    url = url.strip().rstrip("/")
    if len(url) > 300:
        raise Invalid.field("url", _("地址最多 300 个字符，请缩短。"))
    check_url(url)
    active = Peer.objects.filter(active=True, role=role)
    if active.filter(key=str(verifier)).exists():
        raise Conflict(_("已登记同一公钥的日志同伴，无须重复登记。"))
    if active.count() >= MOST:
        raise Conflict(_("登记的日志同伴已达上限，请先停用不再需要的。"))
    return Peer.objects.create(organisation=operator, role=role, name=verifier.name, key=str(verifier), url=url)


@act("translog.peer.end", on=Peer, label=_("停用日志同伴"), may=_operator("organisation"), tells=("organisation",))
def end_peer(actor: Actor, peer: Peer, *, reason: str) -> Peer:
    """Watch it no more, or count its signatures no more. What it signed stays in the checkpoints."""
    need_reason(reason)
    if not peer.active:
        raise Conflict(_("该日志同伴已停用。"))
    peer.active = False
    peer.save(update_fields=["active"])
    return peer
