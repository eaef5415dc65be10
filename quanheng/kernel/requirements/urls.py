"""Addresses of standards and product families."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.requirements import views

urlpatterns = [
    path("standards/", views.standard_list, name="standards"),
    path("standards/<slug:uid>/", views.standard_page, name="standard"),
    path("families/", views.family_list, name="families"),
    path("families/<slug:code>/", views.family_page, name="family"),
]
