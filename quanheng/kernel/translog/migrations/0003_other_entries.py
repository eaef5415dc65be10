"""Entries that are about no attestation and no key: status lists.

SQLite changes a table's constraints by making the table anew, which leaves its triggers behind: they are made again.
"""

from django.db import migrations, models

VERBS = ("UPDATE", "DELETE")


def guard(apps, editor):
    if editor.connection.vendor != "sqlite":
        return
    for verb in VERBS:
        name = f"translog_entry_no_{verb.lower()}"
        editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        editor.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON translog_logentry "
            "BEGIN SELECT RAISE(ABORT, 'log entries are append-only'); END"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('attestations', '0004_status_place'),
        ('translog', '0002_start'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='logentry',
            name='log_entry_of_attestation',
        ),
        migrations.AlterField(
            model_name='logentry',
            name='kind',
            field=models.CharField(choices=[('issue', '签发'), ('status', '状态变化'), ('key', '密钥'), ('list', '状态清单')], max_length=6),
        ),
        migrations.AddConstraint(
            model_name='logentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('attestation__isnull', False), ('kind__in', ['issue', 'status'])), models.Q(models.Q(('kind__in', ['issue', 'status']), _negated=True), ('attestation', None)), _connector='OR'), name='log_entry_of_attestation'),
        ),
        migrations.RunPython(guard, guard),
    ]
