"""What is done to an account is an event of its chain, `account:ID`."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from meicheng.ledger.events import write_event
from meicheng.ledger.models import Event
from meicheng.organisation.models import User


def account_chain(person: User) -> str:
    """The name of the chain of what was done to an account."""
    return f"account:{person.pk}"


@transaction.atomic
def record(person: User, verb: str, *, by: User | None, **data: Any) -> Event:
    """Write the next event of an account's chain (the account is locked meanwhile)."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    return write_event(account_chain(person), verb, by=by, data=data)
