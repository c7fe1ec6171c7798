"""Units are told of the problems on lists that come due."""

from __future__ import annotations

from datetime import timedelta

from meicheng.lists.tasks import tell_what_is_due
from meicheng.notices.models import Notice


def test_a_unit_is_told_once_before_and_once_after_the_deadline(city, new_list, today):
    lead, worker = city.user("unit-lead"), city.user("unit-worker")
    city.user("unit-lead", unit=city.unit("health"))
    new_list(5)
    assert tell_what_is_due(today - timedelta(days=1)) == 0
    assert tell_what_is_due(today) == 2
    assert tell_what_is_due(today + timedelta(days=1)) == 0
    assert tell_what_is_due(today + timedelta(days=4)) == 2
    assert tell_what_is_due(today + timedelta(days=4)) == 0
    assert {one.person for one in Notice.objects.all()} == {lead, worker}
    assert Notice.objects.latest("pk").title["values"]["items"] == 5
