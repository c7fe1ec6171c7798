"""Let schemathesis call everything that `/api/v1` and `/open311/v2` describe: `make fuzz`.

A demo city on a PostgreSQL and a server of its own is called with a token of each role that
matters. Every answer has to fit its description; what fits the description has to be taken, or to
name nothing, or to go against what is there; nothing may break. The seed is the same every time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT, Failed, postgres, serving

HERE = Path(__file__).parent
SCHEMATHESIS = ROOT / ".venv" / "fuzz" / "bin" / "schemathesis"
SEED = "311"
ROLES = ["creation-office", "administrator", "dispatcher", "unit-worker", "auditor"]
TOKENS = """
import json, sys, django
django.setup()
from meicheng.accounts.tokens import SCOPES, make_token
from meicheng.organisation.models import User
found = {}
for role in sys.argv[1:]:
    user = User.objects.filter(memberships__role=role, is_active=True).earliest("pk")
    found[role] = make_token(user, f"fuzz {role}", list(SCOPES))[1]
print(json.dumps(found))
"""


def main(words: list[str]) -> int:
    """Run what was asked for; 0 where nothing was found."""
    asked = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    asked.add_argument("--seconds", type=int, default=120, help="of chance, for each role and door")
    asked.add_argument("--roles", nargs="*", default=ROLES, help=" ".join(ROLES))
    asked.add_argument("--seed", default=SEED)
    asked.add_argument("--port", type=int, default=8260)
    asked.add_argument("--without-open311", action="store_true")
    said = asked.parse_args(words)
    if not SCHEMATHESIS.exists():
        raise Failed("schemathesis is not installed; run: make fuzz")
    with tempfile.TemporaryDirectory(prefix="meicheng-fuzz-") as name, postgres.server() as url:
        folder = Path(name)
        os.environ |= {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
            "MEICHENG_VAR": name,
            "MEICHENG_API_PER_MINUTE": "0",
            "MEICHENG_REPORTS_PER_HOUR": "1000000",
            "MEICHENG_CODES_PER_HOUR": "1000000",
        }
        print("• a demo city", flush=True)
        for command in (["migrate"], ["demo", "make", "--size", "small", "--seed", "1"]):
            _python("-m", "meicheng", *command)
        tokens = json.loads(_python("-c", TOKENS, *said.roles).splitlines()[-1])
        with _served(folder, said.port) as address:
            found = [
                role for role, key in tokens.items()
                if _found(folder, said, [
                    f"{address}/api/v1/openapi.json", "--header", f"Authorization: Bearer {key}",
                ], f"/api/v1 as {role}")
            ]  # fmt: skip
            if not said.without_open311:
                calls = [str(HERE / "open311.yaml"), "--url", f"{address}/open311/v2"]
                if _found(folder, said, calls, "/open311/v2", "--config-file", "open311.toml"):
                    found.append("open311")
        log = (folder / "log").read_text(encoding="utf-8", errors="replace")
        if "Traceback" in log:
            print(log[log.index("Traceback") :][:6000])
            found.append("the server's log")
    print(f"found something: {', '.join(found)}" if found else "nothing was found")
    return 1 if found else 0


def _found(
    folder: Path, said: argparse.Namespace, calls: list[str], name: str, *before: str
) -> bool:
    """Whether something was found by every call at its edges (coverage), by some time of chance
    (fuzzing), or by calls that go on with what others answered (stateful).
    """
    before = tuple(str(HERE / one) if one.endswith(".toml") else one for one in before)
    found = False
    some_time = ["--max-time", str(said.seconds)]
    for phase, bound in (("coverage", []), ("fuzzing", some_time), ("stateful", some_time)):
        print(f"\n━━ {name}: {phase}", flush=True)
        done = subprocess.run(
            [
                SCHEMATHESIS, "--no-color", *before, "run", *calls, "--seed", said.seed,
                "--phases", phase, *bound, "--request-timeout", "60", "--continue-on-failure",
                "--warnings", "off",
            ],
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")},
        )  # fmt: skip
        found |= done.returncode != 0
    return found


@contextmanager
def _served(folder: Path, port: int) -> Iterator[str]:
    address = f"http://127.0.0.1:{port}"
    words = ["-m", "meicheng", "serve", "--port", str(port), "--workers", "1"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=log, stderr=log)
        try:
            serving.until_ready(f"{address}/readyz", server, folder / "log")
            yield address
        finally:
            serving.end(server)


def _python(*words: str) -> str:
    done = subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(words)[:80]} ended with exit code {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(str(failure))
