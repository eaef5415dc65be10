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
    "attestations.reinstate": ("attestations.Attestation", {"lab": "signatory quality_manager", **OVER_LAB}),
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
    "competence.recognition.cancel": ("competence.Recognition", LAB_ADMIN),
    "competence.recognition.register": ("parties.Organisation", OVER_LAB),
    "competence.recognition.reinstate": ("competence.Recognition", OVER_LAB),
    "competence.recognition.suspend": ("competence.Recognition", OVER_LAB),
    "competence.recognition.withdraw": ("competence.Recognition", OVER_LAB),
    "competence.scope.add": ("competence.Recognition", LAB_STEWARDS),
    "competence.scope.change": ("competence.ScopeLine", LAB_STEWARDS),
    "competence.scope.end": ("competence.ScopeLine", LAB_STEWARDS),
    "competence.scope.load": ("parties.Organisation", LAB_STEWARDS),
    "objects.instrument.calibrate": ("objects.Instrument", {"lab": RECEPTION}),
    "objects.instrument.load": ("parties.Organisation", {"lab": f"member {RECEPTION}"}),
    "objects.instrument.register": ("parties.Organisation", {"lab": f"member {RECEPTION}"}),
    "objects.instrument.release": ("objects.Instrument", LAB_STEWARDS),
    "objects.instrument.stop": ("objects.Instrument", {"lab": f"member {RECEPTION}"}),
    "objects.product.load": ("enterprise", CLIENT),
    "objects.product.register": ("enterprise", CLIENT),
    "opendata.release.ask": ("opendata.Feed", REGULATORS_ADMINISTRATORS),
    "opendata.release.make": ("opendata.Feed", NOBODY),
    "parties.account.send_password_link": ("parties.Membership", LAB_ADMIN),
    "parties.account.unlock": ("parties.Membership", LAB_ADMIN),
    "parties.group.create": ("parties.Organisation", LAB_ADMIN),
    "parties.group.invite": ("parties.Group", {"client's lead": "administrator"}),
    "parties.group.join": ("parties.Organisation", LAB_ADMIN),
    "parties.group.leave": ("parties.Organisation", LAB_ADMIN),
    "parties.group.remove": ("parties.Group", {"client's lead": "administrator"}),
    "parties.organisation.appoint_administrator": ("parties.Organisation", REGISTRARS),
    "parties.organisation.change": ("parties.Organisation", LAB_ADMIN),
    "parties.organisation.correct": ("parties.Organisation", REGISTRARS),
    "parties.organisation.register": ("region.Region", REGISTRARS),
    "parties.person.change": ("parties.Person", THE_OPERATOR),
    "parties.person.register": ("parties.Organisation", LAB_ADMIN),
    "parties.role.end": ("parties.Membership", LAB_ADMIN),
    "parties.role.grant": ("parties.Organisation", LAB_ADMIN),
    "parties.signatory.authorise": ("parties.Organisation", LAB_ADMIN),
    "parties.signatory.withdraw": ("parties.SignatoryField", LAB_STEWARDS),
    "parties.token.issue": ("parties.Person", THE_OPERATOR),
    "parties.token.revoke": ("parties.ApiToken", THE_ADMINISTRATOR),
    "requirements.standard.register": ("regulator", {"city": "case_officer"}),
    "requirements.standard.replace": ("requirements.Standard", KEEPERS),
    "requirements.standard.withdraw": ("requirements.Standard", KEEPERS),
    "services.commission.close": ("services.Commission", CLIENT),
    "services.commission.complete": ("services.Commission", NOBODY),
    "services.commission.replace_order": ("services.Commission", CLIENT),
    "services.need.revise": ("services.Need", CLIENT),
    "services.need.state": ("enterprise", CLIENT),
    "services.order.rate": ("order case", CLIENT),
    "services.plan.choose": ("services.Plan", CLIENT),
    "services.plan.confirm": ("services.Plan", CLIENT),
    "services.plan.propose": ("services.Need", CLIENT),
    "signals.settle": ("signals.Signal", OVER_LAB),
    "testing.order.accept": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.cancel": ("testing.Order", CLIENT),
    "testing.order.decline": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.deliver": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.enter": ("testing.Order", {"lab": "operator"}),
    "testing.order.issue": ("testing.Order", {"lab": "signatory"}),
    "testing.order.place": ("commission case", CLIENT),
    "testing.order.receive": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.refuse_samples": ("testing.Order", {"lab": RECEPTION}),
    "testing.order.return_for_correction": ("testing.Order", {"lab": "reviewer signatory"}),
    "testing.order.review": ("testing.Order", {"lab": "reviewer"}),
    "testing.order.submit": ("testing.Order", {"lab": "operator"}),
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
    "competence.Recognition": EVERYBODY,
    "competence.ScopeLine": EVERYBODY,
    "objects.Instrument": {**ALL_OF_LAB, **OVER_LAB},
    "objects.Product": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "objects.Sample": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "opendata.Change": NOBODY,
    "opendata.Feed": EVERYBODY,
    "opendata.Release": EVERYBODY,
    "opendata.Touched": NOBODY,
    "parties.ApiToken": THE_ADMINISTRATOR,
    "parties.Group": {"client's lead": EVERY_ROLE},
    "parties.Membership": {**ALL_OF_LAB, **OVER_LAB},
    "parties.Organisation": EVERYBODY,
    "parties.Person": THE_OPERATOR,
    "parties.SignatoryField": {**ALL_OF_LAB, **OVER_LAB},
    "parties.Usage": NOBODY,
    "region.Region": EVERYBODY,
    "requirements.Item": EVERYBODY,
    "requirements.ProductFamily": EVERYBODY,
    "requirements.Requirement": EVERYBODY,
    "requirements.Standard": EVERYBODY,
    "results.Result": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "services.Commission": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.Need": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.Plan": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.PlanLine": {**ALL_OF_CLIENT, **OVER_CLIENT},
    "services.Rating": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
    "signals.Signal": {**ALL_OF_CLIENT, **OVER_LAB},
    "testing.Order": {**ALL_OF_CLIENT, **ALL_OF_LAB, **OVER_LAB},
}

# The rows that belong to a person follow nobody into a group.
PERSONAL = {"parties.Person", "parties.ApiToken"}


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
