"""Watching the scopes that work under way rests on: both sides are told when one is lost, and when it is back."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import BOTH, ORDER, UNDER_WAY, out_of_scope
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.results.models import Result


@act("testing.order.lose_scope", on=Order, label=_("机构能力失效"), may=PlatformOnly(), tells=BOTH)
def lose_scope(actor: Actor, order: Order) -> Order:
    """What the order rests on is not valid any more: no report can be issued, and the client may leave at no cost."""
    order.scope_lost_on = timezone.localdate()
    order.save(update_fields=["scope_lost_on"])
    remark(why=str(out_of_scope(order) or ""))
    return order


@act("testing.order.regain_scope", on=Order, label=_("机构能力恢复"), may=PlatformOnly(), tells=BOTH)
def regain_scope(actor: Actor, order: Order) -> Order:
    """The scope is valid again (a suspension was lifted, a recognition renewed): the work goes on."""
    order.scope_lost_on = None
    order.save(update_fields=["scope_lost_on"])
    return order


def watch_scopes() -> tuple[int, int]:
    """Find orders under way whose scope was lost, or is back, since the last look; their numbers."""
    today = timezone.localdate()
    gone = (
        ~Q(scope_line__recognition__state=Recognition.State.VALID)
        | Q(scope_line__recognition__valid_until__lt=today)
        | Q(scope_line__valid_until__lt=today)
    )
    # What somebody else determines rests on that one's scope.
    beyond = Result.objects.filter(gone, provider=None, case__closed_at=None, case__process=ORDER.name).values(
        "case_id"
    )
    under_way = Order.objects.filter(case__closed_at=None, case__state__in=UNDER_WAY, attestation=None)
    lost = list(under_way.filter(scope_lost_on=None, pk__in=beyond))
    back = list(under_way.exclude(scope_lost_on=None).exclude(pk__in=beyond))
    for order in lost:
        lose_scope(Actor.platform(), order)
    for order in back:
        regain_scope(Actor.platform(), order)
    return len(lost), len(back)
