
import django.db.models.deletion
from django.db import migrations, models

from quanheng.kernel.base.indexing import Unindexed


class Migration(migrations.Migration):

    dependencies = [
        ('attestations', '0010_amended'),
        ('parties', '0006_verified_addresses'),
    ]

    operations = [
        Unindexed(
            model_name='attestation',
            name='client',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        Unindexed(
            model_name='attestation',
            name='issuer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='parties.organisation'),
        ),
    ]
