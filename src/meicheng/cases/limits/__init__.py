"""Time limits, working hours and days: changing them, what a change would do, and their pages."""
