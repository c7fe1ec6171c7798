"""Divisions, sites, units and people from files."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from meicheng.engine.space import convert
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.organisation.models import Membership, Unit, User
from meicheng.places.models import Division, Site
from meicheng.tables.kinds import Refused

SITES = "code,name_zh,kind,division,longitude,latitude\n"
SQUARE = [[[114.5, 34.2], [114.6, 34.2], [114.6, 34.3], [114.5, 34.3], [114.5, 34.2]]]
# Its ring touches itself in one point, as many published outlines do.
BOW = [[[114.6, 34.2], [114.7, 34.2], [114.65, 34.25], [114.7, 34.3], [114.6, 34.3],
        [114.65, 34.25], [114.6, 34.2]]]  # fmt: skip
CROSSED = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]


def collection(**outlines):
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name": name.replace("_", " ")},
                    "geometry": {"type": "Polygon", "coordinates": rings},
                }
                for name, rings in outlines.items()
            ],
        }
    )


def test_outlines_alone_become_districts_of_the_city(city, bring):
    counts = bring("divisions", collection(North_End=SQUARE))
    assert counts.imported == 1
    north = Division.objects.get(code="NORTH-END")
    assert (north.level, north.path, north.district_id) == (
        "district",
        "/CITY/NORTH-END/",
        north.pk,
    )
    assert bring("divisions", collection(North_End=SQUARE)).duplicates == 1


def test_an_outline_that_touches_itself_is_mended_and_a_crossed_one_refused(city, bring):
    counts = bring("divisions", collection(A=BOW, B=CROSSED))
    assert (counts.imported, counts.rejected) == (1, 1)
    assert counts.first_rejected[0].column == "outline"
    assert bring("divisions", collection(A=BOW)).duplicates == 1


def test_communities_may_stand_above_their_district_in_the_file(city, bring):
    counts = bring(
        "divisions", "code,name_zh,parent\nN0101,东社区,N01\nN01,北街道,N\nN,北区,CITY\n"
    )
    assert counts.imported == 3
    assert Division.objects.get(code="N0101").path == "/CITY/N/N01/N0101/"
    assert Division.objects.get(code="N0101").district.code == "N"


def test_a_district_that_moves_takes_what_lies_below_with_it(city, bring):
    bring("divisions", "code,name_zh,parent\nLC02,新街道,LC\n")
    bring("divisions", "code,name_zh,parent\nLC0101,东社区,LC02\n")
    assert Division.objects.get(code="LC0101").path == "/CITY/LC/LC02/LC0101/"


def test_parents_that_are_nowhere_or_form_a_circle_are_refused(city, bring):
    counts = bring("divisions", "code,name_zh,parent\nA,甲,B\nB,乙,A\nC,丙,NOWHERE\nD,丁,C\n")
    assert counts.rejected == 4
    assert not Division.objects.filter(code__in="ABCD").exists()


def test_sites_name_their_kind_and_division_by_code_or_by_name(city, bring):
    counts = bring(
        "sites", SITES + "S1,一巷,背街小巷,LC0101,114.28,34.19\nS2,二巷,back lane,XC,,\n"
    )
    assert counts.imported == 2
    assert Site.objects.get(code="S1").kind_id == Site.objects.get(code="S2").kind_id == "back-lane"


def test_a_file_that_lacks_a_column_leaves_that_field_as_it_is(city, bring):
    bring("sites", "code,name_zh,kind,division,address\nS1,一巷,back-lane,LC0101,柳池路 1 号\n")
    counts = bring("sites", "code,name_zh,kind,division\nS1,头巷,back-lane,LC0101\n")
    assert counts.imported == 1
    site = Site.objects.get(code="S1")
    assert (site.name_zh, site.address) == ("头巷", "柳池路 1 号")


def test_a_site_keeps_its_kind_once_something_was_seen_there(city, bring):
    site, other = city.site("back-lane"), city.site("back-lane")
    seen = new_observation(
        item=city.item(), site=site, division=site.division, observed_at=timezone.now(), value="yes"
    )
    observe([seen])
    rows = [f"{one.code},{one.name_zh},main-road,{one.division.code}\n" for one in (site, other)]
    counts = bring("sites", "code,name_zh,kind,division\n" + "".join(rows))
    assert (counts.imported, [fault.column for fault in counts.first_rejected]) == (1, ["kind"])
    kinds = dict(Site.objects.values_list("code", "kind_id"))
    assert (kinds[site.code], kinds[other.code]) == ("back-lane", "main-road")
    twice = bring("sites", "code,name_zh,kind,division\n" + rows[0] * 2)
    assert (twice.rejected, Site.objects.get(pk=site.pk).kind_id) == (2, "back-lane")
    assert rebuild(check=True) == []


def test_positions_of_chinese_web_maps_are_converted(city, bring):
    there = convert(114.29, 34.2, source="wgs84", target="gcj02")
    bring("sites", SITES + f"S1,一巷,back-lane,LC0101,{there[0]},{there[1]}\n", crs="gcj02")
    site = Site.objects.get(code="S1")
    assert (site.longitude, site.latitude) == pytest.approx((114.29, 34.2), abs=1e-6)
    assert site.cell is not None


def test_positions_whose_system_is_not_named_are_asked_about(city, bring):
    with pytest.raises(Refused, match="gcj02"):
        bring("sites", "code,name_zh,kind,division,lng,lat\nS1,一巷,back-lane,LC0101,114.2,34.2\n")


def test_a_position_outside_the_city_is_refused(city, bring):
    counts = bring("sites", SITES + "S1,一巷,back-lane,LC0101,2.35,48.85\n")
    assert counts.rejected == 1
    assert counts.first_rejected[0].column == "longitude"


def test_where_the_citys_edge_is_not_known_no_position_is_outside(city, bring):
    Division.objects.filter(code="XC").update(outline=None)
    Division.objects.filter(code="CITY").update(outline=None)
    assert bring("sites", SITES + "S1,一巷,back-lane,XC,114.6,34.3\n").imported == 1


def test_units_and_their_branches_come_in_one_file(city, bring):
    counts = bring(
        "units", "code,name_zh,role,division,parent\nB1,一分队,health,LC,B\nB,卫健委,卫生健康,,\n"
    )
    assert counts.imported == 2
    branch = Unit.objects.get(code="B1")
    assert branch.parent.code == "B"
    assert branch.parent.division.code == "CITY"


def test_a_person_with_two_roles_has_two_rows_and_no_password(city, bring):
    rows = "username,display_name,role,division\nli.na,李娜,dispatcher,LC\nli.na,李娜,verifier,LC\n"
    assert bring("people", rows).imported == 2
    person = User.objects.get(username="li.na")
    assert not person.has_usable_password()
    assert Membership.objects.filter(user=person).count() == 2
    assert bring("people", rows).duplicates == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("dispatcher,urban-management-LC,", "留空"),
        ("unit-worker,,LC", "填写单位"),
        ("administrator,,", "管理账号"),
    ],
)
def test_a_role_in_the_wrong_place_is_refused_and_the_account_stays_as_it_is(
    city, bring, row, said
):
    desk = city.user("dispatcher")
    head = "username,display_name,role,unit,division\n"
    counts = bring("people", f"{head}{desk.username},{desk.display_name},{row}\n")
    assert (counts.imported, counts.rejected) == (0, 1)
    assert Membership.objects.filter(user=desk).count() == 1


def test_nobody_changes_her_own_account_by_a_file(city, bring):
    admin = city.user("administrator")
    head = "username,display_name,role,unit,division,active\n"
    same = f"{admin.username},{admin.display_name},administrator,,CITY,1\n"
    assert bring("people", head + same, by=admin).duplicates == 1
    for row in (same.replace(",1\n", ",0\n"), same.replace("CITY", "LC")):
        assert bring("people", head + row, by=admin).rejected == 1
    admin.refresh_from_db()
    assert (admin.is_active, admin.memberships.count()) == (True, 1)


def test_an_imported_account_and_its_roles_are_events_of_it(city, bring):
    head = "username,display_name,role,unit,division,active\n"
    bring("people", f"{head}li.na,李娜,unit-lead,urban-management-LC,,1\n")
    bring("people", f"{head}li.na,李娜,unit-lead,urban-management-LC,,0\n")
    bring("people", f"{head}li.na,李娜,unit-lead,urban-management-LC,,0\n")  # nothing new
    chain = f"account:{User.objects.get(username='li.na').pk}"
    events = list(Event.objects.filter(chain=chain).order_by("sequence"))
    assert [one.verb for one in events] == ["account_created", "role_given", "account_changed"]
    assert events[1].data["where"] == "urban-management-LC"
    assert events[2].data["active"] is False
