
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from quanheng.kernel.base.indexing import Unindexed


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_drop_assignee'),
        ('results', '0008_fingerprints'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Unindexed(
            model_name='result',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='cases.case'),
        ),
        Unindexed(
            model_name='result',
            name='operator',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
    ]
