"""The process of an order: accepted, samples in, results, second person, signatory, report, delivery.

A report that turns out to be wrong is amended: the order goes round once more, and ends in a further report that
names the first and replaces it (ISO/IEC 17025 7.8.8). Until then the first stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.amending import same_results, subject_of
from quanheng.domains.testing.models import Order, Quote
from quanheng.domains.testing.queries import results_of
from quanheng.domains.testing.statement import items_of, result_notes
from quanheng.kernel.attestations.credentials.credential import written
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.statements import Asked, keep_related, read_related
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State, Wait, states
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.parties.queries import may_sign
from quanheng.kernel.parties.roles import CLIENT_ROLES, Role
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.queries import incomplete_positions

CLIENT = Holds("case__client", *CLIENT_ROLES)
RECEPTION = Holds("case__handler", Role.OPERATOR, Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
OPERATOR = Holds("case__handler", Role.OPERATOR)
REVIEWER = Holds("case__handler", Role.REVIEWER)
SIGNATORY = Holds("case__handler", Role.SIGNATORY)
# Who answers for what was issued.
AMENDER = Holds("case__handler", Role.SIGNATORY, Role.QUALITY_MANAGER)

BOTH = ("case__client", "case__handler")
# Accepted, and no report yet.
UNDER_WAY = states("accepted", "working", "in_review", "for_decision")


def _samples_in_hand(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    # Through the relation: a page that has read the samples asks no further query.
    if any(sample.state in Sample.DETERMINED_ON for sample in order.case.samples.all()):
        return None
    return _("尚未登记收到样品，不能录入或提交结果。请先办理收样。")


def _results_complete(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    read = _read(order)
    missing = incomplete_positions(order.case_id) if read is None else [one.position for one in read if not one.verdict]
    if not missing:
        return None
    rows = listed(str(position) for position in missing[:10])
    return filled(_("第 %(rows)s 项结果尚未录入完整，请补齐后再提交。"), rows=rows)


def _read(order: Order) -> Sequence[Result] | None:
    """The planned results where a page has read them already: its guards then ask no further query."""
    known = "results" in getattr(order.case, "_prefetched_objects_cache", {})
    return list(order.case.results.all()) if known else None


def read_results(order: Order) -> Sequence[Result]:
    """An order's results with all that is shown, checked and reported of them, read once for all who ask."""
    known = _read(order)
    if known is None:
        known = results_of(order.case_id)
        keep_related(order.case, "results", known)
    return known


_OPERATORS = Asked(lambda case: Result.objects.filter(case=case).order_by().values_list("operator_id", flat=True))


def _determined_by(actor: Actor, order: Order) -> bool:
    if actor.person_id is None:
        return False
    read = _read(order)
    operators = _OPERATORS(order.case_id) if read is None else [one.operator_id for one in read]
    return actor.person_id in operators


