"""Two people on one case at the same moment: one is first, the other is told who and what."""

import threading
import uuid

import pytest
from django.db import connection, transaction
from django.utils import translation

from meicheng.cases import actions
from meicheng.cases.models import BulkLine, Case
from meicheng.cases.workbench.bulk import Order
from meicheng.cases.workbench.orders import carry_out
from meicheng.ledger.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(first, second):
    """Do the first, and the second while the first's transaction is open; what the second came to.

    On PostgreSQL each has a connection of its own, and the first ends once the second waits for it.
    SQLite lets one write at a time: there the second begins with what it saw before the first.
    """
    came = []

    def do():
        try:
            with translation.override("zh-hans"):  # a thread has its own language
                came.append(second())
        except actions.Stale as problem:
            came.append(problem)

    def apart():
        try:
            do()
        finally:
            connection.close()

    if connection.vendor == "sqlite":
        first()
        do()
        return came[0]
    thread = threading.Thread(target=apart)
    with transaction.atomic():
        first()
        thread.start()
        waited = _somebody_waits(thread)
    thread.join()
    assert waited, "they were not at it at once"
    return came[0]


def _somebody_waits(thread):
    """Whether somebody waits for a lock of this connection, before 20 seconds are over."""
    pause = threading.Event()
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return True
            if not thread.is_alive():
                return False
            pause.wait(0.02)
    return False


@pytest.fixture
def fang(city):
    return city.user("creation-office", name="王芳")


def test_of_two_who_take_a_step_at_once_one_is_told_what_the_other_did(city, fang):
    case = city.case(state="reported")
    seen, desk = case.events_count, city.user()
    mine, hers = Case.objects.get(pk=case.pk), Case.objects.get(pk=case.pk)
    told = at_once(
        lambda: actions.turn_down_case(hers, by=fang, remark="重复", seen=seen),
        lambda: actions.register_case(mine, by=desk, seen=seen),
    )
    assert isinstance(told, actions.Stale)
    assert "王芳" in str(told)
    assert "不予立案" in str(told)
    assert Case.objects.get().state == "turned_down"
    assert not Event.objects.filter(verb="register", by_id=desk.pk).exists()


def test_of_two_orders_for_the_same_cases_one_is_told_case_by_case(city, fang):
    cases = [city.case(state="reported") for _ in range(2)]
    seen, desk = {case.number: case.events_count for case in cases}, city.user()
    mine, hers = list(Case.objects.order_by("pk")), list(Case.objects.order_by("pk"))
    run = at_once(
        lambda: carry_out(fang, Order("turn_down", "重复"), hers, key=uuid.uuid4(), seen=seen),
        lambda: carry_out(desk, Order("register"), mine, key=uuid.uuid4(), seen=seen),
    )
    lines = list(run.lines.all())
    assert [line.done for line in lines] == [False, False]
    assert all("王芳" in line.reason and "不予立案" in line.reason for line in lines)
    assert Event.objects.filter(verb="turn_down").count() == 2
    assert not Event.objects.filter(verb="register").exists()


def test_an_order_that_is_sent_twice_at_once_is_carried_out_once(city):
    case, desk, key = city.case(state="reported"), city.user(), uuid.uuid4()
    mine, again = Case.objects.get(pk=case.pk), Case.objects.get(pk=case.pk)
    orders = [
        lambda row=row: carry_out(desk, Order("register"), [row], key=key, seen={})
        for row in (mine, again)
    ]
    at_once(*orders)
    assert BulkLine.objects.get().done
    assert Event.objects.filter(verb="register").count() == 1
