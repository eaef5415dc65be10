"""Pages of complaints and objections; their registers stand at /complaints/ and /objections/."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.disputes import views

app_name = "disputes"

_COMPLAINT_MOVES = "|".join(views.COMPLAINT_MOVES)
_OBJECTION_MOVES = "|".join(views.OBJECTION_MOVES)

urlpatterns = [
    path("orders/<str:uid>/complain/", views.complain, name="complain"),
    path("orders/<str:uid>/object/", views.object_to, name="object"),
    path("complaints/<str:uid>/", views.complaint_page, name="complaint"),
    re_path(rf"^complaints/(?P<uid>\w+)/(?P<name>{_COMPLAINT_MOVES})/$", views.complaint_act, name="complaint_act"),
    path("objections/<str:uid>/", views.objection_page, name="objection"),
    path("objections/<str:uid>/ask_retest/", views.retest, name="retest"),
    re_path(rf"^objections/(?P<uid>\w+)/(?P<name>{_OBJECTION_MOVES})/$", views.objection_act, name="objection_act"),
]
