"""The triggers that keep the trail append-only, by kind of database."""

APPEND_ONLY_NAMES = {
    "sqlite": ("audit_entry_no_update", "audit_entry_no_delete"),
    "postgresql": ("audit_entry_append_only",),
}
