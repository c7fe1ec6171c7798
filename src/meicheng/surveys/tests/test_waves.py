"""From a questionnaire to figures: planning, inviting, answering once, closing."""

from __future__ import annotations

import json
import threading
from collections import Counter

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils.translation import override

from meicheng.ledger.models import Event, Observation
from meicheng.ledger.verify import verify
from meicheng.organisation.permissions import NotAllowed
from meicheng.project.commands import run
from meicheng.surveys.actions import BadWave, keep_questionnaire, plan_wave
from meicheng.surveys.closing import CannotClose, close_wave
from meicheng.surveys.drawing import Asked, drawn_again
from meicheng.surveys.models import Answer, Cell, Questionnaire, Ticket, Wave
from meicheng.surveys.queries import places_of
from meicheng.surveys.tickets import (
    NoTicket,
    NotNow,
    begin_interview,
    draft_of,
    give_out,
    keep_draft,
    note_missed,
    send_answer,
    ticket_of,
)

from .conftest import FORM


def test_a_wave_draws_households_with_known_chances_and_can_be_drawn_again(wave):
    cells = list(wave.cells.all())
    assert len(cells) == 6
    assert {cell.population for cell in cells} == {1000}
    assert sum(cell.asked for cell in cells) == 60
    assert all(cell.chance == cell.asked / cell.population for cell in cells)
    again = {
        one.cell: {int(code.rsplit("/", 1)[1]) for code in one.codes} for one in drawn_again(wave)
    }
    assert again == {cell.code: set(cell.drawn) for cell in cells}
    first = Event.objects.get(chain=wave.chain)
    assert (first.data["seed"], first.data["frame"]) == (wave.seed, wave.frame_hash)


def test_venues_visitors_and_a_panel_are_drawn_too(city, office, form, days):
    for community in ("LC0101", "LC0102"):
        for _ in range(6):
            city.site("back-lane", division=community)
    asked = {
        "venues": Asked("venues", [city.division("LC")], "district", 8, site_kinds=["back-lane"]),
        "visitors": Asked("visitors", [city.division("LC")], "district", 20, clusters=3,
                          site_kinds=["back-lane"], passers=400),
        "panel": Asked("panel", [city.division("LC")], "district", 5,
                       panel="\n".join(f"LC010{n % 2 + 1} P-{n}" for n in range(9))),
    }  # fmt: skip
    made = {
        name: plan_wave(office, questionnaire=form, title=name, key=name,
                        division=city.division("LC"), asked=one, **days)
        for name, one in asked.items()
    }  # fmt: skip
    (venues,) = made["venues"].cells.all()
    assert (venues.population, venues.asked, len(venues.drawn)) == (12, 8, 8)
    visitors = list(made["visitors"].cells.all())
    assert len(visitors) == 3
    assert all(cell.site is not None for cell in visitors)
    assert [round(cell.chance, 6) for cell in visitors] == [
        round(3 / 12 * cell.asked / 400, 6) for cell in visitors
    ]
    (panel,) = made["panel"].cells.all()
    assert set(panel.drawn) <= {f"P-{n}" for n in range(9)}
    with override("zh-hans"):
        carried = places_of([venues, *visitors, panel])
    assert carried == {
        venues.pk: "柳池区 · 背街小巷", panel.pk: "柳池区 · 固定样本",
        **{cell.pk: cell.site.name_zh for cell in visitors},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": 20}, "At least 30 must be asked"),
        ({"count": 90_000}, "Ask 1 to"),
        ({"audience": "panel", "panel": "LC0101 甲 乙"}, "line 1"),
        ({"audience": "panel", "panel": "LC0101 A\nLC0101 B"}, "has only 2 to ask"),
        ({"audience": "venues"}, "Choose kinds of sites"),
        ({"audience": "venues", "site_kinds": ["farmers-market"]}, "nobody to draw"),
        ({"persons": 0}, "1 to 10 people"),
        ({"areas": []}, "Choose areas"),
    ],
)
def test_who_cannot_be_drawn_is_said_and_nothing_is_planned(
    city, office, form, days, change, words
):
    asked = {"audience": "households", "areas": [city.division("CITY")], "level": "district",
             "count": 60, **change}  # fmt: skip
    with pytest.raises(BadWave, match=words):
        plan_wave(office, questionnaire=form, title="x", division=city.division("CITY"),
                  key="k", asked=Asked(**asked), **days)  # fmt: skip
    assert not Wave.objects.exists()


