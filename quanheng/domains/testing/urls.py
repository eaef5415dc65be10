"""Pages of orders."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.testing.views import by_file, files, orders, refunds, samples, settling, stack, subcontracts

app_name = "testing"

_SAMPLE_ACTS = "|".join(samples.ACTS)
_STEPS = "|".join(settling.STEPS)
_REFUND_STEPS = "|".join(refunds.STEPS)
_MOVES = "|".join(orders.SERVICES)

urlpatterns = [
    path("orders/", orders.order_list, name="orders"),
    path("orders/signing/", stack.stack_page, name="stack"),
    path("orders/<str:uid>/", orders.order_page, name="order"),
    path("orders/<str:uid>/enter/", orders.order_enter, name="enter"),
    path("orders/<str:uid>/rows/", orders.order_rows, name="rows"),
    path("orders/<str:uid>/labels/", orders.order_labels, name="labels"),
    re_path(
        rf"^orders/(?P<uid>\w+)/samples/(?P<label>[\w-]+)/(?P<name>{_SAMPLE_ACTS})/$",
        samples.sample_act,
        name="sample",
    ),
    path("orders/<str:uid>/subcontract/", subcontracts.propose, name="subcontract-new"),
    path("subcontracts/<str:uid>/", subcontracts.subcontract_page, name="subcontract"),
    re_path(
        r"^subcontracts/(?P<uid>\w+)/(?P<name>agree|refuse|withdraw)/$",
        subcontracts.subcontract_act,
        name="subcontract-act",
    ),
    re_path(rf"^orders/(?P<uid>\w+)/(?P<name>{_STEPS})/$", settling.settlement_act, name="settle"),
    path("settlements/<str:uid>/", refunds.settlement_page, name="settlement"),
    re_path(rf"^settlements/(?P<uid>\w+)/(?P<name>{_REFUND_STEPS})/$", refunds.settlement_act, name="settlement-act"),
    path("orders/<str:uid>/enter/file/", by_file.results_file, name="enter-file"),
    path("orders/<str:uid>/enter/template/", by_file.results_template, name="enter-template"),
    path("orders/<str:uid>/files/", files.order_files, name="files"),
    path("orders/<str:uid>/files/<str:raw>/", files.order_file, name="file"),
    path("orders/<str:uid>/files/<str:raw>/share/", files.order_file_share, name="file-share"),
    path("orders/<str:uid>/files/<str:raw>/withdraw/", files.order_file_withdraw, name="file-withdraw"),
    path("orders/<str:uid>/files/<str:raw>/erase/", files.order_file_erase, name="file-erase"),
    re_path(rf"^orders/(?P<uid>\w+)/(?P<name>{_MOVES})/$", orders.order_act, name="act"),
]
