"""Why a step is not taken, beside the workflow's own `WrongState`."""

from django.utils.translation import gettext_lazy

# Said by the step, and by its form before anything is stored.
NO_PHOTO = gettext_lazy("Add a photograph that shows the result: this step needs one")
NO_REMARK = gettext_lazy("Say why: this step needs a remark")


class Stale(Exception):
    """Somebody else changed the case since it was shown; the message says who and what."""


class Needed(ValueError):
    """Something that the step needs is missing; the message says what."""
