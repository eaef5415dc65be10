"""Addresses of notices."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.audit import views

urlpatterns = [
    path("notices/", views.notice_list, name="notices"),
    path("notices/seen/", views.notices_seen, name="notices-seen"),
]
