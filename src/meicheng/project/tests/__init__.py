"""Tests of settings, health and the command line."""
