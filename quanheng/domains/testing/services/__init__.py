"""The acts on an order, one function for each move of its process."""

from quanheng.domains.testing.services.deciding import (
    Signed,
    abandon_amendment,
    amend_report,
    deliver_report,
    issue_report,
    issue_reports,
)
from quanheng.domains.testing.services.placing import Ordered, announce, place_order
from quanheng.domains.testing.services.refunding import (
    confirm_settlement,
    miss_settlement,
    pay_settlement,
    settle_retest,
)
from quanheng.domains.testing.services.settling import bill_order, confirm_payment, miss_payment, pay_order
from quanheng.domains.testing.services.subcontracting import (
    agree_subcontract,
    propose_subcontract,
    refuse_subcontract,
    withdraw_subcontract,
)
from quanheng.domains.testing.services.terms import (
    accept_order,
    accept_quote,
    cancel_order,
    decline_order,
    give_up_order,
    postpone_order,
    quote_order,
    refuse_quote,
    withdraw_order,
)
from quanheng.domains.testing.services.watching import watch_scopes
from quanheng.domains.testing.services.working import (
    enter_results,
    receive_samples,
    refuse_samples,
    report_loss,
    return_for_correction,
    review_results,
    submit_results,
)

__all__ = [
    "Ordered",
    "Signed",
    "abandon_amendment",
    "accept_order",
    "accept_quote",
    "agree_subcontract",
    "amend_report",
    "announce",
    "bill_order",
    "cancel_order",
    "confirm_payment",
    "confirm_settlement",
    "decline_order",
    "deliver_report",
    "enter_results",
    "give_up_order",
    "issue_report",
    "issue_reports",
    "miss_payment",
    "miss_settlement",
    "pay_order",
    "pay_settlement",
    "place_order",
    "postpone_order",
    "propose_subcontract",
    "quote_order",
    "receive_samples",
    "refuse_quote",
    "refuse_samples",
    "refuse_subcontract",
    "report_loss",
    "return_for_correction",
    "review_results",
    "settle_retest",
    "submit_results",
    "watch_scopes",
    "withdraw_order",
    "withdraw_subcontract",
]
