"""Who may do what, written down a second time from the roles' duties and not from the code.

An expectation names places of the scene and roles there. The rows of the scene belong to "client" (needs,
plans, commissions), to "lab" (scope, instruments, orders it handles, reports it issued) or to both.
"""

from __future__ import annotations

from quanheng.kernel.parties.roles import Role

Who = dict[str, str]

CLIENT_SIDE = "member quality_manager administrator"
RECEPTION = "operator quality_manager administrator"
OFFICERS = "case_officer district_officer"
EVERY_ROLE = " ".join(Role.values)

OVER_CLIENT = dict.fromkeys(("client's district", "city"), OFFICERS)
OVER_LAB = dict.fromkeys(("lab's district", "city"), OFFICERS)
CLIENT: Who = {"client": CLIENT_SIDE}
LAB_ADMIN: Who = {"lab": "administrator"}
LAB_STEWARDS: Who = {"lab": "quality_manager administrator"}
REGISTRARS: Who = dict.fromkeys(("lab's district", "city"), f"administrator {OFFICERS}")
# Registers that all regions share: any regulator's case officer keeps them.
KEEPERS: Who = dict.fromkeys(
    ("client's district", "lab's district", "other district", "city", "other province"), "case_officer"
)
# Open data belong to no region: any regulator's administrator may have a release made.
REGULATORS_ADMINISTRATORS: Who = dict.fromkeys(KEEPERS, "administrator")
NOBODY: Who = {}
# Acts on a person or a token are that person's own: in the scene the laboratory's operator and administrator.
THE_OPERATOR: Who = {"lab": "operator"}
THE_ADMINISTRATOR: Who = {"lab": "administrator"}

