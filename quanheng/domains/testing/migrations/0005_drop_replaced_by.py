# Apart from 0004: PostgreSQL alters no table in the transaction that has just changed its rows.

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('testing', '0004_terms'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='order',
            name='replaced_by',
        ),
    ]
