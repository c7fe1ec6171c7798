"""Codes by which citizens follow their reports: not to be guessed, hard to mistype."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 and O, no 1, I and L: 31, a prime
LENGTH = 12
_VALUE = {letter: value for value, letter in enumerate(LETTERS)}


def new_code() -> str:
    """Eleven letters drawn by chance (10^16 of them) and one that checks them."""
    drawn = "".join(secrets.choice(LETTERS) for _place in range(LENGTH - 1))
    return drawn + check_letter(drawn)


def check_letter(drawn: str) -> str:
    """The letter that makes Σ place × value divisible by 31, places counted from the end.

    31 is prime, so any one wrong letter and any two letters swapped are noticed.

    >>> check_letter("22222222223")  # value 1 at place 2, so 29 is missing to 31
    'Y'
    """
    total = sum(place * _VALUE[letter] for place, letter in enumerate(reversed(drawn), start=2))
    return LETTERS[-total % len(LETTERS)]


def read_code(written: str) -> str | None:
    """The code that somebody typed, with or without dashes and blanks; None if it can be none."""
    code = "".join(sign for sign in written.upper() if sign.isalnum())
    if len(code) != LENGTH or any(letter not in _VALUE for letter in code):
        return None
    return code if check_letter(code[:-1]) == code[-1] else None


def shown(code: str) -> str:
    """A code as it is printed: K7M4-QX9R-TW2H."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def chain_of_report(code: str) -> str:
    """The chain of the case that a report's code leads to; "" for none."""
    from .models import Report

    known = read_code(code)
    found = Report.objects.filter(code=known).select_related("case").first() if known else None
    return found.case.chain if found is not None and found.case is not None else ""
