"""Addresses of open data."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.opendata import views

urlpatterns = [
    path("open/", views.dataset_list, name="open-data"),
    path("open/catalog.json", views.catalogue_json, name="open-catalogue"),
    path("open/<slug:dataset>/", views.dataset_page, name="open-dataset"),
    path("open/<slug:dataset>/schema.json", views.schema_json, name="open-schema"),
    path("open/<slug:dataset>/release/", views.release_ask, name="open-release-ask"),
    path("open/<slug:dataset>/latest/<str:file>", views.latest_file, name="open-latest"),
    path("open/<slug:dataset>/<slug:release>/<str:file>", views.release_file, name="open-file"),
]
