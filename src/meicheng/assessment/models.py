"""What officers keep beside the marks: scenarios, efforts of measures, mock assessments held."""

from django.conf import settings
from django.db import models

from meicheng.inspections.models import Round
from meicheng.places.models import Division
from meicheng.standards.models import Framework


class Scenario(models.Model):
    """Changes that somebody supposed and wants to come back to (若这样改).

    changes: by criterion code, the one field that is supposed: {"3.1.1": {"share": 0.9}}.
    """

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="scenarios")
    name = models.CharField(max_length=80)
    period = models.CharField(max_length=24)
    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="+")
    changes = models.JSONField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "name"], name="scenario_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Effort(models.Model):
    """Person-days that one measure takes at one place, as the city has learned it.

    key: `item:CODE` for mending what an item fails at one site, `criterion:FRAMEWORK/CODE` for a
    figure or the whole of a criterion, `material` for one document.
    """

    key = models.CharField(max_length=120, unique=True)
    days = models.FloatField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(condition=models.Q(days__gt=0), name="effort_above_nothing")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.days:g}"


class DryRun(models.Model):
    """A mock assessment held for real: the round of its sites, and what was foretold of it.

    foretold: marks over many draws of the same plan when it was made, {"mean": 78.4, "low": 74.1,
    "high": 82.0, "chance": 0.61}; empty where too little was known.
    """

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="dry_run")
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=24)
    foretold = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.round)
