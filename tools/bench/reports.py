"""Reports accepted per second through API, Open311 and portal, beside a bare two-table insert.

16 connections that send as fast as they are answered, against granian on PostgreSQL with production's
guarantees. A report is validated, located, joined or given a case, and written with event, counts and idempotency key. The
plain figure is two rows by the ORM through the same server. All take turns, so that a noisy
machine is noisy to all. Open311 takes a form with a key; the portal a citizen's form without one, whose
connection and device are counted, as everybody's are. After the first reports the tables are analysed, as PostgreSQL does by
itself within a minute: a plan made for empty tables would read ever longer ones from end to end.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from secrets import token_hex
from statistics import median
from typing import Any
from urllib.parse import urlencode

from tools import ROOT, Failed, serving
from tools.bench import database, percentile, record

CONNECTIONS = 16
SECONDS = int(os.environ.get("MEICHENG_BENCH_SECONDS", "5"))
ROUNDS = 3
WORDS = ["路灯不亮，晚上很黑", "垃圾成堆，好几天没人清理", "井盖破损", "车辆占道停放",
         "小广告很多", "公厕很脏", "路面积水", "夜间施工噪声扰民"]  # fmt: skip
FORM = "Content-Type: application/x-www-form-urlencoded"
MARK = "m" * 32
TAKEN = {b"201", b"302"}
PREPARE = """
import json, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from meicheng.demo.little import City
from meicheng.accounts.tokens import make_token
from meicheng.portal.limits import opened_now
city = City()
city.load_standards()
user = city.user("creation-office")
_row, key = make_token(user, "bench", ["reports:write"])
from shapely.geometry import shape
west, south, east, north = shape(city.root.outline).bounds
print(json.dumps({"token": key, "west": west, "south": south, "wide": east - west,
                  "high": north - south, "division": city.root.pk, "opened": opened_now()}))
"""
ANALYZE = """
import django
django.setup()
from django.db import connection
connection.cursor().execute("ANALYZE")
"""
CHECK = """
import json, django
django.setup()
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.voices.models import Report
from django.db.models import Count
by_source = Report.objects.filter(case__number__startswith="A-").values_list("source")
print(json.dumps({"reports": dict(by_source.annotate(Count("pk")).order_by("source")),
                  "joined": Report.objects.filter(state="joined").count(),
                  "faults": verify().found}))
"""


@dataclass(frozen=True)
class Said:
    """What somebody reports somewhere in the city."""

    words: str
    longitude: float
    latitude: float
    key: str


City = dict[str, Any]  # what PREPARE prints
Saying = Callable[[City, Said], bytes]


def main() -> None:
    """Measure both ways in turns and record the medians."""
    with tempfile.TemporaryDirectory(prefix="meicheng-bench-") as folder, database() as url:
        os.environ |= {
            "MEICHENG_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            "MEICHENG_API_PER_MINUTE": "0",
            "MEICHENG_REPORTS_PER_HOUR": "1000000000",
        }
        made = json.loads(python("-c", PREPARE).splitlines()[-1])
        os.environ["BENCH_DIVISION"] = str(made["division"])
        rounds: dict[str, list[dict[str, float]]] = defaultdict(list)
        with (
            served("meicheng.project.wsgi:application", "product") as product,
            served("tools.bench._bare:application", "bare") as plain,
        ):
            ways: dict[str, tuple[int, Saying]] = {
                "api": (product, by_api),
                "open311": (product, by_open311),
                "portal": (product, by_portal),
                "plain": (plain, partial(by_api, path="/bare")),
            }
            for port, say in ways.values():  # what is read once is read before it counts
                measured(port, made, say, seconds=2)
            python("-c", ANALYZE)
            for _turn in range(ROUNDS):
                for name, (port, say) in ways.items():
                    rounds[name].append(measured(port, made, say))
        after = json.loads(python("-c", CHECK).splitlines()[-1])
        bare = median(one["per_second"] for one in rounds["plain"])
        results: dict[str, object] = {
            "connections": CONNECTIONS,
            "seconds_a_round": SECONDS,
            **{
                f"{name}_{figure}": median(one[figure] for one in found)
                for name, found in rounds.items()
                for figure in ("per_second", "p50_ms", "p99_ms")
            },
            **{
                f"{name}_share_of_plain": round(
                    median(one["per_second"] for one in rounds[name]) / bare, 3
                )
                for name in ("api", "open311", "portal")
            },
            "rounds": rounds,
            **after,
        }
        record("reports", results, database_url=url)


def by_api(city: City, said: Said, path: str = "/api/v1/reports") -> bytes:
    """A report as the API takes it."""
    body = {"body": said.words, "longitude": said.longitude, "latitude": said.latitude}
    return posted(
        path,
        json.dumps(body).encode(),
        "Content-Type: application/json",
        f"Authorization: Bearer {city['token']}",
        f"Idempotency-Key: {said.key}",
    )


def by_open311(city: City, said: Said) -> bytes:
    """A service request with a key."""
    body = {
        "service_code": "dirty-road", "description": said.words, "long": said.longitude,
        "lat": said.latitude, "api_key": city["token"],
    }  # fmt: skip
    return posted(
        "/open311/v2/requests.json", urlencode(body).encode(), FORM, f"Idempotency-Key: {said.key}"
    )


def by_portal(city: City, said: Said) -> bytes:
    """A citizen's form, sent once more after what is near was shown."""
    body = {
        "body": said.words, "longitude": said.longitude, "latitude": said.latitude,
        "key": said.key, "opened": city["opened"], "kind": "dirty-road", "decided": "separate",
        "csrfmiddlewaretoken": MARK,
    }  # fmt: skip
    return posted("/p/", urlencode(body).encode(), FORM, f"Cookie: csrftoken={MARK}")


