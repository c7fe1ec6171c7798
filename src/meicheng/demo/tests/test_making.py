"""Making a demo city: the same again, once, and never over a real one."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder

from meicheng.cases.models import Case
from meicheng.demo import commands
from meicheng.demo.ground import Ground
from meicheng.demo.making import NotADemo, clear
from meicheng.demo.models import DemoCity
from meicheng.demo.sites import shares
from meicheng.demo.sizes import SIZES
from meicheng.demo.texts import Texts, parse, phrases
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.organisation.models import User
from meicheng.places.models import Division

from .conftest import make

# When something was written down, and what is meant to be secret or slow.
APART = {"updated_at", "created_at", "imported_at", "stored_at", "made_at", "sealed_at", "moved_at",
         "password", "seconds", "id"}  # fmt: skip
NATURAL = ("code", "sha256", "username", "number")
ROOMS = {
    "places",
    "organisation",
    "standards",
    "ledger",
    "files",
    "cases",
    "inspections",
    "voices",
    "demo",
}


def digests() -> dict[str, str]:
    """A digest of each table's rows; a row that another one names is known by its own name."""
    names: dict[Any, dict[Any, Any]] = {}
    for model in apps.get_models():
        natural = next((n for n in NATURAL if n in {f.name for f in model._meta.fields}), None)
        if natural:
            names[model] = dict(model._default_manager.values_list("pk", natural))
    found = {}
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS:
            continue
        columns = [
            f
            for f in model._meta.concrete_fields
            if f.name not in APART and not f.name.endswith("_sealed")
        ]
        rows = []
        for row in model._default_manager.values_list(*[f.attname for f in columns]):
            rows.append(
                json.dumps(
                    [
                        names.get(f.related_model, {}).get(value, value)
                        if f.related_model
                        else value
                        for f, value in zip(columns, row, strict=True)
                    ],
                    cls=DjangoJSONEncoder,
                    sort_keys=True,
                )
            )
        found[model.__name__] = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    return found


@pytest.mark.django_db
def test_a_database_with_a_real_city_is_left_alone() -> None:
    User.objects.create_user("somebody", "a-real-password", display_name="Somebody")
    with pytest.raises(NotADemo):
        make()
    with pytest.raises(NotADemo):
        clear()
    assert User.objects.count() == 1
    assert not Division.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_reset_makes_the_city_anew_and_the_same_seed_the_same_one() -> None:
    night = datetime(2026, 11, 19, 18, 40, tzinfo=UTC)  # twenty to three in the city
    make(2, until=night)
    another = digests()
    make(until=night, reset=True)
    made = digests()
    assert made["Report"] != another["Report"]
    assert made["Item"] == another["Item"]
    Case.objects.filter(pk=1).update(outcome="changed")
    assert digests()["Case"] != made["Case"]

    make(until=night, reset=True)
    assert digests() == made
    assert DemoCity.objects.count() == 1
    assert Case.objects.count() == SIZES["tiny"].cases
    # Nothing of the morning after.
    assert not Event.objects.filter(at__gt=night).exists()
    assert rebuild(check=True) == []
    # The next row of an ordinary action finds a free key.
    assert User.objects.create_user("next", None, display_name="Next").pk > 11


def test_a_day_is_taken_to_its_end_on_the_city_s_clock() -> None:
    assert commands._until("2026-11-23") == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert commands._until("2026-11-23T09:30") == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def test_the_terminal_s_language_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert commands.language() == "zh-hans"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert commands.language() == "zh-hans"
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert commands.language() == "en"


def test_larger_cities_have_names_enough() -> None:
    ground = Ground(SIZES["large"], 3)
    assert len(ground.communities) == 576
    assert len({area.name for area in ground.communities}) == 576


def test_shares_add_up() -> None:
    assert sum(shares(130, [0.2, 20, 9, 0.3] * 10)) == 130
    assert min(shares(130, [0.2, 20, 9, 0.3] * 10)) == 1


def test_common_kinds_have_ten_ways_of_saying_and_all_have_words() -> None:
    kinds = phrases()["kinds"]
    common = ["exposed-litter", "illegal-parking", "noise", "occupied-pavement", "full-bins",
              "broken-pavement", "lamp-out", "dirty-road", "old-estate", "small-adverts",
              "standing-water", "manhole", "building-rubble", "damaged-green"]  # fmt: skip
    for code in common:
        assert len(kinds[code]["what"]) >= 10, code
    said = {Texts(f"{seed}").what("exposed-litter") for seed in range(200)}
    assert len(said) > 60


def test_a_phrase_with_a_brace_too_few_is_found() -> None:
    assert parse("a{b|{c|d}e}") == ("a", (("b",), ((("c",), ("d",)), "e")))
    with pytest.raises(ValueError, match="closed"):
        parse("{a|b")
