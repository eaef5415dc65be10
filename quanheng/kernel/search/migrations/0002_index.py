"""The inverted index over the documents: FTS5 kept by triggers on SQLite, GIN on PostgreSQL."""

from django.db import migrations

from quanheng.kernel.search.storage import build_index


def forwards(apps, editor):
    for statement in build_index(editor.connection.vendor):
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