def posted(path: str, body: bytes, *headers: str) -> bytes:
    """A POST as it goes over the wire."""
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def measured(port: int, city: City, say: Saying, seconds: int = SECONDS) -> dict[str, float]:
    """One round of all connections. Raises `Failed` when anything was refused."""
    begun = time.perf_counter()
    until = begun + seconds
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        rounds = connections.map(lambda _one: _sent(port, city, say, until), range(CONNECTIONS))
        took = [one for found in rounds for one in found]
    return {
        "per_second": round(len(took) / (time.perf_counter() - begun), 1),
        "p50_ms": round(1000 * percentile(took, 0.5), 1),
        "p99_ms": round(1000 * percentile(took, 0.99), 1),
    }


def _sent(port: int, city: City, say: Saying, until: float) -> list[float]:
    """The seconds that each report of one connection took until it was answered."""
    chance, took = Random(), []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as there:
        there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (begun := time.perf_counter()) < until:
            there.sendall(say(city, _something(city, chance)))
            _taken(there)
            took.append(time.perf_counter() - begun)
    return took


def _something(city: City, chance: Random) -> Said:
    longitude = city["west"] + city["wide"] * chance.random()
    latitude = city["south"] + city["high"] * chance.random()
    return Said(chance.choice(WORDS), round(longitude, 6), round(latitude, 6), token_hex(12))


def _taken(there: socket.socket) -> None:
    """Read one answer to its end; it has to say that the report was taken."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += _received(there)
    head, _gap, body = said.partition(b"\r\n\r\n")
    length = int(re.findall(rb"(?i)\r\ncontent-length: *(\d+)", head)[0])
    while len(body) < length:
        body += _received(there)
    if head.split()[1] not in TAKEN:
        raise Failed(f"a report was not taken:\n{head.decode()}\n{body[:500].decode()}")


def _received(there: socket.socket) -> bytes:
    part = there.recv(65536)
    if not part:
        raise Failed("the connection was closed in the middle of an answer")
    return part


@contextmanager
def served(application: str, name: str) -> Iterator[int]:
    """A server as `meicheng serve` starts it; its port."""
    port = serving.free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port",
        str(port), "--workers", "2", "--blocking-threads", "4", "--no-access-log", application,
    ]  # fmt: skip
    environment = {**os.environ, "BENCH_SERVES": name}
    if name == "bare":
        environment["DJANGO_SETTINGS_MODULE"] = "tools.bench._bare_settings"
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        serving.until_ready(f"http://127.0.0.1:{port}/healthz", server)
        yield port
    finally:
        serving.end(server)


def python(*words: str) -> str:
    """What a Python program prints."""
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise Failed(f"{words[:2]} ended with exit code {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
