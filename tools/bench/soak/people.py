"""Users at work: each looks, decides and sends as the real pages and the API ask, over HTTP."""

from __future__ import annotations

import io
import random
import re
import secrets
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from PIL import Image

from meicheng.engine.workflow import AT_THE_DESK, FINAL, TRANSITIONS, Need, State, transition

from .book import Book, Reported, Step

PATIENCE = 60  # seconds for an answer
TRIES = 3
PAUSE = (0.05, 0.5)  # seconds between two things that a user does
FORM = 4.3  # seconds in which nobody fills in the form by hand, and a little
STRAIGHT = {"register", "dispatch", "accept", "start", "resolve", "verify", "pass_photo", "close",
            "resume", "decide"}  # fmt: skip
MORE = timedelta(minutes=30)  # what is asked for where an hour was given
REGRET = 0.08  # of the steps are taken back at once
MORE_TIME = {"ask_extension", "extend", "refuse_extension"}
LABEL = {412: "stale", 409: "wrong state", 403: "not allowed", 404: "not found", 422: "needs more",
         400: "refused", 429: "too many"}  # fmt: skip
STAFF_STATES: dict[str, set[str]] = {
    "dispatcher": {str(one) for one in AT_THE_DESK} | {"verified"},
    "unit-worker": {"dispatched", "accepted", "in_progress", "to_redo"},
    "unit-lead": {"dispatched", "accepted", "in_progress", "to_redo"},
    "verifier": {"resolved", "verified"},
    "creation-office": {str(one) for one in State if one not in FINAL} | {"closed"},
}
WORDS = ["垃圾成堆，好几天没人清理", "路灯不亮，晚上很黑", "车辆占道停放，行人走不了"]


@dataclass
class User(ABC):
    """Somebody with a browser or a program; `work` goes on until `stop` is set."""

    url: str
    book: Book
    chance: random.Random
    stop: threading.Event
    http: requests.Session = field(default_factory=requests.Session)

    def work(self) -> None:
        """One thing after the other."""
        while not self.stop.is_set():
            try:
                self.turn()
            except requests.RequestException as problem:
                self.book.answered(f"no answer ({type(problem).__name__})", PATIENCE)
            self.stop.wait(self.chance.uniform(*PAUSE))

    @abstractmethod
    def turn(self) -> None:
        """Do one thing."""

    def ask(self, method: str, path: str, what: str, **more: Any) -> requests.Response:
        """Send a request and note its answer; a failure of the server is a disagreement."""
        began = time.perf_counter()
        answer = self.http.request(
            method, self.url + path, timeout=PATIENCE, allow_redirects=False, **more
        )
        status = answer.status_code
        label = "ok" if status < 400 else LABEL.get(status, f"error {status}")
        self.book.answered(f"{label}: {what}", time.perf_counter() - began)
        if status >= 500:
            self.book.fault(f"{method} {path} answered {status}: {answer.text[:200]}")
        return answer

    def post(self, path: str, what: str, body: dict[str, Any], **headers: str) -> Any:
        """POST once, however often it has to be sent; now and then somebody sends it twice.

        Raises `requests.RequestException` where no answer came to any of three sendings.
        """
        headers = {"Idempotency-Key": secrets.token_hex(12), **headers}
        for attempt in range(1, TRIES + 1):
            try:
                answer = self.ask("POST", path, what, json=body, headers=headers)
                break
            except requests.RequestException:
                if attempt == TRIES:
                    raise
        if answer.ok and self.chance.random() < 0.05:
            again = self.ask("POST", path, f"{what} sent again", json=body, headers=headers)
            if again.status_code != answer.status_code or again.json() != answer.json():
                self.book.fault(f"{path} sent twice was answered {answer.text} and {again.text}")
        return answer


