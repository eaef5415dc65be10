"""How a complaint or an objection stands, in words: who waits until when, and what it changes in time and money."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.html import last_moment, local, yuan
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case

_name = lazy(local, str)

_COMPLAINT = {
    "open": _("等待%(institution)s在 %(due)s 前答复。投诉不影响任务单的工期和价格。"),
    "answered": _(
        "%(institution)s已答复，等待%(client)s在 %(due)s 前表态：接受、追问一次，或以未解决结束。"
        "到期未表态的，投诉自动结束。"
    ),
    "settled": _("%(client)s接受了答复，投诉已解决。"),
    "unresolved": _(
        "双方未能解决。%(client)s可以向市场监管部门投诉举报（电话或平台 %(hotline)s）；"
        "当地监管部门在其投诉登记册中能看到本投诉。"
    ),
    "lapsed": _("%(client)s在期限内没有表态，投诉自动结束。仍有问题的，可以拨打 %(hotline)s。"),
    "withdrawn": _("%(client)s撤回了投诉。"),
}
_OBJECTION = {
    "raised": _(
        "等待%(institution)s在 %(due)s 前答复：认可异议并更正报告，或维持结果并说明理由。"
        "此前报告仍然有效；提出异议不收费。"
    ),
    "answered": _(
        "%(institution)s维持结果。等待%(client)s在 %(due)s 前决定：接受，或请其他机构复测（另行计价、计时，"
        "费用先由委托方支付，最后由复测结果不利的一方承担）。到期未决定的，原结果维持。"
    ),
    "lost": _(
        "复测任务单 %(retest)s 未能进行。等待%(client)s在 %(due)s 前另选机构复测，或接受原结果。"
        "到期未决定的，原结果维持。"
    ),
    "retesting": _(
        "%(elsewhere)s正在复测（任务单 %(retest)s，%(price)s 元，约定 %(days)s 个工作日）。"
        "复测报告交付后，平台当即比对判定；此前报告仍然有效，复测费先由%(client)s支付。"
    ),
    "conceded": _("%(institution)s认可异议，正在更正报告，期限到 %(due)s。更正不收费；更正后的报告签发时异议办结。"),
    "contradicted": _(
        "复测推翻了原结果。等待%(institution)s在 %(due)s 前更正或撤销报告 %(report)s；"
        "复测费 %(price)s 元由%(institution)s承担，应付还%(client)s。当地监管部门已收到信号。"
    ),
    "rejudged": _(
        "判定所依据的报告已更正或撤销，平台按现有报告重新判定：%(proposed)s（原判定：%(outcome)s）。"
        "等待%(institution)s或%(client)s在 %(due)s 前确认，到期自动生效；复测费随新判定结算。"
    ),
    "unjudged": _(
        "复测报告 %(judged)s 已撤销，判定失去依据。等待%(client)s在 %(due)s 前另选机构复测，或接受原结果。"
        "到期未决定的，原结果维持。"
    ),
    "accepted": _("%(client)s接受了原结果，报告 %(report)s 有效。"),
    "confirmed": _("复测没有推翻原结果，报告 %(report)s 有效。复测费 %(price)s 元由提出异议的%(client)s承担。"),
    "corrected": _("报告 %(report)s 已被更正后的报告代替，或已撤销。"),
    "paid": _(
        "报告 %(report)s 已被更正后的报告代替，或已撤销。复测费 %(price)s 元由%(institution)s承担，应付还%(client)s。"
    ),
    "lapsed": _("%(client)s在期限内没有决定，原结果维持，报告 %(report)s 有效。"),
    "withdrawn": _("%(client)s撤回了异议，报告 %(report)s 有效。"),
}


def _sides(case: Case) -> dict[str, Any]:
    return {
        "client": _name(case.client),
        "institution": _name(case.handler),
        "due": last_moment(case.due_at) if case.due_at else "—",
    }


def complaint_told(complaint: Complaint) -> Any:
    """The sentence of a complaint's state, lazily."""
    hotline = settings.PACK["deployment"]["hotline"]
    return filled(_COMPLAINT[complaint.case.state], hotline=hotline, **_sides(complaint.case))


def objection_told(objection: Objection) -> Any:
    """The sentence of an objection's state, lazily; ``retest`` and its case are read where there is one."""
    facts = _sides(objection.case) | {"report": objection.report.number}
    if objection.retest is not None:
        facts |= {
            "retest": objection.retest.case.number,
            "elsewhere": _name(objection.retest.case.handler),
            "price": yuan(objection.retest.price_cents),
            "days": objection.retest.days,
        }
    if objection.retest_judged is not None:
        facts["judged"] = objection.retest_judged.number
    if objection.outcome == Objection.Outcome.CONFIRMED and objection.first_judged is not None:
        facts["report"] = objection.first_judged.number
    facts |= {"outcome": objection.get_outcome_display(), "proposed": objection.get_proposed_display()}
    return filled(_OBJECTION[_shade(objection)], **facts)


def marks(objection: Objection) -> list[Any]:
    """What has become of the reports that the objection speaks of since it came to stand as it does; lazily.

    Told at once, whatever the platform will make of it: nobody reads a judgement as good whose reports stand no more.
    """
    state, found = objection.case.state, []
    first = objection.first_judged or objection.report
    fell = state in ("correcting", "corrected")  # where the first report is to be amended, or was
    for report in (None if fell else first, objection.retest_judged):
        if report is not None and report.state != Attestation.State.ISSUED:
            told = _("报告 %(number)s 现为“%(state)s”，以它为依据的内容可能不再成立。")
            found.append(filled(told, number=report.number, state=report.get_state_display()))
    amended = [objection.retest] if objection.retest_judged_id else []
    amended += [objection.order] if objection.outcome == Objection.Outcome.CONFIRMED else []
    for order in amended:
        if order is not None and order.amendment_reason:
            told = _("任务单 %(number)s 的报告正在更正；新报告签发后，平台重新判定。")
            found.append(filled(told, number=order.case.number))
    return found


def _shade(objection: Objection) -> str:
    """The state, told apart by what led to it."""
    state, outcome = objection.case.state, objection.outcome
    if state == "correcting":
        return outcome
    if state == "answered" and outcome == Objection.Outcome.UNJUDGED:
        return "unjudged"
    if state == "answered" and objection.retest_id is not None:
        return "lost"
    if state == "corrected" and outcome == Objection.Outcome.CONTRADICTED:
        return "paid"
    return state
