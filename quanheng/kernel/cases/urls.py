"""Addresses of the rule table."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.cases import views

urlpatterns = [
    path("rules/<slug:uid>/", views.rule_page, name="rule"),
]
