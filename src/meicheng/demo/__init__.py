"""A whole synthetic city, made to scale."""
