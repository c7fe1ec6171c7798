"""What people look at: lists, one case, what waits, the map."""

from .decisions import Decisions, decisions_count, decisions_for
from .filters import CaseFilters, filters_from
from .listing import CasePage, best_cases, case_list, exported_cases, found_cases, rows_of
from .reach import reach
from .single import CaseDetails, case_page
from .time import TimeLeft, time_left
from .verification import spot_checks_of, verification_rate
from .waiting import UrgentCase, last_hand, state_of, urgent_cases, waiting_count, waiting_for

__all__ = [
    "CaseDetails",
    "CaseFilters",
    "CasePage",
    "Decisions",
    "TimeLeft",
    "UrgentCase",
    "best_cases",
    "case_list",
    "case_page",
    "decisions_count",
    "decisions_for",
    "exported_cases",
    "filters_from",
    "found_cases",
    "last_hand",
    "reach",
    "rows_of",
    "spot_checks_of",
    "state_of",
    "time_left",
    "urgent_cases",
    "verification_rate",
    "waiting_count",
    "waiting_for",
]
