"""Divisions, grid cells, kinds of sites, sites and the layers of the base map."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .names import Named


class Division(Named):
    """A city, district, subdistrict or community; communities are where cases lie."""

    class Level(models.TextChoices):
        CITY = "city", _("City")
        DISTRICT = "district", _("District")
        SUBDISTRICT = "subdistrict", _("Subdistrict")
        COMMUNITY = "community", _("Community")

    code = models.CharField(max_length=40, unique=True)
    level = models.CharField(max_length=12, choices=Level.choices)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    # Codes from the city down, "/CITY/LC/LC03/": a prefix finds everything below.
    path = models.CharField(max_length=200, unique=True)
    # The district this lies in (itself for a district, empty for the city).
    district = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    population = models.PositiveIntegerField(null=True, blank=True)
    outline = models.JSONField(null=True, blank=True, help_text=_("GeoJSON geometry, WGS-84"))

    class Meta:
        ordering = ["path"]


class GridCell(models.Model):
    """A cell of the unit grid (单元网格) that a collector walks."""

    code = models.CharField(max_length=40, unique=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="grid_cells")
    outline = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class SiteKind(Named):
    """A kind of place that standards look at: main road, back lane, farmers' market."""

    code = models.CharField(max_length=40, primary_key=True)

    class Meta:
        ordering = ["code"]


class Site(Named):
    """A place that can be visited: a street, a market, an estate, a hall (点位)."""

    code = models.CharField(max_length=60, unique=True)
    kind = models.ForeignKey(SiteKind, on_delete=models.PROTECT, related_name="sites")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="sites")
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    cell = models.BigIntegerField(null=True, blank=True, db_index=True)  # H3, resolution 9
    address = models.CharField(max_length=300, blank=True, default="")
    hours = models.CharField(max_length=100, blank=True, default="")  # as 06:00-22:00
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["kind", "division"])]


class MapLayer(models.Model):
    """A layer of the base map: streets, river, blocks, parks; the city's own, as GeoJSON."""

    code = models.CharField(max_length=20, primary_key=True)
    position = models.PositiveSmallIntegerField(default=0)
    features = models.JSONField(help_text=_("GeoJSON FeatureCollection, WGS-84"))
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code
