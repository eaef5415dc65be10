"""Addresses of standards and product families."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.requirements import views

urlpatterns = [
    path("standards/watched/", views.watch_list, name="watches"),
    path("standards/watched/start/", views.watch_start, name="watch-start"),
    path("standards/watched/<slug:uid>/end/", views.watch_end, name="watch-end"),
    path("standards/conflicts/", views.conflict_list, name="conflicts"),
    path("standards/conflicts/<slug:uid>/settle/", views.conflict_settle, name="conflict-settle"),
    path("standards/<slug:uid>/", views.standard_page, name="standard"),
    path("families/", views.family_list, name="families"),
    path("families/<slug:code>/", views.family_page, name="family"),
]
