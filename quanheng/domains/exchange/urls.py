"""Pages of needs and results; their registers lie at /exchange/needs/ and /exchange/results/."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.exchange.views import contacts, figures, posts

app_name = "exchange"

urlpatterns = [
    path("exchange/mine/", posts.mine, name="mine"),
    path("exchange/figures/", figures.figures_page, name="figures"),
    path("exchange/needs/new/", posts.need_new, name="need_new"),
    path("exchange/results/new/", posts.offering_new, name="offering_new"),
    path("exchange/needs/<str:uid>/", posts.need_page, name="need"),
    path("exchange/needs/<str:uid>/revise/", posts.need_revise, name="need_revise"),
    path("exchange/needs/<str:uid>/withdraw/", posts.need_withdraw, name="need_withdraw"),
    path("exchange/needs/<str:uid>/ask/", contacts.ask_offerer, name="need_ask"),
    path("exchange/results/<str:uid>/", posts.offering_page, name="offering"),
    path("exchange/results/<str:uid>/revise/", posts.offering_revise, name="offering_revise"),
    path("exchange/results/<str:uid>/withdraw/", posts.offering_withdraw, name="offering_withdraw"),
    path("exchange/results/<str:uid>/ask/", contacts.ask_needer, name="offering_ask"),
    path("exchange/contacts/<str:uid>/", contacts.contact_page, name="contact"),
    re_path(
        r"^exchange/contacts/(?P<uid>\w+)/(?P<name>accept|decline|withdraw|write|sign|confirm|refuse|take_back|end)/$",
        contacts.contact_act,
        name="contact_act",
    ),
]
