"""The worker: tasks from the database, followers of events, and the daily seal."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import date
from types import FrameType
from typing import Any

from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from meicheng.exchange.tasks import take_up_again
from meicheng.places.time import city_day

from .followers import find_followers, run_followers
from .seal import seal_if_due

log = logging.getLogger("meicheng.ledger")

PAUSE = 1.0  # seconds between two looks when nothing waits
TASKS_AT_ONCE = 20  # then followers have their turn
PATIENCE = 30.0  # seconds for what is being sent when the worker stops

# What has to be done once a new day has begun in the city, however late; rooms above register
# theirs when they start. Each may run again: what is done already is not done twice.
EVERY_DAY: list[Callable[[date], int]] = []
# What has to be done once its moment has passed, however late: each does a part that ends soon and
# says how much, and is asked again as long as there is more. Rooms above register theirs too.
EVERY_TURN: list[Callable[[], int]] = []

# What waits for other systems (mail servers, webhooks), a bounded turn at a time that returns how
# much was done: each runs in a thread of its own, so that a slow partner holds up nobody.
BESIDE: list[Callable[[], int]] = []


def work(once: bool = False) -> None:
    """Run what waits in the database until SIGTERM or Ctrl-C; with `once`, until nothing waits.

    A task or an event that has begun is finished first. Any number of workers may run.
    """
    stop = threading.Event()
    before = _stop_on_signals(stop)
    find_followers()
    day: date | None = None
    threads = [] if once else [_start(turn, stop) for turn in BESIDE]
    log.info("The worker runs")
    try:
        while not stop.is_set():
            close_old_connections()
            try:
                busy = _turn(stop)
                if once:
                    busy = bool(sum(turn() for turn in BESIDE)) or busy
                if day != (today := city_day(timezone.now())):
                    begin_day(today)
                    day = today
            except OperationalError:  # the database is away or locked for long: come back
                log.exception("The database did not answer")
                if once:
                    raise
                busy = False
            if busy:
                continue
            if once:
                break
            stop.wait(PAUSE)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
        for number, handler in before.items():
            signal.signal(number, handler)
        close_old_connections()
    log.info("The worker has stopped")


def _start(turn: Callable[[], int], stop: threading.Event) -> threading.Thread:
    """Let `turn` run again and again beside the worker until it stops."""

    def run() -> None:
        while not stop.is_set():
            close_old_connections()
            try:
                busy = turn()
            except Exception:  # whatever it is: it is in the log, and the next turn tries again
                log.exception("A turn beside the worker failed")
                busy = 0
            if not busy:
                stop.wait(PAUSE)
        connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def begin_day(day: date) -> int:
    """Do what a new day asks for; how much was done."""
    done = 0
    for task in EVERY_DAY:
        while count := task(day):
            done += count
    return done


def _turn(stop: threading.Event) -> bool:
    """Do some of everything; whether anything was done."""
    done = _run_tasks(TASKS_AT_ONCE, stop)
    if not stop.is_set():
        done += run_followers()
    for task in EVERY_TURN:
        if not stop.is_set():
            done += task()
    if not stop.is_set():
        seal = seal_if_due()
        if seal is not None:
            log.info("Sealed %s: %d events", seal.day, seal.events)
            done += 1
    if not done and not stop.is_set():
        done += take_up_again()
    return bool(done)


def _run_tasks(most: int, stop: threading.Event) -> int:
    """Run up to `most` tasks that are due; how many."""
    done = 0
    while done < most and not stop.is_set():
        runner = _OneTask(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=get_random_string(32),
        )
        runner.run()
        if not runner.ran:
            break
        done += 1
    return done


class _OneTask(Worker):
    """The tasks' own worker for one task; knows whether there was one."""

    ran = False

    def run_task(self, db_task_result: Any) -> None:
        self.ran = True
        super().run_task(db_task_result)


def _stop_on_signals(stop: threading.Event) -> dict[int, Any]:
    """Stop after what is being done; a second signal ends the process at once."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        log.info("Stopping after what is being done (again to stop at once)")
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
