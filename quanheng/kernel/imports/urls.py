"""Addresses of imports."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.kernel.imports import views

_ACTS = "|".join(views.ACTS)

urlpatterns = [
    path("imports/", views.import_list, name="imports"),
    path("imports/new/", views.import_new, name="import-new"),
    path("imports/template/", views.import_template, name="import-template"),
    path("imports/<slug:uid>/", views.import_page, name="import"),
    path("imports/<slug:uid>/columns/", views.import_columns, name="import-columns"),
    path("imports/<slug:uid>/progress/", views.import_progress, name="import-progress"),
    path("imports/<slug:uid>/rows/", views.import_rows, name="import-rows"),
    path("imports/<slug:uid>/wrong/", views.import_wrong, name="import-wrong"),
    re_path(rf"^imports/(?P<uid>[-\w]+)/(?P<name>{_ACTS})/$", views.import_act, name="import-act"),
]