# act -> (the row of the scene that it is tried on, who may)
EXPECTED: dict[str, tuple[str, Who]] = {
    "attestations.load": ("region.Region", NOBODY),
    "attestations.reinstate": ("attestations.Attestation", {"lab": "signatory quality_manager", **OVER_LAB}),
    "attestations.supersede": ("attestations.Attestation", {"lab": "signatory"}),
    "attestations.suspend": ("attestations.Attestation", {"lab": "signatory quality_manager", **OVER_LAB}),
    "attestations.withdraw": ("attestations.Attestation", {"lab": "signatory quality_manager", **OVER_LAB}),
    "audit.webhook.change": ("audit.Webhook", LAB_ADMIN),
    "audit.webhook.register": ("parties.Organisation", LAB_ADMIN),
    "audit.webhook.test": ("audit.Webhook", LAB_ADMIN),
    "cases.escalate": ("cases.Case", NOBODY),
    "cases.recount": ("cases.Case", NOBODY),
    "cases.remind_100": ("cases.Case", NOBODY),
    "cases.remind_50": ("cases.Case", NOBODY),
    "cases.remind_80": ("cases.Case", NOBODY),
    "changes.approve": ("changes.Proposal", REGISTRARS),
    "changes.decline": ("changes.Proposal", REGISTRARS),
    "changes.propose": ("parties.Organisation", {"lab": EVERY_ROLE}),
    "changes.rule.switch": ("regulator", {"city": "administrator"}),
    "changes.take_back": ("changes.Proposal", {"city": "administrator"}),
    "competence.recognition.cancel": ("competence.Recognition", LAB_ADMIN),
    "competence.recognition.register": ("parties.Organisation", OVER_LAB),
    "competence.recognition.reinstate": ("competence.Recognition", OVER_LAB),
    "competence.recognition.suspend": ("competence.Recognition", OVER_LAB),
    "competence.recognition.withdraw": ("competence.Recognition", OVER_LAB),
    "competence.scope.add": ("competence.Recognition", LAB_STEWARDS),
    "competence.scope.change": ("competence.ScopeLine", LAB_STEWARDS),
    "competence.scope.end": ("competence.ScopeLine", LAB_STEWARDS),
    "competence.scope.load": ("parties.Organisation", LAB_STEWARDS),
    "disputes.complaint.ask_again": ("disputes.Complaint", CLIENT),
    "disputes.complaint.give_up": ("disputes.Complaint", CLIENT),
    "disputes.complaint.lapse": ("disputes.Complaint", NOBODY),
    "disputes.complaint.make": ("testing.Order", CLIENT),
    "disputes.complaint.reply": ("disputes.Complaint", LAB_STEWARDS),
    "disputes.complaint.settle": ("disputes.Complaint", CLIENT),
    "disputes.complaint.withdraw": ("disputes.Complaint", CLIENT),
    "disputes.objection.accept": ("disputes.Objection", CLIENT),
    "disputes.objection.ask_retest": ("disputes.Objection", CLIENT),
    "disputes.objection.close": ("disputes.Objection", {**CLIENT, **LAB_STEWARDS}),
    "disputes.objection.concede": ("disputes.Objection", {"lab": "signatory quality_manager"}),
    "disputes.objection.confirm": ("disputes.Objection", NOBODY),
    "disputes.objection.contradict": ("disputes.Objection", NOBODY),
    "disputes.objection.lapse": ("disputes.Objection", NOBODY),
    "disputes.objection.lose_retest": ("disputes.Objection", NOBODY),
    "disputes.objection.raise": ("testing.Order", CLIENT),
    "disputes.objection.uphold": ("disputes.Objection", LAB_STEWARDS),
    "disputes.objection.withdraw": ("disputes.Objection", CLIENT),
    "imports.commit": ("imports.Batch", LAB_STEWARDS),
    "imports.undo": ("imports.Batch", LAB_STEWARDS),
    "objects.instrument.calibrate": ("objects.Instrument", {"lab": RECEPTION}),
    "objects.instrument.change": ("objects.Instrument", {"lab": f"member {RECEPTION}"}),
    "objects.instrument.load": ("parties.Organisation", {"lab": f"member {RECEPTION}"}),
    "objects.instrument.register": ("parties.Organisation", {"lab": f"member {RECEPTION}"}),
    "objects.instrument.release": ("objects.Instrument", LAB_STEWARDS),
    "objects.instrument.retire": ("objects.Instrument", LAB_STEWARDS),
    "objects.instrument.stop": ("objects.Instrument", {"lab": f"member {RECEPTION}"}),
    "objects.product.change": ("objects.Product", CLIENT),
    "objects.product.load": ("enterprise", CLIENT),
    "objects.product.register": ("enterprise", CLIENT),
    "objects.product.retire": ("objects.Product", CLIENT),
    "objects.sample.dispose": ("objects.Sample", {"lab": RECEPTION}),
    "objects.sample.move": ("objects.Sample", {"lab": RECEPTION}),
    "objects.sample.return": ("objects.Sample", {"lab": RECEPTION}),
    "opendata.release.ask": ("opendata.Feed", REGULATORS_ADMINISTRATORS),
    "opendata.release.make": ("opendata.Feed", NOBODY),
    "parties.account.send_password_link": ("parties.Membership", LAB_ADMIN),
    "parties.account.unlock": ("parties.Membership", LAB_ADMIN),
    "parties.duplicate.dismiss": ("parties.DuplicatePair", REGISTRARS),
    "parties.group.create": ("parties.Organisation", LAB_ADMIN),
    "parties.group.invite": ("parties.Group", {"client's lead": "administrator"}),
    "parties.group.join": ("parties.Organisation", LAB_ADMIN),
    "parties.group.leave": ("parties.Organisation", LAB_ADMIN),
    "parties.group.remove": ("parties.Group", {"client's lead": "administrator"}),
    "parties.name.add": ("parties.Organisation", REGISTRARS),
    "parties.name.drop": ("parties.OrganisationName", REGISTRARS),
    "parties.organisation.appoint_administrator": ("parties.Organisation", REGISTRARS),
    "parties.organisation.change": ("parties.Organisation", LAB_ADMIN),
    "parties.organisation.correct": ("parties.Organisation", REGISTRARS),
    "parties.organisation.load": ("regulator", {"city": f"administrator {OFFICERS}"}),
    "parties.organisation.merge": ("parties.Organisation", REGISTRARS),
    "parties.organisation.register": ("region.Region", REGISTRARS),
    "parties.organisation.unmerge": ("parties.Merger", REGISTRARS),
    "parties.person.change": ("parties.Person", THE_OPERATOR),
    "parties.person.load": ("parties.Organisation", LAB_ADMIN),
    "parties.person.register": ("parties.Organisation", LAB_ADMIN),
    "parties.role.end": ("parties.Membership", LAB_ADMIN),
    "parties.role.grant": ("parties.Organisation", LAB_ADMIN),
    "parties.signatory.authorise": ("parties.Organisation", LAB_ADMIN),
    "parties.signatory.withdraw": ("parties.SignatoryField", LAB_STEWARDS),
    "parties.token.issue": ("parties.Person", THE_OPERATOR),
    "parties.token.revoke": ("parties.ApiToken", THE_ADMINISTRATOR),
    "registers.export.order": ("parties.Person", THE_OPERATOR),
    "registers.view.forget": ("registers.SavedView", THE_OPERATOR),
    "registers.view.save": ("parties.Person", THE_OPERATOR),
    "requirements.conflict.settle": ("requirements.Conflict", KEEPERS),
    "requirements.standard.adopt": ("requirements.Standard", KEEPERS),
    "requirements.standard.correct": ("requirements.Standard", KEEPERS),
    "requirements.standard.register": ("regulator", {"city": "case_officer"}),
    "requirements.standard.replace": ("requirements.Standard", KEEPERS),
    "requirements.standard.undo_replacement": ("requirements.Standard", KEEPERS),
    "requirements.standard.withdraw": ("requirements.Standard", KEEPERS),
    "requirements.watch.announced": ("requirements.Watch", NOBODY),
    "requirements.watch.begun": ("requirements.Watch", NOBODY),
    "requirements.watch.corrected": ("requirements.Watch", NOBODY),
    "requirements.watch.end": ("requirements.Watch", {"lab": "quality_manager"}),
    "requirements.watch.ended": ("requirements.Watch", NOBODY),
    "requirements.watch.start": ("parties.Person", THE_OPERATOR),
    "requirements.watch.start_for": ("parties.Organisation", {"lab": "quality_manager"}),
    "services.commission.close": ("services.Commission", CLIENT),
    "services.commission.complete": ("services.Commission", NOBODY),
    "services.commission.forgo_order": ("services.Commission", CLIENT),
    "services.commission.replace_order": ("services.Commission", CLIENT),
    "services.commission.replan_order": ("services.Commission", CLIENT),
    "services.need.revise": ("services.Need", CLIENT),
    "services.need.state": ("enterprise", CLIENT),
    "services.order.rate": ("order case", CLIENT),
    "services.plan.choose": ("services.Plan", CLIENT),
    "services.plan.confirm": ("services.Plan", CLIENT),
    "services.plan.propose": ("services.Need", CLIENT),
    "signals.settle": ("signals.Signal", OVER_LAB),
    "testing.order.abandon_amendment": ("testing.Order", {"lab": "signatory quality_manager"}),
    "testing.order.accept": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.accept_quote": ("testing.Order", CLIENT),
    "testing.order.amend": ("testing.Order", {"lab": "signatory quality_manager"}),
    "testing.order.bill": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.cancel": ("testing.Order", CLIENT),
    "testing.order.confirm_payment": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.decline": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.deliver": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.enter": ("testing.Order", {"lab": "operator"}),
    "testing.order.give_up": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.issue": ("testing.Order", {"lab": "signatory"}),
    "testing.order.miss_payment": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.pay": ("testing.Order", CLIENT),
    "testing.order.place": ("commission case", CLIENT),
    "testing.order.postpone": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.quote": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.receive": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.refuse_quote": ("testing.Order", CLIENT),
    "testing.order.refuse_samples": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.report_loss": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.return_for_correction": ("testing.Order", {"lab": "reviewer signatory"}),
    "testing.order.review": ("testing.Order", {"lab": "reviewer"}),
    "testing.order.submit": ("testing.Order", {"lab": "operator"}),
    "testing.order.withdraw": ("testing.Order", CLIENT),
}

