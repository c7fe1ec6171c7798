"""What many people talk about: the same problem at the same place, how hot it is, in their words."""

from .finding import Found, Said, Topic, find_topics
from .heat import HALF_LIFE, Heat, heat_of, hottest
from .names import Gazetteer, learn_names
from .words import Telling, telling_words

__all__ = [
    "HALF_LIFE",
    "Found",
    "Gazetteer",
    "Heat",
    "Said",
    "Telling",
    "Topic",
    "find_topics",
    "heat_of",
    "hottest",
    "learn_names",
    "telling_words",
]
