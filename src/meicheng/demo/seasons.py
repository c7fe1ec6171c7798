"""When people report what: the days' weather, the year's and the day's rhythm."""

from __future__ import annotations

import random
from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

from .world import DAYS, World, city_time

# Reports of a thousand in mild weather by day; what a kind not named here has is `RARE`.
OFTEN = {
    "illegal-parking": 105, "exposed-litter": 95, "noise": 75, "occupied-pavement": 75, "full-bins": 60,
    "broken-pavement": 55, "lamp-out": 50, "dirty-road": 48, "old-estate": 45, "small-adverts": 38,
    "bicycle-parking": 36, "consultation": 34, "standing-water": 22, "manhole": 24, "damaged-green": 24,
    "suggestion": 22, "damaged-facility": 24, "food-hygiene": 20, "building-rubble": 24, "dust": 22,
    "blocked-fire-lane": 18, "dirty-green": 18, "random-building": 16, "uncivil-dog": 16,
    "safety-hazard": 15, "pests": 12, "poor-service": 12, "dirty-toilet": 14, "missing-facility": 12,
    "unlicensed-tricycle": 14, "unplated-four-wheeler": 12, "traffic-offence": 12, "other": 14,
    "burning": 9, "dirty-water": 9, "missing-public-advert": 9,
}  # fmt: skip
RARE = 5.0
IN_WEATHER = {
    "rain": {"standing-water": 9, "manhole": 1.7, "broken-pavement": 1.4, "old-estate": 1.8, "dust": 0.2,
             "burning": 0.1, "occupied-pavement": 0.6, "safety-hazard": 1.5},
    "snow": {"standing-water": 2, "dirty-road": 2, "old-estate": 1.5, "dust": 0.1, "noise": 0.6},
    "wind": {"damaged-green": 3, "safety-hazard": 2.6, "dust": 2.8, "missing-public-advert": 2},
    "hot": {"pests": 2, "noise": 1.5, "occupied-pavement": 1.4, "dirty-water": 2.2, "full-bins": 1.5,
            "food-hygiene": 1.6, "exposed-litter": 1.2, "dirty-toilet": 1.5, "uncivil-dog": 1.3},
    "fog": {"burning": 2.2, "dust": 1.8, "lamp-out": 1.3},
    "cold": {"old-estate": 1.7, "lamp-out": 1.5, "burning": 2, "pests": 0.3, "noise": 0.7,
             "damaged-facility": 1.2},
    "mild": {"damaged-green": 1.3, "dirty-green": 1.2},
}  # fmt: skip
AT_NIGHT = {"noise": 7.0, "lamp-out": 4.0, "burning": 1.5, "standing-water": 1.5, "illegal-parking": 0.6,
            "consultation": 0.3, "poor-service": 0.2}  # fmt: skip
_COLD = [("cold", 45), ("snow", 8), ("fog", 17), ("wind", 15), ("mild", 15)]
_SPRING = [("mild", 55), ("wind", 25), ("rain", 20)]
_SUMMER = [("hot", 55), ("rain", 35), ("mild", 10)]
_AUTUMN = [("mild", 55), ("rain", 20), ("fog", 15), ("wind", 10)]
BY_MONTH = dict(zip((12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                    [_COLD] * 3 + [_SPRING] * 3 + [_SUMMER] * 3 + [_AUTUMN] * 3, strict=True))  # fmt: skip
# Reports of a day by the hour.
HOURS = [3, 2, 1, 1, 2, 6, 18, 42, 66, 72, 68, 55, 40, 42, 55, 60, 58, 55, 52, 50, 45, 36, 22, 10]
# Against the average month: summer and the weeks before the spring festival are busy.
MONTHS = [0.92, 0.85, 0.97, 1.0, 1.02, 1.1, 1.18, 1.15, 1.02, 0.95, 0.95, 0.96]
BUSY = {1, 2, 7, 8}  # when units keep their limits least


class Seasons:
    """The weather of two years and what it makes people report."""

    def __init__(self, world: World) -> None:
        self._chance = world.chance("seasons")
        self._start = world.start
        self._kinds = sorted(world.kinds)
        self.weather: list[str] = []
        day = city_time(world.start)
        for offset in range(DAYS + 2):
            options = BY_MONTH[(day + timedelta(days=offset)).month]
            last = self.weather[-1] if self.weather else ""
            # Weather stays for a day or two.
            stays = last in dict(options) and self._chance.random() < 0.4
            names, weights = zip(*options, strict=True)
            self.weather.append(last if stays else self._chance.choices(names, weights)[0])
        self._shares = {
            (weather, night): list(
                accumulate(self._weight(kind, weather, night) for kind in self._kinds)
            )
            for weather in IN_WEATHER
            for night in (False, True)
        }

    def weather_at(self, at: datetime) -> str:
        """The weather of the day."""
        return self.weather[(at - self._start).days]

    def kind_at(self, at: datetime, chance: random.Random) -> str:
        """A kind of problem that is reported now."""
        hour = city_time(at).hour
        shares = self._shares[self.weather_at(at), hour >= 21 or hour < 6]
        return self._kinds[bisect_right(shares, chance.random() * shares[-1])]

    def moments(self, count: int, until: datetime) -> list[datetime]:
        """When `count` reports came, in order, to the second, all before `until`."""
        days = []
        for offset in range((until - self._start).days + 1):
            day = city_time(self._start + timedelta(days=offset))
            weekend = 0.72 if day.weekday() >= 5 else 1.0
            growth = 0.88 + 0.24 * offset / DAYS
            storm = 1.35 if self.weather[offset] == "rain" and day.month in (6, 7, 8) else 1.0
            chance = self._chance.uniform(0.8, 1.2)
            days.append(MONTHS[day.month - 1] * weekend * growth * storm * chance)
        by_day = list(accumulate(days))
        by_hour = list(accumulate(HOURS))
        draw = self._chance.random
        moments: list[datetime] = []
        while len(moments) < count:
            offset = bisect_right(by_day, draw() * by_day[-1])
            hour = bisect_right(by_hour, draw() * by_hour[-1])
            at = self._start + timedelta(days=offset, hours=hour, seconds=int(draw() * 3600))
            if at < until:
                moments.append(at)
        return sorted(moments)

    def _weight(self, kind: str, weather: str, night: bool) -> float:
        weight = OFTEN.get(kind, RARE) * IN_WEATHER[weather].get(kind, 1.0)
        return weight * AT_NIGHT.get(kind, 1.0 if not night else 0.8) if night else weight
