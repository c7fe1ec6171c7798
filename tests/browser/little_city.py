"""Fill an empty database with a little city: `python -m tests.browser.little_city`; prints JSON.

Run in a process of its own, with the server's settings, so that the server is a real one.
"""

from __future__ import annotations

import json

import django


def make() -> dict[str, str]:
    """Make the city with its standards and one account for each role; role to user name."""
    from django.core.management import call_command

    from meicheng.demo.little import City
    from meicheng.organisation.models import Membership, User

    call_command("migrate", verbosity=0)
    city = City()
    city.load_standards("sanitary-city-2021")
    for _ in range(2):
        city.site("back-lane", name="柳荫一巷")
        city.site("farmers-market", division="XC0101")
    for district in ("LC", "XC", "SF"):
        place = f"{district}0101"
        for state in ("closed", "resolved", "in_progress", "registered"):
            city.case(division=place, state=state)
    accounts = {role.value: city.user(role.value).username for role in Membership.Role}
    User.objects.update(language="")  # as the browser asks
    return accounts


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make()))
