"""Reports accepted per second through API, Open311 and portal, beside a bare two-table insert.

wrk with 16 connections against granian on PostgreSQL with production's guarantees. A report is
validated, located, joined or given a case, and written with event, counts and idempotency key. The
plain figure is two rows by the ORM through the same server. All take turns, so that a noisy
machine is noisy to all. Open311 takes a form with a key; the portal a citizen's form without one, whose
connection and device are counted, as everybody's are. After the first reports the tables are analysed, as PostgreSQL does by
itself within a minute: a plan made for empty tables would read ever longer ones from end to end.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

from tools import ROOT, Failed
from tools.bench import database, record

CONNECTIONS = 16
SECONDS = int(os.environ.get("MEICHENG_BENCH_SECONDS", "10"))
ROUNDS = 3
SCRIPT = """
local words = {"路灯不亮，晚上很黑", "垃圾成堆，好几天没人清理", "井盖破损", "车辆占道停放",
  "小广告很多", "公厕很脏", "路面积水", "夜间施工噪声扰民"}
local thread, count = 0, 0
function setup(one) one:set("number", thread); thread = thread + 1 end
function init() math.randomseed(os.time() + number * 7919) end
function place()
  return %(west)f + math.random() * %(wide)f, %(south)f + math.random() * %(high)f
end
function request()
  count = count + 1
  local longitude, latitude = place()
  local said, key = words[math.random(#words)], string.format("%(run)s-%%d-%%d", number, count)
  %(way)s
end
"""
API = """
  local body = string.format('{"body": "%%s", "longitude": %%.6f, "latitude": %%.6f}',
    said, longitude, latitude)
  local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer %(token)s",
    ["Idempotency-Key"] = key}
  return wrk.format("POST", "%(path)s", headers, body)
"""
OPEN311 = """
  local body = string.format("service_code=dirty-road&description=%%s&long=%%.6f&lat=%%.6f"
    .. "&api_key=%(token)s", said, longitude, latitude)
  local headers = {["Content-Type"] = "application/x-www-form-urlencoded",
    ["Idempotency-Key"] = key}
  return wrk.format("POST", "%(path)s", headers, body)
"""
PORTAL = """
  local body = string.format("body=%%s&longitude=%%.6f&latitude=%%.6f&key=%%s&opened=%(opened)s"
    .. "&kind=dirty-road&decided=separate&csrfmiddlewaretoken=%(mark)s", said, longitude, latitude,
    key)
  local headers = {["Content-Type"] = "application/x-www-form-urlencoded",
    ["Cookie"] = "csrftoken=%(mark)s"}
  return wrk.format("POST", "%(path)s", headers, body)
"""
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


def main() -> None:
    """Measure both ways in turns and record the medians."""
    import json

    if shutil.which("wrk") is None:
        raise Failed("wrk is not installed; on Debian: sudo apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="meicheng-bench-") as folder, database() as url:
        os.environ |= {
            "MEICHENG_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            "MEICHENG_API_PER_MINUTE": "0",
            "MEICHENG_REPORTS_PER_HOUR": "1000000000",
        }
        made = json.loads(python("-c", PREPARE).splitlines()[-1])
        os.environ["BENCH_DIVISION"] = str(made["division"])
        made |= {"mark": "m" * 32, "opened": quote(made["opened"]).replace("%", "%%")}
        rounds: dict[str, list[dict[str, float]]] = defaultdict(list)
        with (
            served("meicheng.project.wsgi:application", "product") as product,
            served("tools.bench.bare:application", "bare") as plain,
        ):
            ways = (
                ("api", product, "/api/v1/reports", API),
                ("open311", product, "/open311/v2/requests.json", OPEN311),
                ("portal", product, "/p/", PORTAL),
                ("plain", plain, "/bare", API),
            )
            for name, port, path, way in ways:  # what is read once is read before it counts
                script = written(way, {**made, "path": path, "run": f"{name}-warm"})
                measured(port, script, Path(folder), seconds=2)
            python("-c", ANALYZE)
            for turn in range(ROUNDS):
                for name, port, path, way in ways:
                    script = written(way, {**made, "path": path, "run": f"{name}{turn}"})
                    rounds[name].append(measured(port, script, Path(folder)))
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


def written(way: str, values: dict[str, object]) -> str:
    """wrk's script for one way in."""
    return SCRIPT % {**values, "way": way % values}


def measured(port: int, script: str, folder: Path, seconds: int = SECONDS) -> dict[str, float]:
    """One round of wrk; what it says. Raises `Failed` when anything was refused."""
    path = folder / "wrk.lua"
    path.write_text(script, encoding="utf-8")
    command = [
        "wrk", "--latency", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
        "-s", str(path),
        f"http://127.0.0.1:{port}",
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if refused or "Socket errors" in said:
        raise Failed(f"not every request was taken:\n{said}")
    return {
        "per_second": float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0]),
        "p50_ms": _milliseconds(re.findall(r"50%\s+([\d.]+\w+)", said)[0]),
        "p99_ms": _milliseconds(re.findall(r"99%\s+([\d.]+\w+)", said)[0]),
    }


def _milliseconds(written: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", written).groups()
    return round(float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], 2)


@contextmanager
def served(application: str, name: str) -> Iterator[int]:
    """A server as `meicheng serve` starts it; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port",
        str(port), "--workers", "2", "--blocking-threads", "4", "--no-access-log", application,
    ]  # fmt: skip
    environment = {**os.environ, "BENCH_SERVES": name}
    if name == "bare":
        environment["DJANGO_SETTINGS_MODULE"] = "tools.bench.bare_settings"
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return
        except urllib.error.HTTPError:
            return  # the plain code knows no such address, but it answers
        except OSError:
            if time.monotonic() > deadline:
                raise Failed("the server did not start within 120 s") from None
            time.sleep(0.1)


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
