"""Addresses of an organisation's administration."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.kernel.parties import integrations, merger_views, views

urlpatterns = [
    path("organisation/", views.people, name="own-organisation"),
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
    path("duplicates/", merger_views.pair_list, name="duplicates"),
    path("duplicates/<slug:uid>/dismiss/", merger_views.pair_dismiss, name="pair-dismiss"),
    path("organisations/<slug:uid>/compare/<slug:other>/", merger_views.compare, name="compare"),
    path("organisations/<slug:uid>/names/", merger_views.names, name="organisation-names"),
    path("organisations/names/<slug:uid>/drop/", merger_views.name_drop, name="name-drop"),
    path("mergers/<slug:uid>/undo/", merger_views.merger_undo, name="merger-undo"),
]
