"""Addresses of the search."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.search import views

urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("search/suggest/", views.suggestions, name="search-suggest"),
]
