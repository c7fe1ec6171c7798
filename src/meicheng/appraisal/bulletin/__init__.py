"""The month's bulletin (通报): sentences made of queries, and the list of those queries."""

from .facts import Bulletin, Figure, Section, Sentence
from .writing import write_bulletin

__all__ = ["Bulletin", "Figure", "Section", "Sentence", "write_bulletin"]
