"""Divisions, grid cells and sites: where things are."""
