"""The web server's entry point."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanheng.settings")

# Nothing that is loaded here goes again: looking for what does takes a fifth of the start.
gc.disable()

application = get_wsgi_application()
# Every address now, not at the expense of whoever asks first.
get_resolver().url_patterns  # noqa: B018
# What the platform consists of is never garbage: to look through it again took a request 60 ms every now and then.
# And a request makes tens of thousands of objects, nearly all of which go by themselves.
gc.collect()
gc.freeze()
gc.enable()
gc.set_threshold(10_000, 20, 20)
