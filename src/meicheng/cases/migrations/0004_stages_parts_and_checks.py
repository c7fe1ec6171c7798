
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_search_and_workbench'),
        ('organisation', '0001_initial'),
        ('places', '0001_initial'),
        ('standards', '0003_crosswalks_and_plans'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField()),
                ('remark', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by_name', models.CharField(max_length=120)),
                ('granted', models.BooleanField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by_name', models.CharField(blank=True, default='', max_length=120)),
                ('reason', models.TextField(blank=True, default='')),
            ],
            options={
                'ordering': ['case', '-asked_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SpotCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('drawn_at', models.DateTimeField()),
                ('chance', models.FloatField()),
                ('failed', models.BooleanField(blank=True, null=True)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['drawn_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=200, verbose_name='name in Chinese')),
                ('name_en', models.CharField(blank=True, default='', max_length=200, verbose_name='name in English')),
                ('position', models.PositiveSmallIntegerField()),
                ('limit', models.CharField(max_length=10)),
                ('due_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('by_name', models.CharField(blank=True, default='', max_length=120)),
            ],
            options={
                'ordering': ['case', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Support',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('by_name', models.CharField(blank=True, default='', max_length=120)),
                ('result', models.TextField(blank=True, default='')),
            ],
            options={
                'ordering': ['case', 'asked_at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='accepted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='answered_in_time',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='decided_by_name',
            field=models.CharField(blank=True, default='', max_length=120),
        ),
        migrations.AddField(
            model_name='case',
            name='extension',
            field=models.CharField(blank=True, choices=[('asked', 'More time asked for'), ('granted', 'Extended'), ('refused', 'More time refused')], default='', max_length=8),
        ),
        migrations.AddField(
            model_name='case',
            name='late_stages',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='case',
            name='origin',
            field=models.CharField(blank=True, default='', max_length=40),
        ),
        migrations.AddField(
            model_name='case',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='cases.case'),
        ),
        migrations.AddField(
            model_name='case',
            name='received_in_time',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='review_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='split_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='spot_check',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.CharField(choices=[('reported', 'Reported'), ('turned_down', 'Turned down'), ('joined', 'Joined to another'), ('registered', 'To be dispatched'), ('dispatched', 'Dispatched'), ('accepted', 'Accepted by the unit'), ('in_progress', 'In progress'), ('resolved', 'To be verified'), ('verified', 'Verified'), ('closed', 'Closed'), ('sent_back', 'Sent back by the unit'), ('to_redo', 'To be redone'), ('suspended', 'Suspended'), ('relapsed', 'Relapsed'), ('withdrawn', 'Withdrawn'), ('split', 'Split into parts')], default='reported', max_length=12),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state', 'closed')), fields=['cell', 'kind', 'closed_at'], name='case_closed_cell'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('extension', 'asked')), fields=['extension'], name='case_asked'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('review_on__isnull', False)), fields=['review_on'], name='case_review'),
        ),
        migrations.AddField(
            model_name='extension',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='extension',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='cases.case'),
        ),
        migrations.AddField(
            model_name='spotcheck',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spot_checks', to='cases.case'),
        ),
        migrations.AddField(
            model_name='stage',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='cases.case'),
        ),
        migrations.AddField(
            model_name='support',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='supports', to='cases.case'),
        ),
        migrations.AddField(
            model_name='support',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.unit'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(condition=models.Q(('granted__isnull', True)), fields=('case',), name='extension_waits_once'),
        ),
        migrations.AddIndex(
            model_name='spotcheck',
            index=models.Index(fields=['seen_at'], name='spot_check_seen'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(fields=('case', 'position'), name='stage_once'),
        ),
        migrations.AddConstraint(
            model_name='support',
            constraint=models.UniqueConstraint(fields=('case', 'unit'), name='support_once'),
        ),
    ]
