"""Addresses of verification; the first is printed as a QR code on every document."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.kernel.attestations import views
from quanheng.kernel.attestations.falls import views as workviews
from quanheng.kernel.attestations.falls import worklists
from quanheng.kernel.attestations.following import views as followviews
from quanheng.kernel.attestations.keeping import views as keepviews
from quanheng.kernel.attestations.keys import views as keyviews

_CHANGES = "|".join(views.CHANGES)

_KINDS = "|".join(worklists.KINDS)

urlpatterns = [
    path("r/<slug:uid>", views.attestation_page, name="attestation"),
    path("r/<slug:uid>/", views.attestation_with_slash),
    path("r/<slug:uid>/pdf", views.attestation_pdf, name="attestation-pdf"),
    path("r/<slug:uid>/raw/", views.attestation_raw, name="attestation-raw"),
    path("r/<slug:uid>/keep/", keepviews.keep_page, name="attestation-keep"),
    path("r/<slug:uid>/json", views.attestation_json, name="attestation-json"),
    path("r/<slug:uid>/untp", views.attestation_untp, name="attestation-untp"),
    path("r/<slug:uid>/proof", views.attestation_proof, name="attestation-proof"),
    re_path(rf"^r/(?P<uid>\w+)/(?P<name>{_CHANGES})/$", views.attestation_change, name="attestation-change"),
    path("contexts/attestation/<str:edition>", views.context, name="attestation-context"),
    path("verify/", views.verify_page, name="verify"),
    path("verify/follow/", followviews.follow_page, name="follow"),
    path("verify/follow/confirm/<str:token>/", followviews.confirm_page, name="follow-confirm"),
    path("verify/follow/stop/<str:token>/", followviews.stop_page, name="follow-stop"),
    path("verify/following/", followviews.following_page, name="following"),
    path("verify/keys/", keyviews.platform_page, name="platform-keys"),
    path("verify/keys/rotate/", keyviews.platform_rotate_page, name="platform-key-rotate"),
    path("verify/keys/<slug:key>/compromise/", keyviews.platform_compromise_page, name="platform-key-compromise"),
    path("worklists/", workviews.worklists_page, name="worklists"),
    re_path(rf"^worklists/(?P<kind>{_KINDS})/(?P<uid>\w+)/$", workviews.worklist_page, name="worklist"),
    path("organisations/<slug:uid>/pdf-certificates.pem", keyviews.certificates, name="pdf-certificates"),
    path("organisations/<slug:uid>/keys/", keyviews.keys_page, name="issuer-keys"),
    path("organisations/<slug:uid>/keys/rotate/", keyviews.rotate_page, name="issuer-key-rotate"),
    path("organisations/<slug:uid>/keys/<slug:key>/", keyviews.in_doubt_page, name="key-in-doubt"),
    path("organisations/<slug:uid>/keys/<slug:key>/compromise/", keyviews.compromise_page, name="key-compromise"),
]
