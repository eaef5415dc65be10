"""The portal's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from quanheng.portal.style import style_page

urlpatterns: list[URLPattern] = [path("style/", style_page, name="style")]
