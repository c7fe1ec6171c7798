from django.db import migrations, models


def mark_past_cases(apps, schema_editor):
    """Cases that came from files taken up already: nobody knows whether in time."""
    Event = apps.get_model("ledger", "Event")
    Case = apps.get_model("cases", "Case")
    chains = list(
        Event.objects.filter(verb="reported", chain__startswith="case:", data__imported=True)
        .order_by()
        .values_list("chain", flat=True)
    )
    for start in range(0, len(chains), 500):
        keys = [int(chain.removeprefix("case:")) for chain in chains[start : start + 500]]
        Case.objects.filter(pk__in=keys, received_in_time=None).exclude(
            state__in=["reported", "registered"]
        ).update(receipt_unknown=True)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0004_stages_parts_and_checks'),
        ('ledger', '0007_what_is_known_of_receipt_and_answer'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='receipt_unknown',
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(mark_past_cases, migrations.RunPython.noop),
    ]
