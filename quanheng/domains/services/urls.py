"""Pages of the one-stop service."""

from __future__ import annotations

from django.urls import path

from quanheng.domains.services.views import chains, commissions, needs, plans

app_name = "services"

urlpatterns = [
    path("chains/", chains.chain_list, name="chains"),
    path("chains/<slug:code>/", chains.chain_page, name="chain"),
    path("needs/", needs.need_list, name="needs"),
    path("needs/new/", needs.need_new, name="need_new"),
    path("needs/guided/", needs.need_guided, name="guided"),
    path("needs/<str:uid>/", needs.need_page, name="need"),
    path("needs/<str:uid>/revise/", needs.need_revise, name="revise"),
    path("needs/<str:uid>/propose/", needs.need_propose, name="propose"),
    path("proposals/<str:uid>/", plans.plan_page, name="plan"),
    path("proposals/<str:uid>/choose/", plans.plan_choose, name="choose"),
    path("proposals/<str:uid>/confirm/", plans.plan_confirm, name="confirm"),
    path("commissions/", commissions.commission_list, name="commissions"),
    path("commissions/<str:uid>/", commissions.commission_page, name="commission"),
    path("commissions/<str:uid>/close/", commissions.commission_close, name="close"),
    path("commissions/<str:uid>/replace_order/", commissions.order_replace, name="replace"),
    path("commissions/<str:uid>/replan_order/", commissions.order_replan, name="replan"),
    path("commissions/<str:uid>/forgo_order/", commissions.order_forgo, name="forgo"),
    path("commissions/<str:uid>/rate/<str:order_uid>/", commissions.order_rate, name="rate"),
]
