
import django.db.models.deletion
from django.db import migrations, models

from quanheng.kernel.base.indexing import Unindexed


class Migration(migrations.Migration):

    dependencies = [
        ('objects', '0010_instrument_tests_a_day'),
        ('parties', '0006_verified_addresses'),
    ]

    operations = [
        Unindexed(
            model_name='instrument',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='instruments', to='parties.organisation'),
        ),
        Unindexed(
            model_name='product',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='products', to='parties.organisation'),
        ),
    ]
