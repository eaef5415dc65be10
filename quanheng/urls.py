"""Where everything is."""

from __future__ import annotations

from django.urls import include, path

from quanheng.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("quanheng.domains.testing.urls")),
    path("", include("quanheng.domains.services.urls")),
    path("", include("quanheng.kernel.attestations.urls")),
    path("", include("quanheng.kernel.audit.urls")),
    path("", include("quanheng.kernel.cases.urls")),
    path("", include("quanheng.kernel.competence.urls")),
    path("", include("quanheng.kernel.parties.urls")),
    path("", include("quanheng.kernel.requirements.urls")),
    path("", include("quanheng.portal.urls")),
]
