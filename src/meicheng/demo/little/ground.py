"""The ground of the little city: its divisions, kinds, items and units, made by few statements."""

from __future__ import annotations

from typing import Any

from meicheng.organisation.models import Unit, UnitRole
from meicheng.places.models import Division, SiteKind
from meicheng.standards.models import CaseKind, Item

WEST, SOUTH, SIDE = 114.27, 34.18, 0.04  # the first district's corner and every district's width

DISTRICTS = [
    ("LC", "柳池区", "Liuchi District"),
    ("XC", "杏川区", "Xingchuan District"),
    ("SF", "沙坊区", "Shafang District"),
]
ROLES = [
    ("urban-management", "城市管理", "Urban management"),
    ("housing-construction", "住房和城乡建设", "Housing and construction"),
    ("traffic-police", "公安交警", "Traffic police"),
    ("market-regulation", "市场监管", "Market regulation"),
    ("health", "卫生健康", "Health"),
    ("district", "区政府", "District government"),
]
SITE_KINDS = [
    ("main-road", "主干道", "Main road"),
    ("back-lane", "背街小巷", "Back lane"),
    ("farmers-market", "农贸市场", "Farmers' market"),
    ("public-toilet", "公共厕所", "Public toilet"),
    ("residential-estate", "居民小区", "Residential estate"),
]
CASE_KINDS = [
    ("exposed-litter", "暴露垃圾", "Exposed rubbish", "appearance", "urban-management", "4wh"),
    ("dirty-road", "道路不洁", "Unswept road", "appearance", "urban-management", "2wh"),
    ("lamp-out", "路灯不亮", "Street lamp out", "facility", "housing-construction", "2wd"),
    ("illegal-parking", "机动车乱停放", "Car parked illegally", "order", "traffic-police", "4wh"),
    ("food-hygiene", "食品卫生", "Food hygiene", "service", "market-regulation", "3wd"),
    ("other", "其他", "Other", "service", "district", "15d"),
]
ITEMS = [
    # code, zh, en, severity, opens, role, site kinds
    ("swept", "清扫保洁到位、路面无垃圾", "Swept and kept clean; no rubbish on the ground", 2,
     "dirty-road", "urban-management", ["main-road", "back-lane"]),
    ("no-dirty-corner", "无卫生死角", "No neglected dirty corners", 2,
     "exposed-litter", "urban-management", ["main-road", "back-lane"]),
    ("lamps-lit", "路灯完好、夜间点亮", "Street lamps sound and lit at night", 2,
     "lamp-out", "housing-construction", ["main-road", "back-lane", "residential-estate"]),
    ("parked-in-order", "机动车、非机动车停放有序", "Cars and bicycles parked in order", 2,
     "illegal-parking", "traffic-police", ["main-road", "back-lane", "residential-estate"]),
    ("stalls-clean", "摊位整洁、垃圾日产日清", "Stalls clean, rubbish taken away daily", 1,
     "food-hygiene", "market-regulation", ["farmers-market"]),
    ("notice-board", "有健康宣传栏", "There is a health notice board", 1,
     None, "health", ["farmers-market", "residential-estate"]),
]  # fmt: skip


class Ground:
    """One statement for each table and level."""

    def __init__(self) -> None:
        self._make_divisions()
        self._make_standards()
        self._make_units()

    def _make_divisions(self) -> None:
        top = Division(
            code="CITY", name_zh="演示市", name_en="Demo City", level="city", path="/CITY/"
        )
        top.outline = _box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE)
        districts, streets, communities = [], [], []
        for column, (code, zh, en) in enumerate(DISTRICTS):
            west = WEST + column * SIDE
            district = Division(
                code=code,
                name_zh=zh,
                name_en=en,
                level="district",
                parent=top,
                path=f"/CITY/{code}/",
                population=300_000,
                outline=_box(west, SOUTH, west + SIDE, SOUTH + SIDE),
            )
            street = Division(
                code=f"{code}01",
                name_zh=f"{zh[:2]}街道",
                name_en=f"{en.split()[0]} Subdistrict",
                level="subdistrict",
                parent=district,
                path=f"{district.path}{code}01/",
                outline=district.outline,
            )
            districts.append(district)
            streets.append(street)
            for row in range(2):
                south = SOUTH + row * SIDE / 2
                communities.append(
                    Division(
                        code=f"{code}010{row + 1}",
                        name_zh=f"{zh[:2]}{'东西'[row]}社区",
                        name_en=f"{en.split()[0]} {('East', 'West')[row]} Community",
                        level="community",
                        parent=street,
                        path=f"{street.path}{code}010{row + 1}/",
                        population=8_000,
                        outline=_box(west, south, west + SIDE, south + SIDE / 2),
                    )
                )
        top.save()
        for level in (districts, streets, communities):
            for one in level:
                one.parent = one.parent  # takes the parent's key, known since it was saved
                one.district = one.parent.district if one.level != "district" else None
            Division.objects.bulk_create(level)
            if level is districts:
                for one in level:
                    one.district = one
                Division.objects.bulk_update(level, ["district"])
        made = [top, *districts, *streets, *communities]
        self.root = top
        self.districts = districts
        self.divisions = {one.code: one for one in made}

    def _make_standards(self) -> None:
        UnitRole.objects.bulk_create(
            UnitRole(code=code, name_zh=zh, name_en=en) for code, zh, en in ROLES
        )
        SiteKind.objects.bulk_create(
            SiteKind(code=code, name_zh=zh, name_en=en) for code, zh, en in SITE_KINDS
        )
        kinds = CaseKind.objects.bulk_create(
            CaseKind(
                code=code,
                name_zh=zh,
                name_en=en,
                group=group,
                role_id=role,
                stages=[{"do": {"zh": "处置", "en": "solve"}, "limit": limit}],
                position=position,
            )
            for position, (code, zh, en, group, role, limit) in enumerate(CASE_KINDS)
        )
        items = Item.objects.bulk_create(
            Item(
                code=code,
                name_zh=zh,
                name_en=en,
                severity=severity,
                opens_id=opens,
                role_id=role,
                position=position,
            )
            for position, (code, zh, en, severity, opens, role, _kinds) in enumerate(ITEMS)
        )
        Item.site_kinds.through.objects.bulk_create(
            Item.site_kinds.through(item=item, sitekind_id=kind)
            for item, row in zip(items, ITEMS, strict=True)
            for kind in row[6]
        )
        self.kinds = {kind.code: kind for kind in kinds}
        self.items = {item.code: item for item in items}

    def _make_units(self) -> None:
        units = Unit.objects.bulk_create(
            Unit(
                code=f"{role}-{district.code}",
                name_zh=f"{district.name_zh}{zh}局",
                name_en=f"{en} of {district.name_en}",
                role_id=role,
                division=district,
            )
            for district in self.districts
            for role, zh, en in ROLES
        )
        self.units = {unit.code: unit for unit in units}


def _box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """An outline as GeoJSON: counter-clockwise, closed."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Polygon",
        "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]],
    }
