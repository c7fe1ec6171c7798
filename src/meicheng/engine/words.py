"""Words that the engine says to people, in both languages of the product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The words in a language given by its code; Chinese for "zh", "zh-hans", else English.

        >>> Words("立案", "Register").say("zh-hans")
        '立案'
        """
        return self.zh if language.lower().startswith("zh") else self.en
