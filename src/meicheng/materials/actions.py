"""What people do with materials: file one, use it for more, review it, take it back.

Each is one transaction: it locks the filing, checks the permission and the state, changes the rows,
writes what the marks read into the ledger, and the next event of the filing's chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from meicheng.files.models import StoredFile
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.events import next_event
from meicheng.ledger.models import Observation
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.filing import place_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import NotAllowed, allow
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .models import Filing, Use

State = Use.State
EARLIEST = date(1990, 1, 1)  # what is dated before has a slip of the pen
MOST_USES = 60
WARNED = (timedelta(days=60), timedelta(days=14))  # before the last day of a document


class BadMaterial(ValueError):
    """A filing or a review that cannot be; the message says what was expected."""


def file_material(
    actor: User,
    *,
    unit: Unit,
    items: Sequence[Item],
    file: StoredFile,
    file_name: str,
    title: str,
    dated: date,
    key: str,
    expires: date | None = None,
    year: int | None = None,
    note: str = "",
) -> Filing:
    """File a document once, for one or more materials; it waits for a reviewer.

    The place is the unit's district, or the city for the city's own units; `year` the year reviewed
    that it is for, this one unless said. The same `key` again gives the filing that was made with it.

    Raises `NotAllowed`, and `BadMaterial`; then nothing has changed.
    """
    allow(actor, "materials.file", division=unit.division, unit=unit)
    if not 0 < len(key) <= 100:
        raise BadMaterial(_("The key of a filing has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"
    known = Filing.objects.filter(key=own_key).first()
    if known is not None:
        return known
    at = timezone.now()
    today = city_day(at)
    _check(title, note, dated, expires, items, today)
    year = today.year if year is None else year
    if not EARLIEST.year <= year <= today.year + 1:
        raise BadMaterial(
            _("%(year)s is no year under review; expected %(from)s to %(to)s")
            % {"year": year, "from": EARLIEST.year, "to": today.year + 1}
        )
    try:
        with transaction.atomic():
            made = Filing.objects.create(
                code=uuid4().hex,  # until its number is known
                title=title.strip(),
                unit=unit,
                division=place_of(unit),
                file=file,
                file_name=file_name.strip()[-160:] or title.strip(),
                dated=dated,
                year=year,
                expires=expires,
                note=note.strip(),
                filed_by=actor,
                filed_at=at,
                key=own_key,
            )
            made.code = f"CL-{city_day(at).year}-{made.pk:04d}"
            Use.objects.bulk_create(Use(filing=made, item=item) for item in items)
            _record(
                made,
                "material_filed",
                actor,
                code=made.code,
                title=made.title,
                unit=unit.code,
                file=file.sha256,
                dated=str(dated),
                expires=str(expires or ""),
                year=year,
                materials=[item.code for item in items],
            )
    except IntegrityError:  # the same key at the same moment: the other one made it
        made_meanwhile = Filing.objects.filter(key=own_key).first()
        if made_meanwhile is None:
            raise
        return made_meanwhile
    return made


@transaction.atomic
def use_for(actor: User, filing: Filing, items: Iterable[Item]) -> list[Use]:
    """Let a document that was filed prove more materials; those it proves already stay as they are.

    Raises `NotAllowed` and `BadMaterial`.
    """
    filing = _locked(filing)
    allow(actor, "materials.file", division=filing.unit.division, unit=filing.unit)
    _expect_standing(filing)
    known = set(filing.uses.values_list("item_id", flat=True))
    more = [item for item in items if item.pk not in known]
    _check_items([*more], len(known))
    if not more:
        return []
    made = Use.objects.bulk_create(Use(filing=filing, item=item) for item in more)
    _record(filing, "material_used", actor, materials=[item.code for item in more])
    return made


@transaction.atomic
def review(
    actor: User, filing: Filing, items: Sequence[Item], *, accept: bool, reason: str = ""
) -> Filing:
    """Accept a filing as proof of these materials, or return it with a reason.

    The word goes into the ledger under the date of the document, so that the marks read it at once.
    A second review of the same material replaces the first. Nobody reviews what they filed.

    Raises `NotAllowed` and `BadMaterial`.
    """
    filing = _locked(filing)
    allow(actor, "materials.review", division=filing.division)
    if filing.filed_by_id == actor.pk:
        raise NotAllowed(_("You filed this yourself; somebody else has to review it"))
    _expect_standing(filing)
    said = reason.strip()
    if not accept and not said:
        raise BadMaterial(_("Say why it is returned, so that the unit can put it right"))
    if len(said) > 500:
        raise BadMaterial(_("The text is longer than 500 characters"))
    at = timezone.now()
    if accept and filing.has_expired(city_day(at)):
        raise BadMaterial(
            _("It held until %(day)s only; the unit has to file a newer one")
            % {"day": filing.expires}
        )
    state = State.ACCEPTED if accept else State.RETURNED
    wanted = {item.pk for item in items}
    uses = [use for use in filing.uses.select_related("item") if use.item_id in wanted]
    if len(uses) < len(wanted) or not uses:
        raise BadMaterial(_("It was not filed for that material"))
    changed = [use for use in uses if use.state != state or said != use.reason]
    for use in changed:
        _say(use, filing, state, at=_moment(filing.dated), reason=said, by=actor)
        use.reviewed_by, use.reviewed_at = actor, at
        use.save()
    if changed:
        verb = "material_accepted" if accept else "material_returned"
        codes = [use.item.code for use in changed]
        _record(filing, verb, actor, materials=codes, reason=said)
    return filing


@transaction.atomic
def withdraw(actor: User, filing: Filing) -> Filing:
    """Take a filing back that nobody has accepted. Raises `NotAllowed` and `BadMaterial`."""
    filing = _locked(filing)
    allow(actor, "materials.file", division=filing.unit.division, unit=filing.unit)
    _expect_standing(filing)
    if filing.uses.exclude(state__in=[State.FILED, State.RETURNED]).exists():
        raise BadMaterial(_("It was accepted already and proves something; it stays on file"))
    filing.withdrawn_at = timezone.now()
    filing.save(update_fields=["withdrawn_at"])
    _record(filing, "material_withdrawn", actor)
    return filing


def let_expire(today: date, *, most: int = 200) -> int:
    """Say of accepted materials whose last day has passed that they hold no longer.

    The word is dated the day after the last one, whenever it is said, so that a worker that stood
    still changes nothing; earlier periods keep what held then. Returns how many filings expired.
    """
    rows = Filing.objects.filter(expires__lt=today, uses__state=State.ACCEPTED).distinct()
    found = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    for pk in found:
        with transaction.atomic():
            filing = _locked(Filing(pk=pk))
            uses = list(filing.uses.filter(state=State.ACCEPTED).select_related("item"))
            last = filing.expires
            if not uses or last is None or last >= today:
                continue  # somebody else was here first
            said = _("held until %(day)s") % {"day": last}
            for use in uses:
                written = _observation(
                    use, filing, "returned", at=_moment(last + timedelta(days=1)), reason=said
                )
                observe([written])
                use.state, use.reason = State.EXPIRED, said
                use.save(update_fields=["state", "reason"])
            codes = [use.item.code for use in uses]
            _record(filing, "material_expired", None, materials=codes, expires=str(last))
    return len(found)


def warn_of_expiry(today: date) -> int:
    """Tell who files for a unit that a document will soon hold no longer, at 60 and at 14 days.

    Each is told once of each document and step; returns how many were told now.
    """
    told = 0
    rows = Filing.objects.filter(
        expires__range=(today, today + WARNED[0]), uses__state=State.ACCEPTED, withdrawn_at=None
    )
    for filing in rows.distinct().select_related("unit", "filed_by").order_by("expires", "pk"):
        last = filing.expires
        assert last is not None
        step = min(ahead for ahead in WARNED if last <= today + ahead)
        told += notify(
            to={filing.filed_by, *holders(["unit-lead", "unit-worker"], unit=filing.unit)},
            kind="material.expiring",
            title=words(gettext_noop("%(title)s holds until %(day)s only: file a newer one"),
                        title=filing.title, day=last),
            link=reverse("materials:filing", args=[filing.code]),
            key=f"filing:{filing.pk}:expires:{last}:{step.days}",
        )  # fmt: skip
    return told


def _say(use: Use, filing: Filing, state: str, *, at: datetime, reason: str, by: User) -> None:
    """Write a reviewer's word into the ledger, where the latest word on a material stands.

    An acceptance takes the place of what was returned or expired under the same or a later date:
    a better copy of the same document counts. A return takes the place of its own acceptance; it
    says nothing against another document that was accepted for the same material.
    """
    own = use.observation if use.state in {State.ACCEPTED, State.RETURNED} else None
    standing = Observation.objects.standing().filter(
        item=use.item_id,
        division=filing.division,
    )
    if own is not None:
        standing = standing.exclude(pk=own.pk)
    use.state, use.reason = state, reason
    if state == State.RETURNED and own is None and standing.filter(value="accepted").exists():
        return
    replaced: list[Observation | None] = [own] if own is not None else []
    if state == State.ACCEPTED:
        replaced += standing.filter(
            value="returned", observed_at__gte=at, origin__startswith="filing:"
        )
    written = []
    for before in replaced or [None]:
        one = _observation(use, filing, state, at=at, reason=reason, by=by)
        one.replaces = before
        written.append(one)
    use.observation = observe(written)[0]


def _observation(
    use: Use, filing: Filing, value: str, *, at: datetime, reason: str, by: User | None = None
) -> Observation:
    return new_observation(
        item=use.item,
        division=filing.division,
        unit=filing.unit,
        observed_at=at,
        value=value,
        source=by.display_name[:120] if by else filing.code,
        origin=filing.origin,
        remark=reason,
        by=by,
    )


def _moment(day: date) -> datetime:
    """Noon of a day in the city: what a document says it is of."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def _locked(filing: Filing) -> Filing:
    """The filing as it stands, held until the transaction ends."""
    Filing.objects.select_for_update(of=("self",)).only("pk").get(pk=filing.pk)
    rows = Filing.objects.select_related("unit__division__district", "division", "file", "filed_by")
    return rows.get(pk=filing.pk)