def _second_person(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """ISO/IEC 17025 7.8.1.1: results are reviewed and authorised before release, by somebody else."""
    if _determined_by(actor, order):
        return _("审核人不能审核自己录入的结果，请由本机构另一名审核人员办理。")
    return None


def _not_the_operator(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    read_results(order)  # what follows looks at all of them
    if _determined_by(actor, order):
        return _("签发人不能签发自己录入的结果，请由本机构另一名授权签字人办理。")
    return None


def _field_of(order: Order) -> str:
    read_related(order, "family")
    return order.family.code if order.family else order.activity


def _authorised(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """SAMR Order 39, Article 11: only an authorised signatory signs, within the authorised field."""
    if actor.person_id is None or may_sign(
        actor.person_id, order.case.handler_id or 0, _field_of(order), timezone.localdate()
    ):
        return None
    return _("您的授权签字领域不含本单所属领域，或授权已过期。请由有相应授权的签字人签发。")


_SCOPE = (
    *("provider_id", "item__name_zh", "scope_line__valid_from", "scope_line__valid_until"),
    *("scope_line__recognition__state", "scope_line__recognition__valid_until"),
)


_SCOPE_OF_CASE = Asked(lambda case: Result.objects.filter(case=case).order_by("position").values_list(*_SCOPE))


def _scope_of(result: Result) -> tuple[Any, ...]:
    """The same of a result that was read with its scope line."""
    line = result.scope_line
    if line is None:
        return result.provider_id, result.item.name_zh, None, None, None, None
    held = line.recognition
    return result.provider_id, result.item.name_zh, line.valid_from, line.valid_until, held.state, held.valid_until


def _in_scope(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """No report beyond the recognised scope: every planned result has a scope line valid today."""
    return out_of_scope(order)


def out_of_scope(order: Order) -> Any | None:
    """Why an order is beyond what its institution may do today; None where it is not."""
    today = timezone.localdate()
    read = _read(order)
    rows = _SCOPE_OF_CASE(order.case_id) if read is None else map(_scope_of, read)
    for provider, item, first, last, state, recognised in rows:
        if provider:
            continue  # whoever determines it has its own scope
        if first is None or not (first <= today <= last):
            why = _("能力范围已过期")
        elif state != "valid" or recognised < today:
            why = _("所依据的资质已暂停、撤销或过期")
        else:
            continue
        return filled(
            _(
                "“%(item)s”超出本机构当前能力范围（%(why)s），不能继续。请谢绝、分包该项目，或说明无法完成，由委托方改派。"
            ),
            item=item,
            why=why,
        )
    return None


_STANDING = (Attestation.State.ISSUED, Attestation.State.SUSPENDED)


def _report_stands(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """A report that was withdrawn or replaced is not amended."""
    if order.attestation is not None and order.attestation.state in _STANDING:
        return None
    return _("报告已撤销或已被代替，不能更正。")


def _still_stands(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """What was withdrawn while it was being amended is not replaced."""
    if order.amendment_reason and _report_stands(actor, order, arguments):
        return _("原报告已撤销，不能再签发更正报告。请退回修改，再放弃更正。")
    return None


def _under_amendment(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    return None if order.amendment_reason else _("该任务单没有正在更正的报告。")


def _as_reported(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """The results are those of the report that will stand (unless it is withdrawn): what was found wrong is told."""
    assert order.attestation is not None  # whoever amends has a report
    if order.attestation.state == Attestation.State.WITHDRAWN:
        return None
    results = read_results(order)
    notes = [*result_notes(results), *([order.conclusion] if order.conclusion else [])]
    if same_results(subject_of(order.attestation), written(items_of(results)), notes):
        return None
    return _("结果已与原报告不同，不能放弃更正。请签发更正后的报告；录入有误的，请先由检测人员改回原值。")


def _subcontracts_settled(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """What another institution is still at work on is not left behind."""
    if order.subcontracts.filter(case__closed_at=None).exists():
        return _("还有分包项目在办理，请等待分包方交付或撤回分包。")
    return None


def _no_report_yet(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """Work that has led to a report does not come to nothing: that report is amended or withdrawn."""
    return _("该任务单已有报告，不能终止。请更正或放弃更正。") if order.attestation_id else None


def _quote_valid(actor: Actor, order: Order, arguments: dict[str, Any]) -> Any | None:
    """Terms bind whoever offered them until their day."""
    # Through the relation, as above.
    quote = next((one for one in order.quotes.all() if one.state == Quote.State.OPEN), None)
    if quote is not None and quote.valid_until >= timezone.localdate():
        return None
    return _("报价已过有效期，不能接受。请退回报价，由机构重新报价或按原条件接受。")


ORDER = Process(
    name="testing.order",
    label=_("任务单"),
    model="testing.Order",
    path="/orders/{uid}/",
    prefix="RW",
    initial="offered",
    states=(
        State("offered", _("待接受"), Wait("handler", Role.OPERATOR)),
        State("quoted", _("待答复报价"), Wait("client", Role.MEMBER)),
        State("accepted", _("待收样"), Wait("client", Role.MEMBER)),
        State("working", _("检测中"), Wait("handler", Role.OPERATOR)),
        State("in_review", _("待审核"), Wait("handler", Role.REVIEWER)),
        State("for_decision", _("待签发"), Wait("handler", Role.SIGNATORY)),
        State("issued", _("待交付"), Wait("handler", Role.OPERATOR)),
        State("delivered", _("已交付"), final=True),
        State("declined", _("已谢绝"), final=True, good=False),
        State("cancelled", _("已取消"), final=True, good=False),
        State("failed", _("未能完成"), final=True, good=False),
    ),
    moves=(
        Move(
            "accept",
            _("接受委托"),
            states("offered"),
            "accepted",
            RECEPTION,
            guards=(Guard("scope", _in_scope),),
            tells=BOTH,
            primary=True,
        ),
        Move(
            "quote",
            _("另行报价"),
            states("offered", "quoted"),
            "quoted",
            RECEPTION,
            guards=(Guard("scope", _in_scope),),
            tells=BOTH,
        ),
        Move(
            "accept_quote",
            _("接受报价"),
            states("quoted"),
            "accepted",
            CLIENT,
            guards=(Guard("quote-valid", _quote_valid), Guard("scope", _in_scope)),
            tells=BOTH,
            primary=True,
        ),
        Move("refuse_quote", _("不接受报价"), states("quoted"), "offered", CLIENT, tells=BOTH),
        Move("decline", _("谢绝委托"), states("offered", "quoted"), "declined", RECEPTION, tells=BOTH),
        Move("cancel", _("取消委托"), states("offered", "quoted", "accepted"), "cancelled", CLIENT, tells=BOTH),
        Move("receive", _("登记收样"), states("accepted"), "working", RECEPTION, tells=BOTH, primary=True),
        Move("refuse_samples", _("拒收样品"), states("accepted"), None, RECEPTION, tells=BOTH),
        Move(
            "enter",
            _("录入结果"),
            states("working"),
            None,
            OPERATOR,
            guards=(Guard("samples", _samples_in_hand),),
            primary=True,
        ),
        Move(
            "report_loss",
            _("样品遗失或损坏"),
            states("working"),
            "accepted",
            RECEPTION,
            guards=(Guard("samples", _samples_in_hand, hides=True), Guard("no-report", _no_report_yet, hides=True)),
            tells=BOTH,
        ),
        Move(
            "postpone",
            _("变更承诺日期"),
            UNDER_WAY,
            None,
            RECEPTION,
            guards=(Guard("no-report", _no_report_yet, hides=True),),
            tells=BOTH,
        ),
        Move(
            "give_up",
            _("无法完成"),
            UNDER_WAY,
            "failed",
            RECEPTION,
            guards=(Guard("no-report", _no_report_yet, hides=True),),
            tells=BOTH,
        ),
        Move(
            "withdraw",
            _("终止任务单"),
            UNDER_WAY - states("accepted"),
            "cancelled",
            CLIENT,
            guards=(Guard("no-report", _no_report_yet, hides=True),),
            tells=BOTH,
        ),
        Move(
            "submit",
            _("提交审核"),
            states("working"),
            "in_review",
            OPERATOR,
            guards=(
                Guard("samples", _samples_in_hand),
                Guard("complete", _results_complete),
                Guard("subcontracts", _subcontracts_settled),
            ),
        ),
        Move(
            "return_for_correction",
            _("退回修改"),
            states("in_review", "for_decision"),
            "working",
            REVIEWER | SIGNATORY,
            internal=True,
        ),
        Move(
            "review",
            _("审核通过"),
            states("in_review"),
            "for_decision",
            REVIEWER,
            guards=(Guard("second-person", _second_person),),
            primary=True,
        ),
        Move(
            "issue",
            _("签发报告"),
            states("for_decision"),
            "issued",
            SIGNATORY,
            guards=(
                Guard("authorised", _authorised),
                Guard("second-person", _not_the_operator),
                Guard("scope", _in_scope),
                Guard("still-stands", _still_stands),
            ),
            tells=BOTH,
            primary=True,
        ),
        Move("deliver", _("交付报告"), states("issued"), "delivered", RECEPTION, tells=BOTH, primary=True),
        Move(
            "amend",
            _("更正报告"),
            states("issued", "delivered"),
            "working",
            AMENDER,
            guards=(Guard("report-stands", _report_stands),),
            tells=BOTH,
            reopens=True,
        ),
        Move(
            "abandon_amendment",
            _("放弃更正"),
            states("working"),
            "delivered",
            AMENDER,
            guards=(Guard("under-amendment", _under_amendment, hides=True), Guard("as-reported", _as_reported)),
            tells=BOTH,
        ),
    ),
    clocks=(
        ClockSpec("quote_answer", _("报价答复时限"), states("quoted"), rule="one_stop.quote_answer"),
        ClockSpec("acceptance", _("接受时限"), states("offered"), rule="one_stop.order_acceptance"),
        ClockSpec("sample_delivery", _("送样时限"), states("accepted"), rule="one_stop.sample_delivery"),
        ClockSpec(
            "work", _("约定工期"), states("working"), agreed="days", pauses_in=states("in_review", "for_decision")
        ),
        ClockSpec("review", _("审核时限"), states("in_review"), rule="one_stop.review"),
        ClockSpec("decision", _("签发时限"), states("for_decision"), rule="one_stop.decision"),
        ClockSpec("delivery", _("交付时限"), states("issued"), rule="one_stop.delivery"),
    ),
)
