"""Units, working groups, people's accounts and their roles."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.places.models import Division
from meicheng.places.names import Named


class UnitRole(Named):
    """What a unit answers for: urban-management, health, traffic-police."""

    code = models.CharField(max_length=40, primary_key=True)

    class Meta:
        ordering = ["code"]


class Unit(Named):
    """A bureau, branch or crew that solves cases and answers for criteria (责任单位)."""

    code = models.CharField(max_length=60, unique=True)
    role = models.ForeignKey(UnitRole, on_delete=models.PROTECT, related_name="units")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]


class WorkingGroup(Named):
    """One of the special working groups of the creation office (专项工作组)."""

    code = models.CharField(max_length=40, unique=True)
    lead_role = models.ForeignKey(
        UnitRole, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    units = models.ManyToManyField(Unit, blank=True, related_name="working_groups")

    class Meta:
        ordering = ["pk"]


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person's account; what it may do comes from its memberships alone."""

    username = models.CharField(max_length=60, unique=True)
    display_name = models.CharField(max_length=80)
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    objects = UserManager()

    def __str__(self) -> str:
        return self.display_name


class Membership(models.Model):
    """A role that a person holds in a division or a unit, and what lies below it."""

    class Role(models.TextChoices):
        COLLECTOR = "collector", _("Collector")
        DISPATCHER = "dispatcher", _("Dispatcher")
        UNIT_WORKER = "unit-worker", _("Unit worker")
        UNIT_LEAD = "unit-lead", _("Unit lead")
        INSPECTOR = "inspector", _("Inspector")
        VERIFIER = "verifier", _("Verifier")
        DISTRICT_LEAD = "district-lead", _("District lead")
        CITY_LEAD = "city-lead", _("City lead")
        CREATION_OFFICE = "creation-office", _("Creation office")
        AUDITOR = "auditor", _("Auditor")
        ADMINISTRATOR = "administrator", _("Administrator")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="memberships", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(division__isnull=False) | models.Q(unit__isnull=False),
                name="membership_has_a_scope",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "division", "unit"],
                name="membership_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class ApiToken(models.Model):
    """A machine's key to the API; only its hash is kept."""

    name = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text=_("For example reports:write, cases:read"))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
