
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level1', models.CharField(max_length=60)),
                ('level2', models.CharField(blank=True, default='', max_length=60)),
                ('level3', models.CharField(blank=True, default='', max_length=60)),
                ('kind', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='topics', to='standards.casekind')),
            ],
            options={
                'ordering': ['level1', 'level2', 'level3'],
                'constraints': [models.UniqueConstraint(fields=('level1', 'level2', 'level3'), name='topic_once')],
            },
        ),
    ]
