"""What people sorted is learned from, by command and by itself, and helps the desk."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from meicheng.engine.text.tests.test_categories import messages
from meicheng.project.commands import run
from meicheng.voices import learning
from meicheng.voices.models import Report, TextModel


@pytest.fixture
def sorted_file(tmp_path: Path) -> Path:
    path = tmp_path / "sorted.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["message_id", "subject", "body", "category"])
        found, categories = messages(60)
        for number, (one, category) in enumerate(zip(found, categories, strict=True)):
            rows.writerow([f"M{number}", one.subject, one.body, category])
    return path


def test_a_file_is_learned_from_and_another_is_sorted(db, sorted_file, tmp_path, capsys):
    assert run(["voices", "train", str(sorted_file)]) == 0
    told = capsys.readouterr().out
    assert "category version 1: 60 messages, sorted.csv" in told
    assert "macro-F1" in told
    out = tmp_path / "new" / "out.csv"
    assert run(["voices", "classify", str(sorted_file), "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert list(rows[0]) == ["message_id", "category", "probability"]
    assert [row["message_id"] for row in rows] == [f"M{number}" for number in range(60)]
    assert [row["category"] for row in rows] == messages(60)[1]
    assert all(0 < float(row["probability"]) <= 1 for row in rows)


def test_learning_again_makes_the_next_version_and_keeps_the_first(db, sorted_file, capsys):
    for _time in range(2):
        assert run(["voices", "train", str(sorted_file), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["version"] for one in told] == [1, 2]
    assert set(TextModel.objects.values_list("version", flat=True)) == {1, 2}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b\n1,2\n", "no column body"),
        ("body\n路灯\n", "no column category"),
        ("body,category\n路灯,\n", "Row 2: the category is empty"),
        ("body,category\n,路灯\n", "Row 2: there are no words"),
        ("body,category\n路灯,甲\n井盖,甲\n", "at least two categories"),
        ("", "The file is empty"),
    ],
)
def test_a_file_that_teaches_nothing_is_refused_with_the_reason(
    db, tmp_path, capsys, content, reason, settings
):
    settings.LANGUAGE_CODE = "en"
    path = tmp_path / "wrong.csv"
    path.write_text(content, encoding="utf-8")
    assert run(["voices", "train", str(path)]) == 2
    assert reason in capsys.readouterr().err
    assert not TextModel.objects.exists()


def test_without_a_model_nothing_is_sorted(db, sorted_file, tmp_path, capsys, settings):
    settings.LANGUAGE_CODE = "en"
    assert run(["voices", "classify", str(sorted_file), "--out", str(tmp_path / "out.csv")]) == 2
    assert "meicheng voices train" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture
def many_sorted(city) -> list[Report]:
    """Reports whose kind the desk has confirmed: lamps and rubbish, in words of no word list."""
    found = []
    for number in range(12):
        kind, words = (
            ("lamp-out", "夜里黑咕隆咚，伸手不见五指")
            if number % 2
            else ("exposed-litter", "臭气熏天，苍蝇乱飞，没人管")
        )
        case = city.case(kind, state="registered")
        found.append(city.report(body=f"{number}号楼下{words}", kind=kind, case=case))
    return found


def test_what_the_desk_confirms_is_learned_and_suggested_with_its_words(
    city, many_sorted, client: Client
):
    learning.learn_kinds()
    case = city.case("exposed-litter", state="reported")
    asked = city.report(body="我们这条巷子夜里黑咕隆咚的", kind=None, case=case)
    best = learning.guess_kinds(asked)[0]
    assert best.category == "lamp-out"
    assert any("黑咕隆咚" in word for word in best.words)
    client.force_login(city.user("dispatcher"))
    page = client.get(f"/reports/{asked.code}/").content.decode()
    assert "路灯不亮" in page.split("看起来像")[1][:200]
    assert 'value="exposed-litter" selected' in page, "somebody chose it"
    unknown = city.report(body=asked.body, kind=None, case=city.case("other", state="reported"))
    page = client.get(f"/reports/{unknown.code}/").content.decode()
    assert 'value="lamp-out" selected' in page, "one press confirms it"


def test_each_day_learns_once_enough_new_ones_were_sorted(city, many_sorted, monkeypatch):
    today = timezone.localdate()
    assert learning.learn_daily(today) == 0
    monkeypatch.setattr(learning, "OFTEN_ENOUGH", 12)
    assert learning.learn_daily(today) == 1
    assert learning.learn_daily(today) == 0  # the same reports teach nothing new


def test_the_pages_of_versions_tell_how_good_each_is(
    city, many_sorted, client, django_assert_max_num_queries
):
    kept = learning.learn_kinds()
    client.force_login(city.user("dispatcher"))
    with django_assert_max_num_queries(14):
        assert (
            f"/reports/models/kind/{kept.version}/"
            in client.get("/reports/models/").content.decode()
        )
    with django_assert_max_num_queries(14):
        page = client.get(f"/reports/models/kind/{kept.version}/").content.decode()
    assert "路灯不亮" in page
    assert client.get("/reports/models/kind/99/").status_code == 404


def test_a_worker_of_a_unit_sees_no_page_of_words(city, client):
    client.force_login(city.user("unit-worker"))
    assert client.get("/reports/models/").status_code == 403
