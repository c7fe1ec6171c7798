"""What must hold beside the state before a step is taken, and the words for when it does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meicheng.engine.words import Words

SENT_BACK_AT_MOST = 3  # the coordination group decides from here on


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the conditions look at, of one case at one moment."""

    sent_back: int = 0
    decided_by: str = ""  # who of the coordination group decided whose it is
    extension: str = ""  # "", "asked", "granted", "refused"
    overdue: bool = False
    drawn: bool = True  # has to be verified on the spot
    stage_open: bool = False  # a stage before the last is to be done
    parts_open: tuple[str, ...] = ()  # names of the supporting units that are not done


class Condition(StrEnum):
    """A condition of the table; `hinders` says whether it holds."""

    NOT_SENT_AROUND = "not_sent_around"
    SENT_AROUND = "sent_around"
    NOT_DECIDED = "not_decided"
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    NOT_EXTENDED = "not_extended"
    NOT_OVERDUE = "not_overdue"
    NOT_DRAWN = "not_drawn"
    STAGE_OPEN = "stage_open"
    PART_OPEN = "part_open"
    NO_PART_OPEN = "no_part_open"

    @property
    def label(self) -> Words:
        """What must hold, in words."""
        return _LABELS[self]

    def holds(self, facts: Facts) -> bool:
        """Whether the condition holds.

        >>> Condition.SENT_AROUND.holds(Facts(sent_back=3))
        True
        """
        return {
            Condition.NOT_SENT_AROUND: facts.sent_back < SENT_BACK_AT_MOST,
            Condition.SENT_AROUND: facts.sent_back >= SENT_BACK_AT_MOST,
            Condition.NOT_DECIDED: not facts.decided_by,
            Condition.NOT_ASKED: facts.extension != "asked",
            Condition.ASKED: facts.extension == "asked",
            Condition.NOT_EXTENDED: facts.extension != "granted",
            Condition.NOT_OVERDUE: not facts.overdue,
            Condition.NOT_DRAWN: not facts.drawn,
            Condition.STAGE_OPEN: facts.stage_open,
            Condition.PART_OPEN: bool(facts.parts_open),
            Condition.NO_PART_OPEN: not facts.parts_open,
        }[self]


_LABELS = {
    Condition.NOT_SENT_AROUND: Words(
        "退回未满三次（满三次的由综合协调组裁定）",
        "sent back fewer than three times (then the coordination group decides)",
    ),
    Condition.SENT_AROUND: Words("已退回三次", "sent back three times"),
    Condition.NOT_DECIDED: Words(
        "责任单位未经综合协调组裁定", "the coordination group has not decided whose it is"
    ),
    Condition.NOT_ASKED: Words("没有待批的延期申请", "no request for more time waits"),
    Condition.ASKED: Words("有待批的延期申请", "more time was asked for"),
    Condition.NOT_EXTENDED: Words("尚未延过期", "no more time was granted before"),
    Condition.NOT_OVERDUE: Words("尚未到期", "the limit has not ended"),
    Condition.NOT_DRAWN: Words("未抽中现场核查", "the draw did not send it to the spot"),
    Condition.STAGE_OPEN: Words("有未完成的阶段", "a stage is to be done"),
    Condition.PART_OPEN: Words("有未完成的协办", "a supporting unit's part is open"),
    Condition.NO_PART_OPEN: Words("协办均已完成", "no supporting unit's part is open"),
}
