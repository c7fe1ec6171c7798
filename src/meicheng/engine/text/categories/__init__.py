"""The category of a citizen's words, learned from messages that people have put in categories."""

from .features import Message
from .judging import Judgement, judge
from .model import BadModel, Guess, Model
from .training import CannotLearn, names_of, train

__all__ = [
    "BadModel",
    "CannotLearn",
    "Guess",
    "Judgement",
    "Message",
    "Model",
    "judge",
    "names_of",
    "train",
]
