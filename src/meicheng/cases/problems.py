"""Why a step is not taken, beside the workflow's own `WrongState`."""


class Stale(Exception):
    """Somebody else changed the case since it was shown; the message says who and what."""


class Needed(ValueError):
    """Something that the step needs is missing; the message says what."""
