"""Hot topics of a file of messages, as two workbooks: the topics, and their messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.text import clean
from meicheng.engine.text.topics import Found, Said, Topic, find_topics
from meicheng.tables import values
from meicheng.tables.kinds import Refused
from meicheng.tables.sheets import Cell, Sheet, workbook

from ..messages import WORDS, rows_of_file
from .names import city_names

# What the columns of a file of messages may be called, beside those of their words.
COLUMNS = {
    **WORDS,
    "created_at": ("created_at", "留言时间", "时间", "reported_at"),
    "votes": ("votes", "点赞数", "赞成数"),
    "against": ("against", "反对数"),
    "reply": ("reply", "答复意见", "答复"),
    "place": ("place", "区域", "区县", "division"),
}
NEEDED = ("message_id", "body", "created_at")
DAY = 86_400
_moment = values.moment()


@dataclass(frozen=True)
class Message:
    """A message of a file: its number, and what it says."""

    number: str
    said: Said

    @property
    def at(self) -> datetime:
        """When it was written."""
        return moment(self.said.day)


def moment(day: float) -> datetime:
    """The instant of a day's number, in the city's time."""
    return timezone.localtime(datetime.fromtimestamp(day * DAY, tz=timezone.get_current_timezone()))


def read_messages(path: Path) -> list[Message]:
    """The messages of a CSV or XLSX file with their times and votes.

    Raises `Refused`, naming the row, for a file that is broken, lacks a column or a time.
    """
    found = []
    for number, cells in rows_of_file(path, COLUMNS, needed=NEEDED):
        said = Said(
            clean(cells["subject"]),
            clean(cells["body"]),
            _day(cells["created_at"], number),
            _count(cells["votes"], "votes", number),
            _count(cells["against"], "against", number),
            bool(cells["reply"]),
            cells["place"],
        )
        found.append(Message(cells["message_id"], said))
    return found


def topics_of_file(
    path: Path, out: Path, *, top: int, progress: Callable[[str], None] = lambda words: None
) -> tuple[list[Message], Found, list[Path]]:
    """Write the hottest `top` topics of a file, and their messages, as workbooks into a folder.

    The order is that of each topic's hottest day, since a file may hold years. Raises `Refused`;
    then nothing is written.
    """
    messages = read_messages(path)
    if not messages:
        raise Refused(_("The file holds no message"))
    progress(_("%(count)d messages read") % {"count": len(messages)})
    found = find_topics([one.said for one in messages], known=city_names(), by_peak=True)
    shown = found.topics[:top]
    asked = [path.name, _("%(count)d messages") % {"count": len(messages)}]
    pages = {
        "hot-topics.xlsx": Sheet(_("Hot topics"), asked, topic_headings(), topic_rows(shown)),
        "hot-topic-messages.xlsx": Sheet(
            _("Messages of hot topics"), asked, message_headings(), message_rows(shown, messages)
        ),
    }
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, sheet in pages.items():
        (out / name).write_bytes(workbook(sheet))
        written.append(out / name)
    return messages, found, written


def topic_headings() -> list[tuple[str, int]]:
    """The columns of the table of topics."""
    return [
        (_("Rank"), 7), (_("Topic no."), 9), (_("Heat"), 9), (_("Number of messages"), 9), (_("Votes"), 9),
        (_("From"), 12), (_("To"), 12), (_("Hottest on"), 12), (_("Place"), 26),
        (_("Whom it concerns"), 20), (_("What it is about"), 48), (_("Telling words"), 30),
    ]  # fmt: skip


def message_headings() -> list[tuple[str, int]]:
    """The columns of the table of messages."""
    return [
        (_("Topic no."), 9), (_("Message no."), 14), (_("Subject"), 42), (_("Time"), 20),
        (_("Words"), 80), (_("Votes against"), 9), (_("Votes for"), 9),
    ]  # fmt: skip


def topic_rows(topics: list[Topic]) -> list[tuple[Cell, ...]]:
    """The topics as rows of the table."""
    return [
        (
            rank, rank, round(one.peak.index, 2), len(one.members), round(one.peak.votes, 2),
            f"{moment(one.first):%Y-%m-%d}", f"{moment(one.last):%Y-%m-%d}",
            f"{moment(one.hottest_on):%Y-%m-%d}",
            " ".join(part for part in (one.area, one.place) if part),
            one.concerned, one.what, "、".join(one.words),
        )
        for rank, one in enumerate(topics, 1)
    ]  # fmt: skip


def message_rows(topics: list[Topic], messages: list[Message]) -> list[tuple[Cell, ...]]:
    """The messages of the topics as rows of the table."""
    return [
        (
            rank, messages[member].number, messages[member].said.subject,
            f"{messages[member].at:%Y-%m-%d %H:%M:%S}", messages[member].said.body,
            messages[member].said.against, messages[member].said.votes,
        )
        for rank, one in enumerate(topics, 1)
        for member in one.members
    ]  # fmt: skip


def _day(written: str, row: int) -> float:
    try:
        return _moment(written).timestamp() / DAY
    except ValueError as problem:
        raise Refused(
            _("Row %(row)d: %(problem)s") % {"row": row, "problem": str(problem)}
        ) from None


def _count(written: str, column: str, row: int) -> int:
    if not written:
        return 0
    try:
        return max(0, int(float(written)))
    except (ValueError, OverflowError):
        raise Refused(
            _("Row %(row)d: %(column)s is “%(value)s”; expected a number")
            % {"row": row, "column": column, "value": written[:40]}
        ) from None
