"""Pages of stations, visits, mandates and zones; their lists come from the registers."""

from __future__ import annotations

from django.urls import path, re_path

from quanheng.domains.stations.views import contests, stations, visits, zones

app_name = "stations"

urlpatterns = [
    path("stations/new/", stations.station_new, name="station-new"),
    path("stations/<slug:uid>/", stations.station_page, name="station"),
    path("stations/<slug:uid>/change/", stations.station_change, name="station-change"),
    path("stations/<slug:uid>/close/", stations.station_close, name="station-close"),
    path("stations/<slug:uid>/reopen/", stations.station_reopen, name="station-reopen"),
    path("stations/<slug:uid>/staff/", stations.station_staff, name="station-staff"),
    path("stations/staff/<slug:uid>/end/", stations.staff_end, name="staff-end"),
    path("stations/<slug:uid>/mandate/", stations.mandate_give, name="mandate-give"),
    path("stations/<slug:uid>/visits/new/", visits.visit_new, name="visit-new"),
    path("visits/<slug:uid>/", visits.visit_page, name="visit"),
    re_path(
        r"^visits/(?P<uid>[-\w]+)/(?P<name>answer|identify|need|rate|close|mandate)/$",
        visits.visit_act,
        name="visit-act",
    ),
    path("visits/<slug:uid>/contest/", contests.visit_contest, name="visit-contest"),
    path("visit-contests/<slug:uid>/", contests.contest_page, name="contest"),
    re_path(
        rf"^visit-contests/(?P<uid>[-\w]+)/(?P<name>{'|'.join(contests.MOVES)})/$",
        contests.contest_act,
        name="contest-act",
    ),
    path("visits/<slug:uid>/plans/<slug:other>/", visits.visit_plan, name="visit-plan"),
    path("mandates/<slug:uid>/", visits.mandate_page, name="mandate"),
    path("mandates/<slug:uid>/end/", visits.mandate_end, name="mandate-end"),
    path("zones/new/", zones.zone_new, name="zone-new"),
    path("zones/<slug:uid>/", zones.zone_page, name="zone"),
    path("zones/<slug:uid>/change/", zones.zone_change, name="zone-change"),
    path("zones/<slug:uid>/invite/", zones.zone_invite, name="zone-invite"),
    path("zones/<slug:uid>/apply/", zones.zone_apply, name="zone-apply"),
    re_path(
        r"^zones/(?P<uid>[-\w]+)/records/(?P<name>needs|commissions|reports|gaps|ratings)/$",
        zones.zone_records,
        name="zone-records",
    ),
    re_path(r"^zones/members/(?P<uid>[-\w]+)/(?P<name>admit|join|consent|part)/$", zones.member_act, name="member-act"),
    path("zones/members/<slug:uid>/figures/", zones.member_figures, name="member-figures"),
]
