"""Observations, tallies and events: what was seen and done, written once."""

from django.conf import settings
from django.db import models

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.standards.models import CaseKind, Item


class Observations(models.QuerySet["Observation"]):
    """Observations to choose from."""

    def standing(self) -> "Observations":
        """Those that no later one replaces.

        Asked as "there is no other": a join with what is missing makes PostgreSQL expect one row and
        choose a plan that takes a minute at five million.
        """
        later = Observation.objects.filter(replaces__isnull=False, replaces=models.OuterRef("pk"))
        return self.filter(~models.Exists(later))


class Observation(models.Model):
    """One thing seen, filed, measured or answered. Never changed: a correction is a new one."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="observations"
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    observed_at = models.DateTimeField()
    month = models.PositiveIntegerField()  # 202609, in the city's time
    # "yes", "no", "na", an answer's code, "accepted"…; a figure stands in `number`.
    value = models.CharField(max_length=40)
    number = models.FloatField(null=True, blank=True)
    weight = models.FloatField(default=1)
    # Drawn by a plan with known chances: only these estimate a share.
    sampled = models.BooleanField(default=True)
    source = models.CharField(max_length=120, blank=True, default="")
    origin = models.CharField(max_length=60, blank=True, default="")  # "visit:123", "import:7"
    remark = models.CharField(max_length=500, blank=True, default="")
    photo = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # The source's own number, so that a file read twice counts once.
    external_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    objects = Observations.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["item", "month", "division"], name="observation_sources"),
            models.Index(
                fields=["origin"], name="observation_origin", condition=~models.Q(origin="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.value}"


class Tally(models.Model):
    """Counters of the observations of one item, place, site kind, unit and month.

    Marks need only these; `meicheng ledger rebuild` makes them again from the observations.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # 0 and "" rather than null, so that the unique key holds on every database.
    unit_id_or_0 = models.BigIntegerField(default=0)
    site_kind_code = models.CharField(max_length=40, default="")
    month = models.PositiveIntegerField()
    value = models.CharField(max_length=40)  # one row for each value that occurred
    sampled = models.BooleanField(default=True)
    # Not a positive field: a correction upserts -1, and a check would see that before the sum.
    observations = models.IntegerField(default=0)
    weight = models.FloatField(default=0)
    number = models.FloatField(default=0)  # sum of number × weight

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "item",
                    "month",
                    "division",
                    "site_kind_code",
                    "unit_id_or_0",
                    "value",
                    "sampled",
                ],
                name="tally_key",
            )
        ]
        indexes = [models.Index(fields=["month", "division"], name="tally_month")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.month} {self.value}: {self.observations}"


class CaseTally(models.Model):
    """Counters of cases of one kind, community, unit and month; a sum over cases' contributions."""

    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, related_name="+", db_index=False)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit_id_or_0 = models.BigIntegerField(default=0)
    month = models.PositiveIntegerField()
    received = models.IntegerField(default=0)
    received_in_time = models.IntegerField(default=0)
    receipt_known = models.IntegerField(default=0)  # of the received: all but past ones from files
    answered_in_time = models.IntegerField(default=0)
    answer_known = models.IntegerField(default=0)
    registered = models.IntegerField(default=0)
    due = models.IntegerField(default=0)
    on_time = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    first_time_right = models.IntegerField(default=0)
    not_relapsed = models.IntegerField(default=0)
    redone = models.IntegerField(default=0)
    late_stages = models.IntegerField(default=0)
    rated = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "month", "division", "unit_id_or_0"], name="case_tally_key"
            )
        ]
        indexes = [models.Index(fields=["month", "division"], name="case_tally_month")]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.month}"


class Event(models.Model):
    """Something that was done, linked by its hash to the event before it in the same chain."""

    chain = models.CharField(max_length=60)  # "case:123"
    sequence = models.PositiveIntegerField()
    verb = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    by_name = models.CharField(max_length=120, blank=True, default="")  # as it was then
    data = models.JSONField(default=dict)  # remark, unit, photographs by hash, due time…
    previous_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["chain", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="event_chain_sequence")
        ]
        indexes = [
            # What was taken out, and who looked at phone numbers: few among many events.
            models.Index(
                fields=["at"],
                name="event_access",
                condition=models.Q(verb__in=["exported", "phone_seen"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.verb}"


class FrozenPeriod(models.Model):
    """Months whose figures are closed: what was published of them shall not move quietly.

    It holds for a place and everything below it until somebody lifts it, which stays on record.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    first = models.PositiveIntegerField()  # 202607
    last = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    frozen_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-last", "-first", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="frozen_period_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


class Seal(models.Model):
    """A day's seal over the heads of all chains; each seal covers the one before."""

    day = models.DateField(unique=True)
    last_event = models.BigIntegerField()
    events = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64)
    # The hash of the day's list of events, which anybody can make again from the published file.
    digest = models.CharField(max_length=64, blank=True, default="")
    algorithm = models.CharField(max_length=10, default="sha256")
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.hash[:12]}"


class Cursor(models.Model):
    """How far a follower has read the events."""

    follower = models.CharField(max_length=80, primary_key=True)
    last_event = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.follower


class IdempotencyKey(models.Model):
    """A request that was already answered: the same key gets the same answer, once done."""

    key = models.CharField(max_length=128)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
