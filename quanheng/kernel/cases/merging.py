"""Cases stay with the party that they were opened for; a handler completes its own first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.absorbing import Merging, check, stays

_TRAIL = _("事项及其记录不改写；由保留机构的人员继续办理和查看")
stays("cases.Case.client", _("委托的事项"), why=_TRAIL)
stays("cases.Case.handler", _("承办的事项"), why=_TRAIL)
stays("cases.Case.waiting_on", _("待办的事项"), why=_TRAIL)


@check
def _nothing_in_hand(merging: Merging) -> Iterator[Any]:
    """Whoever handles a case measures, signs and answers for it under its own name."""
    open_cases = Case.objects.filter(handler=merging.loser, closed_at=None).order_by("id")
    numbers = list(open_cases.values_list("number", flat=True)[:4])
    if numbers:
        shown = listed([*numbers[:3], *(["…"] if len(numbers) > 3 else [])])
        yield filled(_("被并入的机构还在承办事项 %(numbers)s，请先办结或改派，或改为保留这一家。"), numbers=shown)
