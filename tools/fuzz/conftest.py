"""No tests here: the hooks run in schemathesis' own environment."""

collect_ignore = ["hooks.py"]
