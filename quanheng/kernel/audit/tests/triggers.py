"""Taking away what keeps the trail append-only, as only somebody who rules the database can."""

from django.db import connection

NAMES = {
    "sqlite": ("audit_entry_no_update", "audit_entry_no_delete"),
    "postgresql": ("audit_entry_append_only",),
}


def drop_triggers() -> None:
    """Drop them; the end of the test's transaction brings them back."""
    with connection.cursor() as cursor:
        for name in NAMES[connection.vendor]:
            cursor.execute(f"DROP TRIGGER {name}" + (" ON audit_entry" if connection.vendor == "postgresql" else ""))
