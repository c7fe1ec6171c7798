
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_access_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='casetally',
            name='answered_in_time',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='casetally',
            name='late_stages',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='casetally',
            name='received_in_time',
            field=models.IntegerField(default=0),
        ),
    ]
