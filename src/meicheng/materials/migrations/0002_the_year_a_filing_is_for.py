from django.db import migrations, models
from django.db.models.functions import ExtractYear


def of_the_day_it_was_filed(apps, schema_editor):
    """Until now a document was filed for the year in which it was filed."""
    filings = apps.get_model("materials", "Filing").objects
    filings.update(year=ExtractYear("filed_at"))


class Migration(migrations.Migration):
    dependencies = [("materials", "0001_initial")]

    operations = [
        migrations.AddField("filing", "year", models.PositiveSmallIntegerField(default=2026), preserve_default=False),
        migrations.RunPython(of_the_day_it_was_filed, migrations.RunPython.noop),
    ]
