"""The portal's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from quanheng.portal.style import style_page
from quanheng.portal.views import (
    doors,
    groups,
    home,
    indicators,
    organisations,
    plans,
    profile,
    projects,
    toolbox,
    workbench,
)

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("metrology/", doors.metrology, name="metrology"),
    path("certification/", doors.certification, name="certification"),
    path("testing/", doors.testing, name="testing"),
    path("organisations/<slug:uid>/", organisations.organisation_page, name="organisation"),
    path("groups/", groups.group_list, name="groups"),
    path("groups/new/", groups.group_new, name="group-new"),
    path("groups/<slug:uid>/", groups.group_page, name="group"),
    path("groups/<slug:uid>/invite/", groups.group_invite, name="group-invite"),
    path("groups/<slug:uid>/join/<slug:other>/", groups.group_join, name="group-join"),
    path("groups/<slug:uid>/part/<slug:other>/", groups.group_part, name="group-part"),
    path("work/", workbench.workbench, name="workbench"),
    path("plans/", plans.plans, name="plans"),
    path("plans/systems.csv", plans.systems_csv, name="plans-csv"),
    path("plans/projects/", projects.project_list, name="plans-projects"),
    path("plans/projects.csv", projects.projects_csv, name="plans-projects-csv"),
    path("plans/indicators/", indicators.indicator_list, name="plans-indicators"),
    path("plans/indicators.csv", indicators.indicators_csv, name="plans-indicators-csv"),
    path("plans/indicators/<slug:code>/", indicators.indicator_page, name="plans-indicator"),
    path("toolbox/", toolbox.toolbox, name="toolbox"),
    path("toolbox/<slug:name>/", toolbox.tool, name="tool"),
    path("toolbox/<slug:name>/report.pdf", toolbox.tool_report, name="tool-report"),
    path("profile/", profile.profile, name="profile"),
    path("profile/change/", profile.profile_change, name="profile-change"),
    path("style/", style_page, name="style"),
]
