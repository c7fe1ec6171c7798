"""Framework editions, criteria, items and kinds of cases."""