@dataclass
class Staff(User):
    """Somebody of the staff with a token: looks at cases and takes steps of them."""

    role: str = ""
    pk: int = 0
    token: str = ""
    district: str = ""  # where the unit works; "" for who works in the whole city
    seen: dict[str, tuple[str, list[str], str]] = field(default_factory=dict)
    due: dict[str, str | None] = field(default_factory=dict)  # as it was seen

    def __post_init__(self) -> None:
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def turn(self) -> None:
        """Choose a case that waits for this role, look at it or trust what was seen, and go on."""
        number = self.book.pick(self.chance, STAFF_STATES[self.role], self.district)
        if number is None or self.chance.random() < 0.1:
            self.look_around()
            return
        if number not in self.seen or self.chance.random() < 0.85:
            self.look_at(number)
        if number not in self.seen:
            return
        tag, steps, district = self.seen[number]
        step = self.choose(steps)
        careless = self.chance.random() < 0.04
        if careless:  # whatever comes to mind, on no page at all
            step = self.chance.choice([one.code for one in TRANSITIONS if one.by_people])
        if not step:
            return
        taken = self.take(number, step, district, {} if careless else {"If-Match": tag})
        if taken and self.chance.random() < REGRET:
            self.take(number, "undo", district, {})

    def choose(self, steps: list[str]) -> str:
        """Mostly straight on, so that cases come to their end."""
        if not steps:
            return ""
        weights = [20 if one in STRAIGHT else 10 if one in MORE_TIME else 1 for one in steps]
        return self.chance.choices(steps, weights)[0]

    def look_around(self) -> None:
        """Read the newest cases that this role reaches."""
        answer = self.ask("GET", "/api/v1/cases?limit=50", "list of cases")
        for one in answer.json()["items"] if answer.ok else []:
            self.book.see(one["number"], one["state"], one["district"], one["version"])

    def look_at(self, number: str) -> None:
        """Read one case and what may be done with it."""
        answer = self.ask("GET", f"/api/v1/cases/{number}", "case")
        if not answer.ok:
            return
        one = answer.json()
        self.book.see(number, one["state"], one["district"], one["version"])
        steps = [row["step"] for row in one["allowed_actions"]]
        self.seen[number] = answer.headers["ETag"], steps, one["district"]
        self.due[number] = one["due_at"]

    def take(self, number: str, step: str, district: str, headers: dict[str, str]) -> bool:
        """Take a step, or take one back, and note it when it is answered as taken."""
        body = self.needed(step, number, district) if step != "undo" else {}
        try:
            answer = self.post(f"/api/v1/cases/{number}/{step}", step, body, **headers)
        except requests.RequestException:
            self.book.unsure.add(number)
            raise
        if answer.ok:
            told = answer.json()
            taken = Step(step, self.pk, told["version"], told["state"], told["unit"])
            self.book.step(number, taken, district)
        return bool(answer.ok)

    def needed(self, step: str, number: str, district: str) -> dict[str, Any]:
        """What the step needs, as a user would fill it in."""
        body: dict[str, Any] = {"remark": "已办理，请核查"}
        own, other = f"urban-management-{district}", f"traffic-police-{district}"
        for need in transition(step).needs:
            if need is Need.UNIT:
                body["unit"] = other if step == "support" else own
            elif need is Need.PHOTO:
                body["photos"] = [self.photo()]
            elif need is Need.CASE:
                states = {"dispatched", "accepted", "in_progress"}
                body["case"] = self.book.pick(self.chance, states) or number
            elif need is Need.PARTS:
                body["parts"] = [
                    {"kind": kind, "unit": own, "words": "其中的一部分"}
                    for kind in ("exposed-litter", "lamp-out")
                ]
            elif need is Need.UNTIL:
                due = datetime.fromisoformat(self.due.get(number) or f"{datetime.now(UTC)}")
                body["until"] = (due + MORE).isoformat()
            elif need is Need.REVIEW_ON:
                body["review_on"] = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
        return body

    def photo(self) -> str:
        """Send a photograph; its hash."""
        colours = [self.chance.randrange(256) for _ in range(3)]
        drawn = io.BytesIO()
        Image.new("RGB", (64, 48), tuple(colours)).save(drawn, "JPEG")
        answer = self.ask(
            "POST",
            "/api/v1/photos",
            "photograph",
            files={"file": ("photo.jpg", drawn.getvalue(), "image/jpeg")},
            headers={"Idempotency-Key": secrets.token_hex(12)},
        )
        return str(answer.json()["sha256"]) if answer.ok else ""


