"""What a token may be used for: a token acts within its scopes and its person's posts, whichever is less.

``TABLE`` says which scope an act belongs to, by the longest prefix of its name; an act that no line names belongs
to ``all``, so that a new one is out of reach of narrow tokens until somebody decides.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Denied
from quanheng.kernel.base.texts import filled

if TYPE_CHECKING:
    from quanheng.kernel.base.actor import Actor


class Scope(TextChoices):
    """What a token is for."""

    READ = "read", _("读取本人可见的记录")
    REGISTERS = "registers:write", _("维护登记册：机构信息、资质与能力、标准、设备、产品")
    ORDERS = "orders:write", _("办理业务：需求、方案、任务单、结果、报告、通知")
    IMPORTS = "imports", _("批量导入文件")
    ALL = "all", _("全部，与本人权限相同")


TABLE: tuple[tuple[str, Scope], ...] = (
    ("attestations.", Scope.ORDERS),
    ("audit.notice.", Scope.ORDERS),
    ("cases.", Scope.ORDERS),
    ("competence.", Scope.REGISTERS),
    ("imports.", Scope.IMPORTS),
    ("objects.", Scope.REGISTERS),
    ("opendata.", Scope.REGISTERS),
    ("parties.organisation.", Scope.REGISTERS),
    # It makes an account that may do everything in an organisation.
    ("parties.organisation.appoint_administrator", Scope.ALL),
    ("registers.", Scope.REGISTERS),
    ("requirements.", Scope.REGISTERS),
    ("results.", Scope.ORDERS),
    ("services.", Scope.ORDERS),
    ("signals.", Scope.ORDERS),
    ("testing.", Scope.ORDERS),
)


@functools.cache
def scope_of(act: str) -> Scope:
    """The scope that an act belongs to.

    >>> scope_of("testing.order.accept").value, scope_of("parties.role.grant").value
    ('orders:write', 'all')
    """
    fitting = [(len(prefix), scope) for prefix, scope in TABLE if act.startswith(prefix)]
    return max(fitting, key=lambda one: one[0])[1] if fitting else Scope.ALL


def require_scope(actor: Actor, scope: Scope) -> None:
    """Refuse whoever acts by a token without the scope, naming it. Without a token nothing is asked."""
    if actor.scopes is None or scope in actor.scopes:
        return
    raise Denied(
        filled(_("该令牌没有“%(scope)s”范围，请换用有此范围的令牌，或重新签发一个。"), scope=scope.value),
        code="missing-scope",
    )
