"""Framework editions with their criteria, the bank of items, and the kinds of cases."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.organisation.models import UnitRole
from meicheng.places.models import Division, SiteKind
from meicheng.places.names import Named


class CaseKind(Named):
    """A kind of problem with who solves it and how long it may take."""

    code = models.CharField(max_length=40, primary_key=True)
    group = models.CharField(max_length=20)
    role = models.ForeignKey(UnitRole, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(default=1)
    # The last stage's limit is the case's: [{"do": {"zh": …, "en": …}, "limit": "4wh"}]
    stages = models.JSONField(default=list)
    # What whoever reports one is asked beside (see `standards/asking.py`).
    asks = models.JSONField(default=list)
    closes_when_zh = models.CharField(max_length=200, blank=True, default="")
    closes_when_en = models.CharField(max_length=200, blank=True, default="")
    campaign = models.BooleanField(default=False)
    verified = models.CharField(max_length=10, default="proposed")
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]

    @property
    def limit(self) -> str:
        """The time limit to the end of the work, as written: "4wh", "2wd", "30d"."""
        return str(self.stages[-1]["limit"])


class LimitRule(models.Model):
    """Other limits than a kind's own, where a condition holds: severity, class of road, place.

    `limits` holds one for each stage of the kind. Which rule wins where several fit is written in
    `meicheng.engine.calendar.rules`.
    """

    kind = models.ForeignKey(CaseKind, on_delete=models.CASCADE, related_name="limit_rules")
    severity = models.PositiveSmallIntegerField(null=True, blank=True)
    road = models.ForeignKey(
        SiteKind, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    limits = models.JSONField()  # ["2h", "1wd"]

    class Meta:
        ordering = ["kind__position", "kind", "severity", "road", "division__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "severity", "road", "division"],
                name="limit_rule_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(severity__isnull=False)
                | models.Q(road__isnull=False)
                | models.Q(division__isnull=False),
                name="limit_rule_has_a_condition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id}: {'/'.join(self.limits)}"


class CityDay(models.Model):
    """A day that is worked or free by the city's own word, over what the library publishes."""

    day = models.DateField(primary_key=True)
    works = models.BooleanField()
    name = models.CharField(max_length=60, blank=True, default="")  # 春节, flood relief…

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'worked' if self.works else 'free'}"


class OfficeTime(models.Model):
    """The city's working hours, years whose notice it took in, and shares drawn; one row, or none.

    `token` is another one after every change of hours, days or limits: every process compares it
    with the one that it has read.
    """

    hours = models.JSONField(default=list)  # [["08:30", "12:00"], …]; empty is the usual hours
    known_years = models.JSONField(default=list)
    # Shares of reported work that are drawn to be seen on the spot, as {"by_severity": {"1": 0.2},
    # "by_kind": {"small-adverts": 0.1}}; empty is the pack's.
    on_the_spot = models.JSONField(default=dict)
    token = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.token


class Topic(models.Model):
    """A subject as a hotline files it, in up to three levels; `kind` is what it means here."""

    level1 = models.CharField(max_length=60)
    level2 = models.CharField(max_length=60, blank=True, default="")
    level3 = models.CharField(max_length=60, blank=True, default="")
    kind = models.ForeignKey(
        CaseKind, on_delete=models.SET_NULL, related_name="topics", null=True, blank=True
    )

    class Meta:
        ordering = ["level1", "level2", "level3"]
        constraints = [
            models.UniqueConstraint(fields=["level1", "level2", "level3"], name="topic_once")
        ]

    def __str__(self) -> str:
        return "/".join(level for level in (self.level1, self.level2, self.level3) if level)


class Framework(Named):
    """One edition of one assessment standard; `document` is the whole of it, as imported."""

    code = models.CharField(max_length=60)
    edition = models.CharField(max_length=20)
    full_marks = models.FloatField()
    pass_at_least = models.FloatField(null=True, blank=True)
    official = models.BooleanField(default=False)
    document = models.JSONField(help_text=_("The edition as the framework format writes it"))
    frozen_at = models.DateTimeField(null=True, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["code", "-edition"]
        constraints = [
            models.UniqueConstraint(fields=["code", "edition"], name="framework_edition_once")
        ]

    @property
    def with_edition(self) -> str:
        """Its name and its edition, as lists to choose from show it."""
        return _("%(name)s (%(edition)s)") % {"name": self.name, "edition": self.edition}


class Crosswalk(models.Model):
    """What became of an edition's parts in a later one, as the crosswalk's file writes it."""

    before = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="leads_to")
    after = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="comes_from")
    document = models.JSONField(help_text=_("The crosswalk as its file writes it"))
    imported_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["before", "after"]
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="crosswalk_once"),
            models.CheckConstraint(
                condition=~models.Q(before=models.F("after")), name="crosswalk_of_two_editions"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before_id} → {self.after_id}"


class CityPlan(Named):
    """A plan, goal or field of the city's own that criteria of the standards stand behind.

    They are those with one of its themes, and those that it names (or that stand below a node it
    names), in whatever standard and edition.
    """

    class Group(models.TextChoices):
        PLAN = "plan", _("Plans to align with")
        LOOK = "look", _("Four looks")
        GOOD = "good", _("Four goods")
        FIELD = "field", _("Problem fields")

    code = models.CharField(max_length=40, unique=True)
    group = models.CharField(max_length=8, choices=Group.choices, default=Group.PLAN)
    themes = models.JSONField(default=list, blank=True)
    criteria = models.JSONField(
        default=list, blank=True, help_text=_("FRAMEWORK/CODE of criteria or nodes")
    )
    verified = models.CharField(max_length=10, default="proposed")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "code"]


class Criterion(Named):
    """A leaf of a framework: what must hold, how it is seen, and how it becomes marks."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="criteria")
    code = models.CharField(max_length=40)
    node = models.CharField(max_length=40)
    weight = models.FloatField(null=True, blank=True)
    method = models.CharField(max_length=12)
    rule = models.JSONField()
    unit = models.CharField(max_length=20, blank=True, default="")
    site_kinds = models.JSONField(default=list)
    lead = models.ForeignKey(
        UnitRole, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    support = models.JSONField(default=list)
    themes = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["framework", "position"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="criterion_code_once")
        ]


class Item(Named):
    """What somebody sees, asks or files; it serves criteria of any number of standards.

    Besides the bank's own items there is one for each criterion observed directly, coded
    `FRAMEWORK/CRITERION` or `FRAMEWORK/CRITERION/MATERIAL`.
    """

    class Source(models.TextChoices):
        LOOK = "look", _("Seen on site")
        CRITERION = "criterion", _("Observed directly")
        MATERIAL = "material", _("Material filed")

    class Photo(models.TextChoices):
        ON_FAIL = "on_fail", _("When it fails")
        ALWAYS = "always", _("Always")
        NO = "no", _("Not needed")

    code = models.CharField(max_length=120, unique=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.LOOK)
    severity = models.PositiveSmallIntegerField(default=1)
    photo = models.CharField(max_length=8, choices=Photo.choices, default=Photo.ON_FAIL)
    opens = models.ForeignKey(
        CaseKind, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    role = models.ForeignKey(
        UnitRole, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    site_kinds = models.ManyToManyField(SiteKind, blank=True, related_name="items")
    criteria = models.JSONField(default=list, help_text=_("FRAMEWORK/CRITERION codes it serves"))
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "code"]
