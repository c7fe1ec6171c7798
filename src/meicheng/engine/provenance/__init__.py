"""Hash chains, daily seals and photographs that look alike."""

from .chains import Break, ChainEvent, fits, link, verify_chain
from .hashing import canonical, hasher
from .looks import NEAR, PARTS, Candidate, Looks, Question, distance, look_of, looks_of, question_of
from .matching import Comparison, compare
from .seals import seal

__all__ = [
    "NEAR",
    "PARTS",
    "Break",
    "Candidate",
    "ChainEvent",
    "Comparison",
    "Looks",
    "Question",
    "canonical",
    "compare",
    "distance",
    "fits",
    "hasher",
    "link",
    "look_of",
    "looks_of",
    "question_of",
    "seal",
    "verify_chain",
]
