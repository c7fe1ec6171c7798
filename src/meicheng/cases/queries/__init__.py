"""What people look at: lists, one case, what waits, the map."""

from .filters import CaseFilters, filters_from
from .listing import CasePage, best_cases, case_list, exported_cases, found_cases, rows_of
from .reach import reach
from .single import CaseDetails, case_page
from .time import TimeLeft, time_left
from .waiting import UrgentCase, last_hand, state_of, urgent_cases, waiting_count, waiting_for

__all__ = [
    "CaseDetails",
    "CaseFilters",
    "CasePage",
    "TimeLeft",
    "UrgentCase",
    "best_cases",
    "case_list",
    "case_page",
    "exported_cases",
    "filters_from",
    "found_cases",
    "last_hand",
    "reach",
    "rows_of",
    "state_of",
    "time_left",
    "urgent_cases",
    "waiting_count",
    "waiting_for",
]
