"""Everything that the APIs describe, called by schemathesis: `python -m tools.fuzz`."""
