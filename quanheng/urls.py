"""Where everything is."""

from __future__ import annotations

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from quanheng.api import api, document

urlpatterns = [
    path("api/v1/openapi.json", document),
    path("api/v1/", api.urls),
    # An address changes by an act that is in the audit trail, and nowhere else.
    re_path(r"^account/(?:email|confirm-email)/", RedirectView.as_view(pattern_name="profile-change")),
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("quanheng.domains.testing.urls")),
    path("", include("quanheng.domains.capacity.urls")),
    path("", include("quanheng.domains.services.urls")),
    path("", include("quanheng.domains.exchange.urls")),
    path("", include("quanheng.domains.stations.urls")),
    path("", include("quanheng.domains.disputes.urls")),
    path("", include("quanheng.domains.supervision.urls")),
    path("", include("quanheng.kernel.attestations.urls")),
    path("", include("quanheng.kernel.audit.urls")),
    path("", include("quanheng.kernel.cases.urls")),
    path("", include("quanheng.kernel.changes.urls")),
    path("", include("quanheng.kernel.competence.urls")),
    path("", include("quanheng.kernel.imports.urls")),
    path("", include("quanheng.kernel.opendata.urls")),
    path("", include("quanheng.kernel.parties.urls")),
    path("", include("quanheng.kernel.requirements.urls")),
    path("", include("quanheng.kernel.registers.urls")),
    path("", include("quanheng.kernel.search.urls")),
    path("", include("quanheng.kernel.statuslists.urls")),
    path("", include("quanheng.kernel.translog.urls")),
    path("", include("quanheng.portal.urls")),
]
