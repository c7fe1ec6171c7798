"""Sealing everything anew under the newest key, so that an older one can be taken away.

What something sealed is searched by, `X_digest` beside `X_sealed`, follows the key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction

from .personal import digest, digest_of_name, reseal, unseal

BATCH = 500
DIGESTS = {"phone_digest": digest, "name_digest": digest_of_name}


@dataclass
class Rotated:
    """How far it is: rows looked at, sealed anew, and those that none of the keys opens."""

    looked_at: int = 0
    sealed_anew: int = 0
    unreadable: list[str] = field(default_factory=list)


def sealed_columns() -> list[tuple[type[models.Model], str]]:
    """Every column that holds something sealed: by the house's rule its name ends in “_sealed”."""
    return [
        (model, one.attname)
        for model in apps.get_models()
        for one in model._meta.concrete_fields
        if isinstance(one, models.BinaryField) and one.attname.endswith("_sealed")
    ]


def rotate(
    *, batch: int = BATCH, progress: Callable[[str, Rotated], None] = lambda _column, _done: None
) -> Rotated:
    """Seal under the newest key whatever is under an older one, a batch in each transaction.

    It may be stopped anywhere and run again: what is under the newest key already is passed over.
    """
    done = Rotated()
    for model, column in sealed_columns():
        last: object = None
        while last := _batch(model, column, last, batch, done):
            progress(f"{model._meta.label}.{column}", done)
    return done


@transaction.atomic
def _batch(
    model: type[models.Model], column: str, after: object, size: int, done: Rotated
) -> object:
    """The next rows behind the key `after`; the last one's key, None where there are no more."""
    rows = model._default_manager.filter(**{f"{column}__isnull": False})
    if after is not None:
        rows = rows.filter(pk__gt=after)
    # Held, so that nobody's new number is overwritten by his old one.
    digested = f"{column.removesuffix('_sealed')}_digest"
    searched = digested in {one.attname for one in model._meta.concrete_fields}
    columns = [column, digested] if searched else [column]
    found = list(rows.order_by("pk").only("pk", *columns).select_for_update(of=("self",))[:size])
    changed = []
    for row in found:
        sealed = bytes(getattr(row, column))
        if not sealed:  # emptied when it was not needed any more
            continue
        done.looked_at += 1
        try:
            fresh: dict[str, bytes | str] = {column: reseal(sealed) or sealed}
        except ValueError:
            done.unreadable.append(f"{model._meta.label} {row.pk}")
            continue
        if searched:
            fresh[digested] = DIGESTS[digested](unseal(sealed))
        if fresh[column] == sealed and fresh.get(digested) == getattr(row, digested, None):
            continue
        for name, value in fresh.items():
            setattr(row, name, value)
        changed.append(row)
    model._default_manager.bulk_update(changed, columns, batch_size=size)
    done.sealed_anew += len(changed)
    return found[-1].pk if found else None
