"""The names of places that the city itself knows."""

from __future__ import annotations

from meicheng.places.models import Division, MapLayer, Site

MOST_STREETS = 20_000  # names of the base map


def city_names() -> dict[str, str]:
    """Names of divisions, sites and streets, with the district of those that lie in one (3 SQL)."""
    known: dict[str, str] = {}
    for layer in MapLayer.objects.filter(code__in=["street", "lane"]):
        for feature in layer.features.get("features", [])[:MOST_STREETS]:
            known[str((feature.get("properties") or {}).get("name") or "")] = ""
    sites = Site.objects.filter(active=True).values_list("name_zh", "division__district__name_zh")
    known.update({name: district or "" for name, district in sites})
    divisions = Division.objects.exclude(level="city").exclude(level="district")
    known.update(divisions.values_list("name_zh", "district__name_zh"))
    return {name: district or "" for name, district in known.items() if len(name) >= 2}