def _expect_standing(filing: Filing) -> None:
    if filing.withdrawn_at is not None:
        raise BadMaterial(_("%(code)s was taken back by its unit") % {"code": filing.code})


def _check(
    title: str,
    note: str,
    dated: date,
    expires: date | None,
    items: Sequence[Item],
    today: date,
) -> None:
    if not 0 < len(title.strip()) <= 160:
        raise BadMaterial(_("Give the material a title of 1 to 160 characters"))
    if len(note.strip()) > 500:
        raise BadMaterial(_("The text is longer than 500 characters"))
    if not EARLIEST <= dated <= today:
        raise BadMaterial(
            _("The date %(day)s cannot be that of the document; expected %(from)s to today")
            % {"day": dated, "from": EARLIEST}
        )
    if expires is not None and expires < dated:
        raise BadMaterial(_("It cannot expire before its own date"))
    _check_items(items, 0)
    if not items:
        raise BadMaterial(_("Say at least one material that it proves"))


def _check_items(items: Sequence[Item], known: int) -> None:
    strange = next((item for item in items if item.source != Item.Source.MATERIAL), None)
    if strange is not None:
        raise BadMaterial(_("“%(code)s” is no material of a standard") % {"code": strange.code})
    if len(items) + known > MOST_USES:
        raise BadMaterial(_("One document proves at most %(most)d materials") % {"most": MOST_USES})


def _record(filing: Filing, verb: str, by: User | None, **data: Any) -> None:
    """Write the next event of the filing's chain."""
    next_event(filing, verb, by=by, at=timezone.now(), **data)
    filing.save(update_fields=["code", "events_count", "head_hash"])
