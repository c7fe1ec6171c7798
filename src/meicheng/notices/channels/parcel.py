"""What is handed to a channel, and what a channel has to do: one method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Never(Exception):
    """The receiver refuses it for good; the message says why."""


class Later(Exception):
    """It did not go through now; the message says why."""


class Away(Exception):
    """The other side cannot be reached at all: nothing else goes through now either."""


@dataclass(frozen=True)
class Line:
    """One thing that is told."""

    title: str
    body: str = ""
    link: str = ""  # whole, with the city's address; "" where that is not set


@dataclass(frozen=True)
class Parcel:
    """What goes out in one piece, in the receiver's language, which is the active one.

    `code` stays the same however often it is tried: by it the receiver can tell a second copy.
    """

    code: str
    to: str  # an e-mail address or a phone number; "" where it is not known
    title: str
    lines: Sequence[Line]
    thread: str = ""  # what it is about: mails of one thread stand together
    plain: str = ""  # a letter's own text, instead of lines


class Channel(Protocol):
    """A way out of the house."""

    def send(self, parcel: Parcel) -> None:
        """Hand it over; returns once the other side has taken it. Raises Never, Later or Away."""
