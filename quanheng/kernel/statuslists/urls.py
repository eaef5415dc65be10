"""Addresses of the status lists; documents name them, so they stay."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.kernel.statuslists import views

urlpatterns = [
    re_path(
        r"^status/(?P<lists>[0-9]{1,6})/(?P<purpose>revocation|suspension)$", views.status_list, name="status-list"
    ),
    path("verify/bundle", views.verification_bundle, name="verification-bundle"),
]
