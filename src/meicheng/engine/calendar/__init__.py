"""Working days and hours, time limits, and when they end."""

from .limits import Limit
from .working import Due, WorkingCalendar

__all__ = ["Due", "Limit", "WorkingCalendar"]
