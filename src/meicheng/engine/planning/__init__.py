"""Which measures to take: the most marks for the effort that there is."""

from .measures import Limits, Measure, Plan
from .plans import best_plan, front, greedy_plan

__all__ = ["Limits", "Measure", "Plan", "best_plan", "front", "greedy_plan"]
