"""To the log: what stands in for a gateway that a city has not set up."""

from __future__ import annotations

import logging

from meicheng.organisation.personal import masked

from .parcel import Parcel

log = logging.getLogger("meicheng.notices")


class Log:
    """Writes to the worker's log what would have been sent, with the number masked."""

    def __init__(self, name: str) -> None:
        self._name = name

    def send(self, parcel: Parcel) -> None:
        """Write it down."""
        to = masked(parcel.to) if parcel.to else "-"
        log.info("%s to %s (%s): %s", self._name, to, parcel.code, parcel.title)
