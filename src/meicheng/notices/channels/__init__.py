"""The ways out of the house: each is one small adapter that takes a parcel."""

from .parcel import Away, Channel, Later, Line, Never, Parcel
from .setup import channels, is_set_up

__all__ = ["Away", "Channel", "Later", "Line", "Never", "Parcel", "channels", "is_set_up"]
