"""Photographs and documents, stored by content."""
