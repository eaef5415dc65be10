"""Pages of orders."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.testing import by_file, files, sample_views, settlement_views, subcontract_views, views

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
    path("orders/<str:uid>/subcontract/", subcontract_views.propose, name="subcontract-new"),
    path("subcontracts/<str:uid>/", subcontract_views.subcontract_page, name="subcontract"),
    re_path(
        r"^subcontracts/(?P<uid>\w+)/(?P<name>agree|refuse|withdraw)/$",
        subcontract_views.subcontract_act,
        name="subcontract-act",
    ),
    re_path(rf"^orders/(?P<uid>\w+)/(?P<name>{_STEPS})/$", settlement_views.settlement_act, name="settle"),
    path("orders/<str:uid>/enter/file/", by_file.results_file, name="enter-file"),
    path("orders/<str:uid>/enter/template/", by_file.results_template, name="enter-template"),
    path("orders/<str:uid>/files/", files.order_files, name="files"),
    path("orders/<str:uid>/files/<str:raw>/", files.order_file, name="file"),
    path("orders/<str:uid>/files/<str:raw>/share/", files.order_file_share, name="file-share"),
    path("orders/<str:uid>/files/<str:raw>/withdraw/", files.order_file_withdraw, name="file-withdraw"),
    re_path(rf"^orders/(?P<uid>\w+)/(?P<name>{_MOVES})/$", views.order_act, name="act"),
]