def test_the_same_form_sent_twice_plans_once(city, office, form, days, wave):
    again = plan_wave(office, questionnaire=form, title="x", division=city.division("CITY"), key="one",
                      asked=Asked("households", [city.division("CITY")], "district", 60), **days)  # fmt: skip
    assert again == wave
    with pytest.raises(NotAllowed):
        plan_wave(city.user("inspector"), questionnaire=form, title="x", key="two",
                  division=city.division("CITY"),
                  asked=Asked("households", [city.division("CITY")], "district", 60), **days)  # fmt: skip


def test_a_questionnaire_is_frozen_once_it_is_asked(office, form, days, city):
    changed = json.loads(json.dumps(FORM))
    changed["settings"]["minutes"] = 4
    assert keep_questionnaire(office, FORM) == form
    assert keep_questionnaire(office, changed).version == 1
    plan_wave(office, questionnaire=form, title="x", division=city.division("CITY"), key="k",
              asked=Asked("households", [city.division("CITY")], "district", 60), **days)  # fmt: skip
    assert keep_questionnaire(office, FORM).version == 2
    assert Questionnaire.objects.get(version=1).document["settings"]["minutes"] == 4


def test_one_invitation_gives_one_answer(wave, codes, answer):
    cell, code = codes[0]
    answer(f"{code[:4]}-{code[4:8].lower()}-{code[8:]}")
    cell.refresh_from_db()
    assert (cell.answered, Answer.objects.count()) == (1, 1)
    with pytest.raises(NoTicket):
        ticket_of(code)
    with pytest.raises(NoTicket):
        send_answer(code)
    assert Answer.objects.count() == 1


def test_nothing_in_the_database_joins_an_answer_to_an_invitation(wave, codes, answer):
    """Every value of every table after the answer: none holds the code, its hash, or its ticket."""
    before = dump()
    tickets = dict(Ticket.objects.values_list("digest", "pk"))
    for _cell, code in codes[:8]:
        answer(code)
    after = dump()
    gone = set(tickets) - set(Ticket.objects.values_list("digest", flat=True))
    assert len(gone) == 8
    everything = json.dumps(after, default=str)
    assert not [code for _cell, code in codes if code in everything]  # kept nowhere at any time
    assert not [one for one in gone if one in everything]
    # What changed beside the tickets: answers, and how many a cell has. No time, no key in order.
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"surveys_ticket", "surveys_answer", "surveys_cell"}
    assert {field.name for field in Answer._meta.fields} == {
        "id",
        "cell",
        "interview",
        "said",
        "weight",
    }
    keys = [one.id.int for one in Answer.objects.all()]
    assert len({key.bit_length() for key in keys}) >= 1
    assert all(one.id.version == 4 for one in Answer.objects.all())
    assert not [one for one in Ticket._meta.fields if one.name in {"drawn", "household", "person"}]
    # A cell names whom it drew, and every one of its tickets could be any of theirs.
    assert all(cell.asked >= 5 for cell in Cell.objects.all())


