"""Hash chains, daily seals and photographs that look alike."""

from .chains import Break, ChainEvent, fits, link, verify_chain
from .hashing import canonical, hasher
from .looks import Looks, distance, look_of
from .seals import seal

__all__ = [
    "Break",
    "ChainEvent",
    "Looks",
    "canonical",
    "distance",
    "fits",
    "hasher",
    "link",
    "look_of",
    "seal",
    "verify_chain",
]
