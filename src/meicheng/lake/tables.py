"""The tables of the lake: their columns, which are its promise to whoever reads it."""

from __future__ import annotations

import pyarrow as pa

VERSION = 1

OBSERVATIONS = pa.schema(
    [
        ("item", pa.string()),
        ("site", pa.string()),  # null where it is no matter of a site
        ("site_kind", pa.string()),  # "" without a site
        ("division", pa.string()),
        ("district", pa.string()),  # null for the city itself
        ("path", pa.string()),  # of the division: "/CITY/LC/"
        ("observed_at", pa.timestamp("us")),  # in the city's time
        ("value", pa.string()),
        ("number", pa.float64()),
        ("weight", pa.float64()),
        ("sampled", pa.bool_()),
    ]
)
SITES = pa.schema(
    [
        ("site", pa.string()),
        ("kind", pa.string()),
        ("division", pa.string()),
        ("district", pa.string()),
        ("path", pa.string()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("active", pa.bool_()),
    ]
)
DIVISIONS = pa.schema(
    [
        ("division", pa.string()),
        ("parent", pa.string()),
        ("level", pa.string()),
        ("path", pa.string()),
        ("name_zh", pa.string()),
        ("name_en", pa.string()),
        ("population", pa.int64()),
    ]
)
ITEMS = pa.schema(
    [
        ("item", pa.string()),
        ("criteria", pa.list_(pa.string())),  # FRAMEWORK/CRITERION
        ("opens", pa.string()),  # the kind of case that its "no" opens
        ("source", pa.string()),
    ]
)
CASES = pa.schema(
    [
        ("case", pa.string()),
        ("kind", pa.string()),
        ("state", pa.string()),
        ("source", pa.string()),
        ("division", pa.string()),
        ("path", pa.string()),
        ("site", pa.string()),
        ("unit", pa.string()),
        ("reported_at", pa.timestamp("us")),
        ("due_at", pa.timestamp("us")),
        ("closed_at", pa.timestamp("us")),
    ]
)
COUNTS = (
    "received", "received_in_time", "receipt_known", "answered_in_time", "answer_known",
    "registered", "due", "on_time", "closed", "first_time_right", "not_relapsed", "redone", "late_stages", "rated", "satisfied",
)  # fmt: skip
CASE_COUNTS = pa.schema(
    [
        ("kind", pa.string()),
        ("path", pa.string()),
        ("day", pa.date32()),  # the first of the month
        *((name, pa.int64()) for name in COUNTS),
    ]
)

# Each table with its columns and how many levels of folders it is partitioned in.
TABLES = {
    "observations": (OBSERVATIONS, 2),
    "sites": (SITES, 1),
    "divisions": (DIVISIONS, 1),
    "items": (ITEMS, 1),
    "cases": (CASES, 1),
    "case_counts": (CASE_COUNTS, 1),
}
