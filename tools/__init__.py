"""What `make` runs: building, checking and measuring. Not part of the product."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """Something that the person at the keyboard has to know or do; its text says what."""
