"""Hash chains, daily seals and photographs that look alike."""

from .chains import Break, ChainEvent, link, verify_chain
from .hashing import canonical
from .looks import Looks, distance, look_of
from .seals import seal

__all__ = [
    "Break",
    "ChainEvent",
    "Looks",
    "canonical",
    "distance",
    "link",
    "look_of",
    "seal",
    "verify_chain",
]
