"""Scope lines keep region and scheme again, with indexes for the lists that are narrowed by one of them."""

import django.db.models.deletion
from django.db import migrations, models

SCHEMES = [
    ("CMA", "检验检测机构资质认定（CMA）"),
    ("CNAS", "实验室认可（CNAS）"),
    ("statutory", "法定计量检定机构授权"),
    ("standard", "计量标准考核"),
    ("certifier", "认证机构批准"),
]
FILL = """
UPDATE competence_scopeline SET
    region_code = (SELECT o.region_code FROM parties_organisation o WHERE o.id = competence_scopeline.organisation_id),
    scheme = (SELECT r.scheme FROM competence_recognition r WHERE r.id = competence_scopeline.recognition_id)
"""


def _index(*fields, name):
    return migrations.AddIndex("scopeline", models.Index(fields=fields, name=name))


class Migration(migrations.Migration):
    dependencies = [
        ("competence", "0001_initial"),
        ("parties", "0001_initial"),
        ("requirements", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "scopeline",
            "region_code",
            models.CharField(default="", editable=False, max_length=6),
            preserve_default=False,
        ),
        migrations.AddField(
            "scopeline",
            "scheme",
            models.CharField(choices=SCHEMES, default="", editable=False, max_length=12),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex("scopeline", "scope_method"),
        migrations.AlterField(
            "scopeline",
            "family",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="requirements.productfamily",
            ),
        ),
        migrations.AlterField(
            "scopeline",
            "recognition",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scope_lines",
                to="competence.recognition",
            ),
        ),
        migrations.RemoveIndex("scopeline", "scope_organisation"),
        _index("organisation", "-id", "method", "activity", name="scope_organisation"),
        _index("method", "-id", name="scope_method"),
        _index("family", "-id", "activity", "scheme", "region_code", "method", name="scope_family"),
        _index("region_code", "-id", "activity", "scheme", "method", name="scope_region"),
        _index("activity", "-id", name="scope_activity"),
        _index("scheme", "-id", name="scope_scheme"),
        _index("activity", "scheme", "-id", name="scope_activity_scheme"),
    ]
