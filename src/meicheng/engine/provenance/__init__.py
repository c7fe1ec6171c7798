"""Hash chains, daily seals and photographs that look alike."""

from .chains import Break, ChainEvent, canonical, link, verify_chain
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
