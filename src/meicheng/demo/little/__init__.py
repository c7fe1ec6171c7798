"""A world small enough to be made anew for every test, and for trying things out.

One city, three districts side by side, in each a subdistrict with two communities, a unit for
each common role, and a few kinds of everything. Methods have defaults, so that a test states only
what matters to it:

    city.case(kind="exposed-litter", state="resolved")
    city.user("dispatcher", division="LC")
"""

from .city import PASSWORD, SECRET, WAYS, City
from .ground import SIDE, SOUTH, WEST

__all__ = ["PASSWORD", "SECRET", "SIDE", "SOUTH", "WAYS", "WEST", "City"]
