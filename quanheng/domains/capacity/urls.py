"""Pages of capacity; its register stands at /capacities/."""

from __future__ import annotations

from django.urls import path

from quanheng.domains.capacity import views

app_name = "capacity"

urlpatterns = [
    path("capacities/overview/", views.overview, name="overview"),
    path("capacities/new/<str:uid>/", views.state, name="state"),
    path("capacities/<str:uid>/", views.capacity_page, name="capacity"),
    path("capacities/<str:uid>/change/", views.change, name="change"),
    path("capacities/<str:uid>/end/", views.end, name="end"),
]
