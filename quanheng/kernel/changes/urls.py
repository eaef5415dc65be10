"""Addresses of proposals."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.kernel.changes import views

urlpatterns = [
    path("changes/", views.change_list, name="changes"),
    path("changes/rules/", views.rule_list, name="change-rules"),
    path("changes/<slug:uid>/", views.change_page, name="change"),
    re_path(r"^changes/(?P<uid>[-\w]+)/(?P<name>approve|decline|take_back)/$", views.change_act, name="change-act"),
]
