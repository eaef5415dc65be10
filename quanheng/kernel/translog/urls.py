"""Addresses of the log."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.translog import views

urlpatterns = [
    path("log/", views.log_page, name="log"),
    path("log/checkpoint", views.checkpoint, name="log-checkpoint"),
    path("log/witness/<slug:log>", views.witness, name="log-witness"),
    path("log/peers/<slug:uid>/end/", views.peer_end, name="log-peer-end"),
    path("log/tile/<path:tile>", views.tile, name="log-tile"),
]
