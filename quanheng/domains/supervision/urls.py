"""Pages of supervision; its registers stand at /supervision/laboratories/ and /inquiries/."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.supervision import views

app_name = "supervision"

urlpatterns = [
    path("supervision/laboratories/<str:uid>/", views.laboratory, name="laboratory"),
    path("supervision/laboratories/<str:uid>/inquire/", views.inquire, name="inquire"),
    path("inquiries/<str:uid>/", views.inquiry_page, name="inquiry"),
    re_path(rf"^inquiries/(?P<uid>\w+)/(?P<name>{'|'.join(views.MOVES)})/$", views.inquiry_act, name="inquiry_act"),
]
