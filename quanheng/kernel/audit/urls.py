"""Addresses of notices."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.audit import mail_views, views

urlpatterns = [
    path("notices/", views.notice_list, name="notices"),
    path("notices/seen/", views.notices_seen, name="notices-seen"),
    path("profile/mail/", mail_views.mail_choice, name="mail-choice"),
    path("profile/mail/link/", mail_views.mail_link, name="mail-link"),
    path("profile/mail/verify/<str:token>/", mail_views.mail_verify, name="mail-verify"),
    path("mail/stop/<str:token>/", mail_views.mail_stop, name="mail-stop"),
    path("organisation/mail/", mail_views.mail_failures, name="mail-failures"),
]
