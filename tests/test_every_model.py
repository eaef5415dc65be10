"""Whatever is recorded can be looked up: every model has a register, or says here where else it is shown."""

from __future__ import annotations

from django.apps import apps

from quanheng.kernel.registers.declare import every_register

# model -> where its rows are read instead
ELSEWHERE = {
    "attestations.Follow": "/verify/following/, to whoever asked",
    "attestations.IssuerKey": "in the trust bundle, public halves only",
    "attestations.RetentionHold": "/r/{uid}, with how long its records are kept",
    "audit.Delivery": "/organisation/integrations/, below its webhook",
    "audit.Entry": "in the story of its case and the history of its row",
    "audit.Head": "./qh audit verify",
    "audit.Letter": "/organisation/mail/, those that failed",
    "audit.MailHead": "in the next letter",
    "audit.Mailbox": "/profile/mail/",
    "audit.Notice": "/notices/",
    "audit.Webhook": "/organisation/integrations/",
    "cases.Case": "/work/ and the page of its process",
    "cases.Clock": "at the head of its case",
    "cases.Holiday": "in the due date of every clock",
    "cases.Series": "in the numbers of cases and documents",
    "changes.Proposal": "/changes/",
    "changes.Switch": "/changes/, with the acts that want a second person",
    "governance.Reading": "/plans/indicators/",
    "exchange.Contact": "/exchange/contacts/, and /exchange/mine/",
    "exchange.Corpus": "in the points of every match",
    "exchange.Word": "in the reasons of every match",
    "disputes.DisputedItem": "/objections/, on the page of its objection",
    "imports.Batch": "/imports/",
    "imports.Block": "/imports/, as the rows of their import",
    "imports.Matching": "in the guesses of the next import",
    "imports.StagedRow": "/imports/, as rows with errors",
    "objects.CalibrationVoid": "/worklists/",
    "objects.Outage": "/api/v1/instruments/{uid}/history",
    "objects.PastCalibration": "/api/v1/instruments/{uid}/history",
    "objects.HandOver": "on its order, below its sample",
    "objects.Sample": "on its order",
    "opendata.Change": "/api/v1/open/{dataset}/changes",
    "opendata.Feed": "/open/",
    "opendata.Release": "/open/",
    "opendata.Touched": "in the next page of changes",
    "parties.ApiToken": "/organisation/integrations/",
    "parties.DuplicatePair": "/duplicates/",
    "parties.Group": "/groups/",
    "parties.Merger": "/duplicates/",
    "parties.OrganisationName": "on the page of its organisation",
    "parties.Person": "through the posts that the person holds: /people/",
    "parties.SignatoryField": "with its membership: /organisation/people/",
    "parties.Usage": "in the headers of the API's answers",
    "region.Region": "/api/v1/regions, and as a filter of every register",
    "registers.Export": "/registers/exports/",
    "registers.SavedView": "in the menu of its register",
    "requirements.Classification": "/api/v1/classifications",
    "requirements.Conflict": "/standards/conflicts/",
    "requirements.ProductFamily": "/families/",
    "requirements.Relation": "on the page of its standard",
    "requirements.Requirement": "/families/, below its product family",
    "requirements.StandardCode": "as a filter of /standards/",
    "requirements.Watch": "/standards/watched/",
    "results.RawFile": "on its order",
    "results.RawKey": "in the gate of its order, as what it finds: raw.alike",
    "results.Result": "on its order and in its report",
    "search.Document": "/search/",
    "services.Commission": "/commissions/",
    "services.Need": "/needs/",
    "services.Plan": "/proposals/",
    "services.PlanLine": "/proposals/, below its plan",
    "services.Rating": "/organisations/, as the mean of all",
    "signals.Signal": "/api/v1/signals",
    "stations.Staff": "/stations/, below its station",
    "stations.ZoneRelease": "/zones/, on the page of its zone",
    "stations.ZoneMember": "/zones/, below its zone",
    "statuslists.StatusList": "/status/{number}/{purpose}",
    "translog.Head": "./qh log show",
    "translog.LogCheckpoint": "/log/",
    "translog.LogEntry": "./qh log prove, and with the report: /r/{uid}/proof",
    "translog.NoteKey": "/log/, public halves only",
    "translog.Peer": "/log/",
    "translog.Tile": "/log/tile/",
    "translog.Tree": "./qh log show",
    "testing.Order": "/orders/",
    "testing.Quote": "/orders/, on its order",
    "testing.Subcontract": "/orders/, on its order",
}


def test_every_model_is_shown_somewhere() -> None:
    ours = {model._meta.label for model in apps.get_models() if model.__module__.startswith("quanheng.")}
    held = {declared.model._meta.label for declared in every_register().values()}
    assert not ours - held - set(ELSEWHERE), "declare a register, or say where its rows are read"
    assert not set(ELSEWHERE) - ours, "no such model any more"
    assert not set(ELSEWHERE) & held, "it has a register now"
