"""Until when an order may be complained of, and its report objected to; why not, where it may not.

``now`` is the edition of the rule table, where it was asked already.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.running import Edition, last_day

COMPLAINT_WINDOW, OBJECTION_WINDOW = "one_stop.complaint_window", "one_stop.objection_window"


def why_no_complaint(order: Order, now: Edition | None = None) -> Any | None:
    """Why nobody complains of the order any more; None while it runs and until its window ends."""
    if order.case.closed_at is None:
        return None
    until = last_day(COMPLAINT_WINDOW, order.case.closed_at, now)
    if timezone.localdate() <= until:
        return None
    return filled(_("任务单的投诉期已于 %(day)s 结束。可以直接向市场监管部门反映。"), day=until)


def why_no_objection(order: Order, now: Edition | None = None) -> Any | None:
    """Why nobody objects to the order's report now; None once it is issued and until its window ends."""
    report = order.attestation
    if report is None:
        return _("还没有签发报告，签发后才能提出异议。服务方面的问题可以投诉。")
    if order.amendment_reason or order.case.state not in ("issued", "delivered"):
        return _("报告正在更正，请等更正后的报告签发；对新报告仍可提出异议。")
    if report.state not in (Attestation.State.ISSUED, Attestation.State.SUSPENDED):
        return _("报告已撤销或已被代替，不必提出异议。")
    if order.case.parent is not None and order.case.parent.process == "disputes.objection":
        return _("这是异议的复测，以平台的比对判定为准，不再另行异议。仍有争议的，请向市场监管部门反映。")
    if order.case.closed_at is None:
        return None
    until = last_day(OBJECTION_WINDOW, order.case.closed_at, now)
    if timezone.localdate() <= until:
        return None
    return filled(_("报告的异议期已于 %(day)s 结束。"), day=until)
