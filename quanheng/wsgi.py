"""The web server's entry point."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from quanheng.kernel.base.processes import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanheng.settings")

# Nothing that is loaded here goes again: looking for what does takes a fifth of the start.
gc.disable()

application = get_wsgi_application()
# Every address now, not at the expense of whoever asks first.
get_resolver().url_patterns  # noqa: B018
settle()
