"""Reading which requests are asked for. Every fault is a `Fault` that says what was expected."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from .faults import Fault
from .looking import MOST, SPAN, Asked
from .services import service

MOST_PAGES = 100_000
NUMBER = re.compile(r"[0-9]{1,9}")


def read_asked(query: QueryDict) -> Asked:
    """What a query asks for; numbers override all else but the page."""
    page = _number(query, "page", 1, MOST_PAGES)
    size = _number(query, "page_size", MOST, MOST)
    numbers = _list(query, "service_request_id")
    if numbers:
        if len(numbers) > MOST:
            said = _("At most %(most)d service_request_id are taken at once") % {"most": MOST}
            raise Fault(400, said)
        return Asked(numbers=numbers, page=page, size=size)
    since, until = _span(_moment(query, "start_date"), _moment(query, "end_date"))
    return Asked(
        kinds=tuple(service(code) for code in _list(query, "service_code")),
        since=since,
        until=until,
        closed=_status(_list(query, "status")),
        page=page,
        size=size,
    )


def _list(query: QueryDict, name: str) -> tuple[str, ...]:
    """What a comma list, or one that was said several times, holds, each once."""
    said = ",".join(query.getlist(name)).split(",")
    return tuple(dict.fromkeys(one.strip() for one in said if one.strip()))


def _number(query: QueryDict, name: str, without: int, most: int) -> int:
    said = query.get(name, "").strip()
    if not said:
        return without
    if not NUMBER.fullmatch(said) or not 1 <= int(said) <= most:
        raise Fault(
            400,
            _("%(name)s is “%(value)s”; expected a whole number from 1 to %(most)d")
            % {"name": name, "value": said[:40], "most": most},
        )
    return int(said)


def _status(said: tuple[str, ...]) -> bool | None:
    strange = next((one for one in said if one not in {"open", "closed"}), None)
    if strange is not None:
        told = _("status is “%(value)s”; expected open, closed or both") % {"value": strange[:40]}
        raise Fault(400, told)
    return None if len(said) != 1 else said[0] == "closed"


def _moment(query: QueryDict, name: str) -> datetime | None:
    # A plus that was not escaped arrives as a blank.
    said = query.get(name, "").strip().replace(" ", "+")
    if not said:
        return None
    try:
        at = parse_datetime(said)
    except ValueError:  # written like a time, but there is none such
        at = None
    if at is None or at.tzinfo is None or not 1971 <= at.year <= 2200:
        raise Fault(
            400,
            _("%(name)s is “%(value)s”; expected a time with its zone, as 2026-01-01T00:00:00Z")
            % {"name": name, "value": said[:40]},
        )
    return at.astimezone(UTC)


def _span(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """From when to when: 90 days at most, the last ones where neither is said."""
    if since is None:
        until = until or timezone.now()
        return until - SPAN, until
    if until is None:
        return since, since + SPAN
    if since > until:
        raise Fault(400, _("start_date lies after end_date"))
    if until - since > SPAN:
        said = _("start_date and end_date are more than %(days)d days apart") % {"days": SPAN.days}
        raise Fault(400, said)
    return since, until
