"""Working days and hours, time limits, and when they end."""

from .limits import Limit
from .rules import LimitRule, limits_for
from .working import OFFICE_HOURS, Due, WorkingCalendar

__all__ = ["OFFICE_HOURS", "Due", "Limit", "LimitRule", "WorkingCalendar", "limits_for"]
