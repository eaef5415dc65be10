"""Addresses of competence."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.competence import views

urlpatterns = [
    path("scope/", views.scope_search, name="scope"),
    path("scope/<slug:uid>/", views.scope_line_page, name="scope-line"),
]
