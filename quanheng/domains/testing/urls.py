"""Pages of orders."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.testing import sample_views, settlement_views, views

app_name = "testing"

_STEPS = "|".join(settlement_views.STEPS)
_MOVES = "|".join(views.SERVICES)

urlpatterns = [
    path("orders/", views.order_list, name="orders"),
    path("orders/<str:uid>/", views.order_page, name="order"),
    path("orders/<str:uid>/enter/", views.order_enter, name="enter"),
    path("orders/<str:uid>/rows/", views.order_rows, name="rows"),
    path("orders/<str:uid>/labels/", views.order_labels, name="labels"),
    re_path(
        r"^orders/(?P<uid>\w+)/samples/(?P<label>[\w-]+)/(?P<name>move|return|dispose)/$",
        sample_views.sample_act,
        name="sample",
    ),
    re_path(rf"^orders/(?P<uid>\w+)/(?P<name>{_STEPS})/$", settlement_views.settlement_act, name="settle"),
    re_path(rf"^orders/(?P<uid>\w+)/(?P<name>{_MOVES})/$", views.order_act, name="act"),
]