def dump() -> dict[str, list[tuple]]:
    """Every row of every table of the product."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found[model._meta.db_table] = sorted(map(repr, cursor.fetchall()))
    return found


def test_a_draft_is_kept_and_only_its_code_opens_it(wave, codes):
    (_cell, code), (_other_cell, other) = codes[:2]
    keep_draft(ticket_of(code), code, {"sex": "f", "why": "巷口垃圾"})
    assert draft_of(ticket_of(code), code) == {"sex": "f", "why": "巷口垃圾"}
    assert draft_of(ticket_of(code), other) == {}
    assert "巷口" not in Ticket.objects.exclude(draft="").get().draft


def test_what_is_skipped_is_not_kept_and_what_is_missing_is_asked_for(wave, codes, answer):
    with pytest.raises(NotNow):
        send_answer(codes[0][1])
    answer(codes[0][1], streets="good", why="一时说错")
    assert Answer.objects.get().said == {"sex": "f", "streets": "good"}


def test_letters_printed_again_make_the_first_ones_void(office, wave, codes, answer):
    first = codes[0][0]
    answer(codes[0][1])
    again = give_out(office, wave, [first])
    assert len(again) == first.asked - 1
    with pytest.raises(NoTicket):
        ticket_of(codes[1][1])
    assert ticket_of(again[0][1]).cell == first


def test_an_interviewer_gives_out_no_more_than_were_drawn(city, wave):
    cell = wave.cells.order_by("pk").first()
    walker = city.user("inspector")
    made = [begin_interview(walker, cell) for _ in range(cell.asked)]
    assert ticket_of(made[0]).interview
    with pytest.raises(NotNow, match="were given out"):
        begin_interview(walker, cell)
    stranger = city.user("inspector", division="XC" if cell.code.startswith("LC") else "LC")
    with pytest.raises(NotAllowed):
        note_missed(stranger, cell, "refused")
    for _ in range(cell.asked):
        note_missed(walker, cell, "refused")
    with pytest.raises(NotNow):
        note_missed(walker, cell, "not_reached")


def test_closing_weighs_the_answers_and_feeds_the_criterion(city, office, wave, codes, answer):
    values = ["good", "good", "good", "fair", "bad"]
    for number, (_cell, code) in enumerate(codes[:50]):
        answer(code, sex="f" if number % 5 else "m", streets=values[number % 5], parks="good")
    closed = close_wave(office, wave)
    answers = list(Answer.objects.select_related("cell"))
    # All drawn stand for all households: 60 of 6,000.
    assert sum(one.weight for one in answers) == pytest.approx(6000, rel=1e-6)
    seen = Observation.objects.filter(origin=closed.origin)
    assert Counter(seen.values_list("value", flat=True)) == {"good": 30, "fair": 10, "bad": 10}
    assert {one.division.level for one in seen.select_related("division")} == {"district"}
    score = sum(w * {"good": 1, "fair": 0.5, "bad": 0}[v]
                for v, w in seen.values_list("value", "weight")) / 6000  # fmt: skip
    told = next(one for one in closed.results["questions"] if one["name"] == "streets")
    assert told["score"]["mean"] == pytest.approx(score, rel=1e-6)
    assert told["score"]["low"] < score < told["score"]["high"]
    assert not Ticket.objects.exists()
    with pytest.raises(CannotClose):
        close_wave(office, wave)
    assert verify().faults == []


def test_margins_bring_the_shares_to_what_is_known(city, office, form, days, answer):
    wave = plan_wave(office, questionnaire=form, title="x", division=city.division("CITY"), key="k",
                     asked=Asked("households", [city.division("CITY")], "district", 60),
                     margins={"sex": {"f": 48, "m": 52}}, **days)  # fmt: skip
    for number, (_cell, code) in enumerate(give_out(office, wave, list(wave.cells.all()))):
        answer(code, sex="m" if number % 3 == 0 else "f", streets="good" if number % 3 else "bad")
    closed = close_wave(office, wave)
    sex = next(one for one in closed.results["questions"] if one["name"] == "sex")
    assert {one["name"]: round(one["mean"], 4) for one in sex["choices"]} == {"f": 0.48, "m": 0.52}
    assert closed.results["weights"]["converged"]


def test_figures_of_few_are_not_in_the_results_at_all(city, office, wave, codes, answer):
    for number, (cell, code) in enumerate(codes):
        if cell.code.startswith("LC") or (cell.code.startswith("XC") and number % 4 == 0):
            answer(code, sex="m" if number == 3 else "f")
    closed = close_wave(office, wave)
    by_sex = next(one for one in closed.results["breakdowns"] if one["by"] == "sex")
    assert [group.get("hidden") for group in by_sex["rows"][0]["groups"]] == [True, True]
    index = closed.results["indexes"]["happiness"]
    few = [one for one in index["communities"] if one["answers"] is None]
    assert few
    assert all(one["own"] is None and one["borrowed"] == 1 for one in few)


def test_a_wave_that_nobody_answered_closes_without_figures(office, wave):
    closed = close_wave(office, wave)
    assert closed.results == {"answers": 0, "asked": 60, "interviews": 0, "fewest": 10}
    assert not Observation.objects.filter(origin=closed.origin).exists()


def test_a_closed_month_takes_no_wave(city, office, wave, codes, answer, monkeypatch):
    answer(codes[0][1])
    from meicheng.ledger.frozen import Closed, Frozen
    from meicheng.places.time import month_of

    month = month_of(wave.made_at)
    shut = Frozen([Closed("/CITY/", "演示市", month, month, "已公布")])
    monkeypatch.setattr(Frozen, "now", classmethod(lambda cls: shut))
    with pytest.raises(CannotClose, match="closed for"):
        close_wave(office, wave)
    assert Answer.objects.get().weight is None


def test_the_command_draws_again_and_notices_what_was_changed(wave, capsys):
    assert run(["surveys", "recheck", wave.code]) == 0
    assert "the same 60 were drawn again" in capsys.readouterr().out
    cell = wave.cells.first()
    cell.drawn = [*cell.drawn[1:], max(cell.drawn) + 1]
    cell.save()
    assert run(["surveys", "recheck", wave.code]) == 1
    assert cell.code in capsys.readouterr().out
    assert run(["surveys", "recheck", "DC-0"]) == 2


def test_the_command_says_what_is_wrong_with_a_file(tmp_path, capsys, db):
    file = tmp_path / "form.yaml"
    file.write_text(json.dumps(FORM), encoding="utf-8")
    assert run(["surveys", "check", str(file)]) == 0
    assert "4 questions on 3 pages" in capsys.readouterr().out
    file.write_text(json.dumps({**FORM, "choices": {}}), encoding="utf-8")
    assert run(["surveys", "check", str(file)]) == 1
    assert capsys.readouterr().out.count("is not in choices") == 3
    assert run(["surveys", "check", str(tmp_path / "gone.yaml")]) == 2


@pytest.mark.parametrize("second", ["the same answer", "closing"])
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_finds_the_invitation_used(wave, codes, office, second):
    """On PostgreSQL the second waits for the first, and neither for the other."""
    code = codes[0][1]
    keep_draft(ticket_of(code), code, {"sex": "f", "streets": "good"})
    came = []

    def again():
        try:
            came.append(
                send_answer(code) if second == "the same answer" else close_wave(office, wave)
            )
        except NoTicket as problem:
            came.append(problem)
        finally:
            if connection.vendor != "sqlite":
                connection.close()

    if connection.vendor == "sqlite":  # lets one write at a time
        send_answer(code)
        again()
    else:
        thread = threading.Thread(target=again)
        with transaction.atomic():
            send_answer(code)
            thread.start()
            thread.join(timeout=1)
            assert thread.is_alive(), "it did not wait"
        thread.join(timeout=30)
    (found,) = came
    if second == "closing":
        assert found.results["answers"] == 1
    else:
        assert isinstance(found, NoTicket)
    assert (Answer.objects.count(), Cell.objects.get(pk=codes[0][0].pk).answered) == (1, 1)
