"""Addresses of an organisation's administration."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.kernel.parties import integrations, views

urlpatterns = [
    path("organisation/", views.people, name="people"),
    path("organisation/people/new/", views.person_new, name="person-new"),
    path("organisation/people/join/", views.person_join, name="person-join"),
    path("organisation/people/<slug:uid>/", views.person_page, name="person"),
    re_path(r"^organisation/roles/(?P<uid>[-\w]+)/(?P<name>end|unlock|link)/$", views.role_act, name="role-act"),
    path("organisation/fields/<slug:uid>/withdraw/", views.field_withdraw, name="field-withdraw"),
    path("organisation/integrations/", integrations.integrations, name="integrations"),
    path("organisation/integrations/tokens/<slug:uid>/revoke/", integrations.token_revoke, name="token-revoke"),
    re_path(
        r"^organisation/integrations/webhooks/(?P<uid>[-\w]+)/(?P<name>test|stop|start)/$",
        integrations.webhook_act,
        name="webhook-act",
    ),
]
