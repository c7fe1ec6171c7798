"""Photographs that cannot fool quietly: questions to a person, and what the public may see."""
