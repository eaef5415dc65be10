"""Addresses of registers: one page each at its own path, and what they share under /registers/."""

from __future__ import annotations

from django.urls import path

from quanheng.kernel.registers import views
from quanheng.kernel.registers.declare import every_register

urlpatterns = [
    path("registers/", views.register_index, name="registers"),
    path("registers/exports/", views.exports, name="exports"),
    path("registers/exports/<slug:uid>/", views.export_file, name="export-file"),
    path("registers/views/<slug:uid>/forget/", views.view_forget, name="view-forget"),
    path("registers/<slug:name>/export/<slug:format>/", views.export, name="register-export"),
    path("registers/<slug:name>/bulk/", views.bulk, name="register-bulk"),
    path("registers/<slug:name>/views/", views.view_save, name="view-save"),
    path("registers/<slug:name>/<slug:uid>/history/", views.history, name="register-history"),
    *(
        path(register.path.lstrip("/"), views.register_view(register.name), name=register.name)
        for register in every_register().values()
    ),
]
