"""A small standard with something of every method, for the pages that read all of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from meicheng.ledger.actions import new_observation, observe
from meicheng.organisation.models import UnitRole
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Framework, Item

AT = datetime(2026, 9, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def leaf(code, method, rule, weight=10, **more):
    """A criterion as the format writes it."""
    return {
        "code": code,
        "name": {"zh": f"标准{code}", "en": f"Criterion {code}"},
        "weight": weight,
        "method": method,
        "rule": rule,
        **more,
    }


@pytest.fixture
def every_method(city):
    """100 marks over six criteria; swept lanes are known in LC, the figure for the city."""
    UnitRole.objects.get_or_create(
        code="women-federation", defaults={"name_zh": "妇联", "name_en": "Women's federation"}
    )
    framework = save_framework(
        {
            "framework": "little",
            "edition": "1",
            "name": {"zh": "小标准", "en": "Little standard"},
            "full_marks": 100,
            "official": False,
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "街面", "en": "Streets"},
                    "weight": 60,
                    "criteria": [
                        leaf("1.1", "field", {"kind": "pass_rate"}, 30, site_kinds=["back-lane"],
                             lead="urban-management", support=["housing-construction"],
                             themes=["back-lanes"]),
                        leaf("1.2", "field", {"kind": "pass_rate"}, 20,
                             site_kinds=["farmers-market"], lead="market-regulation"),
                        leaf("1.3", "case", {"kind": "rate", "of": "satisfied", "among": "rated"},
                             10, lead="urban-management"),
                    ],
                },
                {
                    "code": "2",
                    "name": {"zh": "材料与数据", "en": "Papers and figures"},
                    "weight": 40,
                    "criteria": [
                        leaf("2.1", "statistic", {"kind": "target", "at_least": 80}, 15,
                             unit="percent", lead="urban-management", themes=["ecology"]),
                        leaf("2.2", "document",
                             {"kind": "materials", "needs": ["plan", "summary"],
                              "dated_within_months": 12}, 15, lead="urban-management"),
                        leaf("2.3", "survey",
                             {"kind": "share_of_answers", "counts": {"satisfied": 1}}, 10,
                             lead="women-federation"),
                    ],
                },
            ],
        }
    )  # fmt: skip
    Item.objects.filter(code="swept").update(criteria=["little/1.1"])
    Item.objects.filter(code="stalls-clean").update(criteria=["little/1.2"])
    return framework


@pytest.fixture
def seen(city, every_method):
    """Says what was seen: `seen("swept", "yes", site=…)`, `seen("little/2.1", number=85)`."""

    def note(code, value="", *, number=None, site=None, division="CITY", at=AT):
        place = site.division if site is not None else city.division(division)
        observe(
            [
                new_observation(
                    item=Item.objects.get(code=code),
                    site=site,
                    division=place,
                    observed_at=at,
                    value=value,
                    number=number,
                )
            ]
        )

    return note


def _node(code, weight, kind):
    return {
        "code": code,
        "name": {"zh": f"部分{code}", "en": f"Part {code}"},
        "weight": weight,
        "criteria": [
            {
                "code": f"{code}.1",
                "name": {"zh": f"内容{code}.1", "en": f"Criterion {code}.1"},
                "weight": 10,
                "method": "field",
                "rule": {"kind": "pass_rate"},
                "site_kinds": [kind],
            }
        ],
    }


@pytest.fixture
def pair(city):
    """The standard “pair”: lanes swept (60 marks), stalls clean (40 marks), 70 needed."""
    framework = save_framework(
        {
            "framework": "pair",
            "edition": "1",
            "name": {"zh": "两项标准", "en": "Standard of two"},
            "full_marks": 100,
            "pass": {"at_least": 70},
            "nodes": [_node("1", 60, "back-lane"), _node("2", 40, "farmers-market")],
        }
    )
    Item.objects.filter(code="swept").update(criteria=["pair/1.1"])
    Item.objects.filter(code="stalls-clean").update(criteria=["pair/2.1"])
    return Framework.objects.get(pk=framework.pk)


@pytest.fixture
def look():
    """`look(site, "yes", month=202609)`: an answer to the site's own item."""

    def answer(site, value, *, month=202609, day=10, **more):
        item = "stalls-clean" if site.kind_id == "farmers-market" else "swept"
        at = datetime(month // 100, month % 100, day, 10, tzinfo=AT.tzinfo)
        (written,) = observe(
            [
                new_observation(
                    item=Item.objects.get(code=item),
                    site=site,
                    division=site.division,
                    observed_at=at,
                    value=value,
                    **more,
                )
            ]
        )
        return written

    return answer


@pytest.fixture
def english():
    """The words of a reader of English."""
    with translation.override("en"):
        yield
