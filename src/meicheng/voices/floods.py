"""How often somebody reports in an hour; more than is usual is doubted and taken all the same."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from .models import Knock

AN_HOUR = 3600
KEPT = 24  # hours


def too_many(whom: str, what: str, most: int) -> bool:
    """Count one more `what` of a connection, a device or a sender; whether it is more than `most`
    in an hour (1 SQL statement).

    All server processes count together; only a keyed hash of whom is kept.
    """
    who = salted_hmac("meicheng.portal.limit", whom).hexdigest()[:24]
    table = Knock._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (what, who, hour, count) VALUES (%s, %s, %s, 1) "
            f"ON CONFLICT (what, who, hour) DO UPDATE SET count = {table}.count + 1 "
            "RETURNING count",
            [what, who, _hour()],
        )
        return int(cursor.fetchone()[0]) > most


def doubt_about_sender(sender: str) -> str:
    """Count one more report of a sender of letters or messages; why it is doubtful, or ""."""
    most = settings.REPORTS_PER_DEVICE
    if not too_many(sender, "report", most):
        return ""
    return _("more than %(most)d in an hour from one sender") % {"most": most}


def forget_knocks(_day: date) -> int:
    """Remove the counts of hours long past; how many."""
    return Knock.objects.filter(hour__lt=_hour() - KEPT).delete()[0]


def _hour() -> int:
    return int(timezone.now().timestamp()) // AN_HOUR
