"""Addresses that people had put in themselves were never proved: the trail tells which these are."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def mark(apps: Any, editor: Any) -> None:
    """Unverified: whoever changed the address last is its person, and it is the one that stands."""
    entries = apps.get_model("audit", "Entry").objects.filter(act="parties.person.change", after__has_key="email")
    people = apps.get_model("parties", "Person").objects
    for person, after in entries.order_by("id").values_list("subject_id", "after"):
        changed = people.filter(pk=person, email=after["email"], email_standing="given", email_verified_at=None)
        changed.exclude(email="").update(email_standing="unverified")


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_letters"), ("parties", "0006_verified_addresses")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
