"""How fast notices are written to 10,000 people and sent: `python -m tools.bench notices`.

Writing is measured beside a bare bulk insert of the same rows; mail and webhooks go to real servers
on this machine, which share its processors.
"""

from __future__ import annotations

import os

from tools import Failed
from tools.bench import product, record, stopwatch

PEOPLE = int(os.environ.get("MEICHENG_BENCH_PEOPLE", "10000"))
SENT = 1000


def main() -> None:
    """Tell everybody, send some of it, on PostgreSQL."""
    with product(MEICHENG_PRIVATE_WEBHOOKS="127.0.0.0/8") as url:
        measure(url)


def measure(url: str) -> None:
    """Time telling, counting, mailing and posting."""
    from django.conf import settings
    from django.utils import timezone

    from meicheng.demo.little import City
    from meicheng.notices.actions import notify
    from meicheng.notices.models import Delivery, Message, Notice
    from meicheng.notices.outbox import Outbox
    from meicheng.notices.queries import unread_count
    from meicheng.notices.tests.servers import http_server, mail_server
    from meicheng.notices.webhooks.actions import make_endpoint, try_endpoint
    from meicheng.notices.webhooks.delivering import deliver
    from meicheng.organisation.models import User

    city = City()
    people = User.objects.bulk_create(
        User(username=f"p{n}", display_name=f"P{n}", email=f"p{n}@city.example")
        for n in range(PEOPLE)
    )
    settings.MAIL = True
    with stopwatch() as telling:
        told = notify(to=people, kind="case.mention", title="m", link="/", key="bench")
    with stopwatch() as again:
        twice = notify(to=people, kind="case.mention", title="m", link="/", key="bench")
    if (told, twice) != (PEOPLE, 0) or Delivery.objects.count() != PEOPLE:
        raise Failed(f"{told} and {twice} of {PEOPLE} were told")
    at = timezone.now()
    bare = [
        Notice(person=one, kind="x", key="bare", title={}, link="/", made_at=at) for one in people
    ]
    with stopwatch() as inserting:
        Notice.objects.bulk_create(bare, batch_size=500)
    with stopwatch() as counting:
        for one in people[:200]:
            unread_count(one)
    waiting = Delivery.objects.order_by("pk").values_list("pk", flat=True)[SENT:]
    Delivery.objects.filter(pk__in=list(waiting)).delete()
    with mail_server() as mails:
        settings.EMAIL_HOST, settings.EMAIL_PORT = mails.host, mails.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        box = Outbox()
        with stopwatch() as mailing:
            while box.turn():
                pass
    with http_server() as web:
        office = city.user("creation-office")
        endpoint, _secret = make_endpoint(office, name="x", url=web.url, events=["list.made"])
        for _number in range(SENT):
            try_endpoint(office, endpoint)
        with stopwatch() as posting:
            while deliver():
                pass
    if len(mails.mails) != SENT or Message.objects.exclude(state="delivered").exists():
        raise Failed(f"{len(mails.mails)} mails and {len(web.posts)} posts of {SENT}")
    record(
        "notices",
        {
            "people": PEOPLE,
            "told_per_second": round(PEOPLE / telling.seconds),
            "told_again_per_second": round(PEOPLE / again.seconds),
            "bare_inserts_per_second": round(PEOPLE / inserting.seconds),
            "unread_count_ms": round(counting.seconds * 1000 / 200, 2),
            "mails_per_second": round(SENT / mailing.seconds),
            "webhooks_per_second": round(SENT / posting.seconds),
        },
        database_url=url,
    )