ALL_OF_CLIENT: Who = {"client": EVERY_ROLE}
ALL_OF_LAB: Who = {"lab": EVERY_ROLE}
EVERYBODY = "everybody"

# model -> who sees the row of the scene; EVERYBODY: visitors too.
SEEN: dict[str, Who | str] = {
    "attestations.Attestation": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "attestations.IssuerKey": NOBODY,
    "audit.Delivery": LAB_ADMIN,
    "audit.Entry": NOBODY,
    "audit.Head": NOBODY,
    "audit.Notice": ALL_OF_LAB,
    "audit.Webhook": LAB_ADMIN,
    "cases.Case": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "cases.Clock": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "cases.Holiday": EVERYBODY,
    "cases.Rule": EVERYBODY,
    "cases.Series": NOBODY,
    "changes.Proposal": REGISTRARS,
    "changes.Switch": EVERYBODY,
    "competence.Recognition": EVERYBODY,
    "competence.ScopeLine": EVERYBODY,
    "disputes.Complaint": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "disputes.DisputedItem": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "disputes.Objection": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "imports.Batch": LAB_STEWARDS,
    "imports.Block": LAB_STEWARDS,
    "imports.Matching": LAB_STEWARDS,
    "imports.StagedRow": LAB_STEWARDS,
    "objects.Instrument": {**ALL_OF_LAB, **OVER_LAB},
    "objects.Product": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "objects.HandOver": {**ALL_OF_LAB, **OVER_LAB},
    "objects.Sample": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "opendata.Change": NOBODY,
    "opendata.Feed": EVERYBODY,
    "opendata.Release": EVERYBODY,
    "opendata.Touched": NOBODY,
    "parties.ApiToken": THE_ADMINISTRATOR,
    "parties.DuplicatePair": REGISTRARS,
    "parties.Group": {"client's lead": EVERY_ROLE},
    "parties.Membership": {**ALL_OF_LAB, **OVER_LAB},
    "parties.Merger": REGISTRARS,
    "parties.Organisation": EVERYBODY,
    "parties.OrganisationName": EVERYBODY,
    "parties.Person": THE_OPERATOR,
    "parties.SignatoryField": {**ALL_OF_LAB, **OVER_LAB},
    "parties.Usage": NOBODY,
    "region.Region": EVERYBODY,
    "registers.Export": THE_OPERATOR,
    "registers.SavedView": THE_OPERATOR,
    "requirements.Classification": EVERYBODY,
    "requirements.Conflict": EVERYBODY,
    "requirements.Item": EVERYBODY,
    "requirements.ProductFamily": EVERYBODY,
    "requirements.Relation": EVERYBODY,
    "requirements.Requirement": EVERYBODY,
    "requirements.Standard": EVERYBODY,
    "requirements.StandardCode": EVERYBODY,
    "requirements.Watch": ALL_OF_LAB,
    "results.Result": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "search.Document": NOBODY,
    "services.Commission": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.Gap": {**ALL_OF_CLIENT, **dict.fromkeys(("client's district", "city"), f"{OFFICERS} planner")},
    "services.Need": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.Plan": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.PlanLine": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.Rating": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "signals.Signal": {**ALL_OF_CLIENT, **OVER_LAB},
    "testing.Order": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "testing.Quote": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "testing.Settlement": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
}

# The rows that belong to a person follow nobody into a group.
PERSONAL = {"parties.Person", "parties.ApiToken", "registers.Export", "registers.SavedView"}


def expects(who: Who, place: str, role: str, *, personal: bool = False) -> bool:
    """Whether somebody in ``role`` at ``place`` is among ``who``.

    The people of a group's lead act in its members; but whoever administers, measures, reviews, signs or answers for
    quality in the lead is an ordinary member there.
    """
    if role in who.get(place, "").split():
        return True
    if personal or not place.endswith("'s lead"):
        return False
    own = ("administrator", "quality_manager", "operator", "reviewer", "signatory")
    there = "member" if role in own else role
    return there in who.get(place.removesuffix("'s lead"), "").split()
