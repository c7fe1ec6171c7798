"""Campaigns from a spreadsheet, and the list of a campaign's own open cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meicheng.campaigns.actions import BadCampaign, list_problems
from meicheng.campaigns.models import Campaign
from meicheng.exchange.running import import_file
from meicheng.exchange.writing import export_file
from meicheng.lists.models import ListItem
from meicheng.places.time import today
from meicheng.standards.models import Item
from meicheng.tables.kinds import kind_of

HEAD = "名称,适用范围,牵头单位,整治区域,案件类别,宣传发动开始,集中整治开始,结束日期,目标,目标值,目标期限\n"


@pytest.fixture
def bring(city, tmp_path):
    def bring(*rows, by="creation-office"):
        path = tmp_path / "campaigns.csv"
        path.write_text(HEAD + "".join(",".join(row) + "\n" for row in rows), "utf-8")
        return import_file(kind_of("campaigns"), path, by=city.user(by) if by else None)

    return bring


def row(title="电动三轮车专项治理", **more):
    first = today()
    cells = {"division": "LC", "lead": "柳池区公安交警局", "areas": "LC01", "kinds": "机动车乱停放",
             "publicity": str(first), "acts": str(first + timedelta(days=9)),
             "ends": str(first + timedelta(days=60)), "target": "open", "figure": "5",
             "by": str(first + timedelta(days=60)), **more}  # fmt: skip
    return [title, *cells.values()]


def test_each_row_of_a_spreadsheet_orders_a_campaign_once(city, bring):
    counts = bring(
        row(), row("路灯攻坚", kinds="lamp-out", publicity="", target="", figure="", by="")
    )
    assert (counts.imported, counts.rejected) == (2, 0)
    one = Campaign.objects.get(title="电动三轮车专项治理")
    assert one.lead == city.unit("traffic-police")
    assert [(phase.name, (phase.ends - phase.begins).days) for phase in one.phases.all()] == [
        ("publicity", 8), ("rectification", 51),
    ]  # fmt: skip
    assert one.targets.get().figure == 5
    assert bring(row()).duplicates == 1
    assert Campaign.objects.count() == 2


def test_what_is_wrong_is_said_of_its_column_and_orders_nothing(city, bring):
    wrong = {"division": "火星", "lead": "无此单位", "areas": "LC01、火星", "kinds": "无此类别",
             "ends": str(today() - timedelta(days=9)), "figure": ""}  # fmt: skip
    counts = bring(*[row(name, **{name: value}) for name, value in wrong.items()])
    assert [one.column for one in counts.first_rejected] == [
        "适用范围", "牵头单位", "整治区域", "案件类别", "", "目标",
    ]  # fmt: skip
    assert bring(row(), by=None).rejected == 1
    assert not Campaign.objects.exists()


def test_a_campaign_has_as_many_targets_as_it_has_rows_and_comes_back_from_its_own_file(
    city, bring, tmp_path
):
    second = row(target="found", figure="3")
    counts = bring(row(), second, second, row("路灯攻坚", kinds="lamp-out"))
    assert (counts.imported, counts.duplicates, counts.rejected) == (3, 1, 0)
    one = Campaign.objects.get(title="路灯攻坚")
    one.items.add(*Item.objects.filter(source="look")[:2])
    path = tmp_path / "out.csv"
    assert export_file(kind_of("campaigns"), path) == 3
    before = whole()
    assert [len(targets) for _title, *_rest, targets in before] == [2, 1]
    assert import_file(kind_of("campaigns"), path, by=city.user("creation-office")).duplicates == 3
    later = bring(row(target="failed"))
    assert [one.column for one in later.first_rejected] == ["目标"], "said, not swallowed"
    Campaign.objects.all().delete()
    import_file(kind_of("campaigns"), path, by=city.user("city-lead"))
    assert whole() == before


def whole():
    """Every campaign with what its file says of it."""
    return [
        (
            one.title, one.purpose, one.lead.code, one.begins, one.acts, one.ends, one.counted,
            sorted(area.code for area in one.areas.all()), sorted(one.kinds.values_list("pk", flat=True)),
            sorted(one.items.values_list("code", flat=True)),
            sorted(map(str, one.targets.all())),
        )
        for one in Campaign.objects.order_by("title")
    ]  # fmt: skip


def test_a_row_that_says_something_else_of_the_same_campaign_leaves_it_out_whole(city, bring):
    counts = bring(row(), row(areas="LC02", target="found"), row(target="on_time", figure=""))
    assert [one.column for one in counts.first_rejected] == ["", "整治区域", "目标"]
    same = bring(row(), row(figure="9"))  # two figures of one measure for one day
    assert (same.imported, same.rejected) == (0, 2)
    unread = bring(row(), row(target="found", figure="many"))
    assert [one.column for one in unread.first_rejected] == ["", "目标值"]
    assert not Campaign.objects.exists()


def test_its_open_cases_go_on_a_list_of_its_own(city, bring, client):
    bring(row())
    campaign = Campaign.objects.get()
    office, due = city.user("creation-office"), today() + timedelta(days=7)
    for state in ("in_progress", "in_progress", "registered", "closed"):
        city.case("illegal-parking", state=state)
    client.force_login(office)
    path = f"/campaigns/{campaign.code}/"
    assert client.post(f"{path}problems", {"due": "soon"}).status_code == 400
    answer = client.post(f"{path}problems", {"due": str(due)}, follow=True)
    assert answer.status_code == 200
    assert campaign.lists.get().source == "campaign"
    assert {item.case.state for item in ListItem.objects.all()} == {"in_progress"}
    assert ListItem.objects.count() == 2
    with pytest.raises(BadCampaign):  # all of them stand on a list
        list_problems(office, campaign, due=due)
