"""Tests of what no single room holds; each room's own tests are beside its code."""
