"""Every operation of the document is reached: two routers with one address would answer the methods of the first."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from quanheng.api import DOCUMENT


@pytest.mark.django_db
def test_no_operation_is_hidden_behind_another() -> None:
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    hidden = [
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if Client().generic(method.upper(), re.sub(r"{\w+}", "x", path)).status_code == 405
    ]
    assert not hidden
