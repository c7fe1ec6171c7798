"""Near misses of what rules a standard out; figures and events themselves are observations."""

from django.conf import settings
from django.db import models

from meicheng.places.models import Division
from meicheng.standards.models import Item


class NearMiss(models.Model):
    """Something that nearly became an event that rules out (临近情形): told early, marked nowhere."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField()
    words = models.CharField(max_length=500)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True)

    class Meta:
        ordering = ["-happened_on", "-pk"]

    def __str__(self) -> str:
        return self.words[:60]
