"""Other Open311 servers, what was sent to them, and what came of each turn."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Case


class Peer(models.Model):
    """Another Open311 server (对端系统): where it is, and which of its services are our kinds."""

    code = models.SlugField(max_length=40, unique=True)
    url = models.CharField(max_length=400)  # as https://city.example/open311/v2
    key_sealed = models.BinaryField(null=True, blank=True)
    jurisdiction = models.CharField(max_length=120, blank=True, default="")
    services = models.JSONField(default=dict)  # our kind's code: their service_code
    pulls = models.BooleanField(default=False)
    pushes = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    since = models.DateTimeField()  # older requests and cases are left where they are
    pulled_until = models.DateTimeField()
    not_before = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def system(self) -> str:
        """What reports that came from it name as their source system."""
        return f"open311:{self.code}"


class Sent(models.Model):
    """A case of ours that a peer has: its number there and how far it is there."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="sent")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=120, blank=True, default="", db_index=True)
    token = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=20, blank=True, default="")
    notes = models.CharField(max_length=1000, blank=True, default="")
    fault = models.CharField(max_length=300, blank=True, default="")  # why it was refused
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["peer", "case"], name="sent_once")]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.number}"


class Turn(models.Model):
    """What one turn with a peer did (往来记录)."""

    class Way(models.TextChoices):
        PULL = "pull", _("taken from there")
        PUSH = "push", _("sent there")

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="turns")
    way = models.CharField(max_length=4, choices=Way.choices)
    at = models.DateTimeField()
    new = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)  # whose status there changed
    refused = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.way} {self.at}"