@dataclass
class Hotline(Staff):
    """A system that sends reports by the API."""

    spots: list[tuple[float, float]] = field(default_factory=list)

    def turn(self) -> None:
        """Report a problem at a spot where others report too."""
        longitude, latitude = self.chance.choice(self.spots)
        body = {
            "body": self.chance.choice(WORDS),
            "longitude": longitude,
            "latitude": latitude,
        }
        try:
            answer = self.post("/api/v1/reports", "report by the API", body)
        except requests.RequestException:
            with self.book.lock:
                self.book.lost_reports += 1
            raise
        if answer.ok:
            code = answer.json()["code"]
            with self.book.lock:
                self.book.reports[code] = Reported(code)
        self.stop.wait(self.chance.uniform(0, 2))


@dataclass
class Citizen(User):
    """Somebody at the portal: reports, leaves an e-mail address, rates or contests the result."""

    spots: list[tuple[float, float]] = field(default_factory=list)
    name: str = ""
    own: list[str] = field(default_factory=list)

    def turn(self) -> None:
        """Report something, or look how it goes with what was reported."""
        if self.own and self.chance.random() < 0.7:
            self.follow(self.chance.choice(self.own))
        else:
            self.report()

    def report(self) -> None:
        """Fill in the form; where others reported the same nearby, mostly say that it is another."""
        page = self.ask("GET", "/p/", "form of a report")
        longitude, latitude = self.chance.choice(self.spots)
        email = f"{self.name}-{len(self.own)}@soak.example"
        form = {
            "csrfmiddlewaretoken": value_of(page.text, "csrfmiddlewaretoken"),
            "key": value_of(page.text, "key"),
            "opened": value_of(page.text, "opened"),
            "body": self.chance.choice(WORDS),
            "longitude": f"{longitude}",
            "latitude": f"{latitude}",
            "email": email,
            "decided": "",
        }
        if self.chance.random() < 0.7:
            self.stop.wait(FORM)
        answer = self.send(form)
        if answer.status_code == 200:  # others reported something nearby
            near = re.findall(r'name="decided" value="(A-[^"]+)"', answer.text)
            joins = near and self.chance.random() < 0.3
            form["decided"] = self.chance.choice(near) if joins else "separate"
            answer = self.send(form)
        if answer.status_code == 302:
            shown = code_in(answer)
            self.own.append(shown)
            code = shown.replace("-", "")
            with self.book.lock:
                self.book.reports[code] = Reported(code, email)
            if self.chance.random() < 0.1 and code_in(self.send(form)) not in {"", shown}:
                self.book.fault(f"{shown} sent again became another report")

    def send(self, form: dict[str, str]) -> requests.Response:
        """Send the form; the same again where no answer came."""
        for attempt in range(1, TRIES + 1):
            try:
                return self.ask("POST", "/p/", "report at the portal", data=form)
            except requests.RequestException:
                if attempt == TRIES:
                    with self.book.lock:
                        self.book.lost_reports += 1
                    raise
        raise AssertionError("not reached")

    def follow(self, shown: str) -> None:
        """Look at the report's page; once it is closed rate the result, or contest it."""
        page = self.ask("GET", f"/p/{shown}/", "page of a report")
        code = shown.replace("-", "")
        mark = {"csrfmiddlewaretoken": value_of(page.text, "csrfmiddlewaretoken")}
        if f"/p/{shown}/contest" in page.text and self.chance.random() < 0.3:
            sent = {**mark, "reason": "问题没有解决"}
            answer = self.ask("POST", f"/p/{shown}/contest", "contest", data=sent)
            if answer.status_code == 302:
                with self.book.lock:
                    self.book.contested.add(code)
                    self.book.rated.pop(code, None)
        elif f"/p/{shown}/rate" in page.text:
            rating = self.chance.randint(1, 5)
            sent = {**mark, "rating": str(rating), "manner": "5"}
            answer = self.ask("POST", f"/p/{shown}/rate", "rate", data=sent)
            if answer.status_code == 302:
                with self.book.lock:
                    self.book.rated[code] = rating


def value_of(page: str, name: str) -> str:
    """The value of a hidden field of a page; "" where there is none."""
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    return found[1] if found else ""


def code_in(answer: requests.Response) -> str:
    """The report's code in the address to which an answer leads."""
    found = re.search(r"/p/([0-9A-Z-]+)/", answer.headers.get("Location", ""))
    return found[1] if found else ""
