
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from quanheng.kernel.base.indexing import Unindexed


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0005_unverified_addresses'),
        ('cases', '0002_drop_assignee'),
        ('parties', '0006_verified_addresses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Unindexed(
            model_name='delivery',
            name='webhook',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='audit.webhook'),
        ),
        Unindexed(
            model_name='entry',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        Unindexed(
            model_name='entry',
            name='case',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='cases.case'),
        ),
        Unindexed(
            model_name='notice',
            name='organisation',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='parties.organisation'),
        ),
    ]
