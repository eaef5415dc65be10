"""One organisation with what it is recognised for."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.domains.services import queries as services
from quanheng.kernel.attestations.keys.acts import ALARMED
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.lists import asked, chips, listed
from quanheng.kernel.base.widgets import PlainSelect, PlainText
from quanheng.kernel.base.words import with_words
from quanheng.kernel.competence import queries as competence
from quanheng.kernel.competence import shown
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.parties import queries as parties
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.registry import DOORS
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.portal.templatetags.ui import local

ALL = ("", gettext_lazy("全部"))


class LineFilter(forms.Form):
    """What the scope of one organisation is narrowed by."""

    q = forms.CharField(label=gettext_lazy("项目"), required=False, max_length=100, widget=PlainText)
    activity = forms.ChoiceField(
        label=gettext_lazy("活动"), required=False, choices=[ALL, *Activity.choices], widget=PlainSelect
    )
    method = forms.ChoiceField(
        label=gettext_lazy("方法"),
        required=False,
        choices=[ALL, ("current", gettext_lazy("方法现行")), ("outdated", gettext_lazy("方法已不再现行"))],
        widget=PlainSelect,
    )


@require_safe
def organisation_page(request: ActorRequest, uid: str) -> HttpResponse:
    """The public face of an organisation: recognitions with their validity, scope, ratings."""
    organisation = parties.by_uid(Organisation.objects.select_related("region", "merged_into"), uid)
    if organisation.merged_into is not None:
        # A duplicate that was merged: whoever kept its address is led to the entry that stands.
        return redirect("organisation", organisation.merged_into.uid)
    today = timezone.localdate()
    held = competence.held_by(organisation)
    form = LineFilter(request.GET, auto_id="filter_%s")
    wanted = asked(form)
    outdated = {"current": False, "outdated": True}.get(wanted["method"])
    rows = competence.scope_lines(activity=wanted["activity"], outdated=outdated).filter(organisation=organisation)
    rows = with_words(rows, wanted["q"], "item__name_zh", "item__name_en")
    found = listed(request, rows, limit=30)
    name = local(organisation)
    return render(
        request,
        "portal/organisation.html",
        {
            "organisation": organisation,
            "recognitions": [(one, *shown.standing(one, today)) for one in held],
            "form": form,
            "active": chips(form),
            "lines": [shown.line_row(line, today) for line in found["items"]],
            "page": found["page"],
            "names": parties.names_of(organisation),
            "keeps": Oversees("region_code", *REGISTRARS).allows(request.actor, organisation),
            "keys": ALARMED.allows(request.actor, organisation),
            "rating": services.rating_of(organisation),
            "door": DOORS.get(organisation.kind, ""),
            "crumbs": [(_("机构名录"), "/organisations/"), (name, "")],
        },
    )
