"""The citizens' door: report, follow, rate."""
