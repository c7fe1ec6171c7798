"""Sites of every kind, where they would be."""

from __future__ import annotations

import random

from meicheng.engine.space import cell_of
from meicheng.places.models import Site
from meicheng.standards.actions import read_pack

from .bulk import Rows
from .ground import RIVER_NAME, Area, Spot, Way
from .world import Place, World

EDGE = {"village", "urban-rural-fringe", "town-street", "slaughterhouse", "industrial-site"}
# How a kind of site is kept on the whole, against the city's average.
KEPT = {"old-estate": -0.7, "urban-village": -1.0, "urban-rural-fringe": -0.9, "back-lane": -0.5,
        "farmers-market": -0.6, "small-restaurant": -0.6, "food-stall-area": -0.8, "village": -0.4,
        "construction-site": -0.5, "public-toilet": -0.2, "school-surroundings": -0.2,
        "waste-transfer-station": -0.3, "main-road": 0.3, "commercial-street": 0.2, "hotel": 0.4,
        "government-hall": 0.6, "library": 0.7, "museum": 0.8, "hospital": 0.3, "park": 0.3,
        "school": 0.4, "bank-hall": 0.6, "water-plant": 0.7}  # fmt: skip
DISTRICT = {"LC": -0.15, "XC": 0.35, "SF": -0.1}
ESTATES = ["小区", "花园", "家园", "苑", "新村", "家属院"]
SHOPS = {
    "supermarket": ["超市", "生活超市", "便民超市"], "restaurant": ["饭店", "酒楼", "餐厅"],
    "small-restaurant": ["面馆", "小吃店", "早餐店", "快餐店"], "pharmacy": ["大药房", "药店"],
    "hotel": ["宾馆", "酒店", "商务酒店"], "barber-shop": ["理发店", "美发店", "造型"],
    "bathhouse": ["浴池", "洗浴中心"], "internet-cafe": ["网吧", "网咖"], "cinema": ["影城", "剧院"],
    "market": ["商场", "购物中心", "商贸城"], "kindergarten": ["幼儿园"],
    "industrial-site": ["机械厂", "食品厂", "纺织厂", "包装厂"],
}  # fmt: skip
NAMED_BY_STREET = {
    "bus-stop": "{street}{number}号公交站台", "public-toilet": "{street}公厕", "car-park": "{street}停车场",
    "construction-site": "{street}{number}号工地", "food-stall-area": "{street}食品摊贩疏导点",
    "waste-transfer-station": "{street}垃圾中转站", "emergency-shelter": "{street}应急避难场所",
    "farmers-market": "{street}农贸市场", "bank-hall": "{street}银行网点", "telecom-hall": "{street}通信营业厅",
    "community-health-centre": "{area}卫生服务中心", "community-centre": "{area}综合服务中心",
    "village": "{pair}村", "urban-village": "{pair}庄（城中村）", "urban-rural-fringe": "{street}城乡结合部",
    "town-street": "{sub}{street}", "school-surroundings": "{street}学校周边",
    "subdistrict-office": "{sub}机关", "government-hall": "{sub}便民服务大厅", "hospital": "{pair}医院",
    "school": "{pair}中学|{pair}小学|{street}小学", "square": "{pair}广场", "park": "{pair}公园",
    "scenic-spot": "{pair}景区|{pair}古巷", "library": "{pair}图书馆", "city-reading-room": "{street}城市书房",
    "museum": "{pair}博物馆", "cultural-centre": "{sub}文化站", "youth-centre": "{pair}青少年活动中心",
    "patriotic-education-base": "{pair}纪念馆", "water-plant": "{pair}水厂", "shelter": "{district}救助管理站",
    "bus-station": "{pair}汽车站", "railway-station": "{pair}站", "slaughterhouse": "{pair}屠宰场",
    "taxi": "出租车（样本{serial:04d}）", "bus": "公交{line}路", "back-lane": "{lane}",
    "residential-estate": "{estate}", "old-estate": "{estate}（老旧小区）",
    "crossing": "{street}与{cross}交叉口",
}  # fmt: skip


# When such places are open; about as often unknown as in a real city's table.
HOURS = {
    "public-toilet": ["24小时", "24小时", "05:30-22:30", "06:00-22:00", ""],
    "city-reading-room": ["08:30-21:30", "09:00-21:00", "24小时"], "library": ["09:00-17:30"],
    "farmers-market": ["05:30-19:00", "06:00-18:30", ""], "market": ["09:30-21:30", "10:00-22:00"],
    "park": ["06:00-22:00", ""], "museum": ["09:00-17:00"],
}  # fmt: skip
FURNITURE = [("bench", "{street}休闲座椅{number}", "Bench", 0.03),
             ("street-lamp", "{street}路灯{number}号杆", "Lamp post", 0.04)]  # fmt: skip


def make_sites(world: World) -> int:
    """Write the sites: of each kind as many as a city of this size has, one at least."""
    chance = world.chance("sites")
    rows = read_pack("site-kinds")["site_kinds"]
    english_kinds = {row["code"]: row["en"] for row in rows}
    kinds = [(row["code"], float(row["per_100k"])) for row in rows if row["per_100k"]]
    counts = shares(world.size.sites, [weight for _code, weight in kinds])
    communities = world.ground.communities
    weights = [area.population for area in communities]
    edges = [area for area in communities if area.edge]
    serials = {area.code: 0 for area in communities}
    table = Rows(Site)
    used: dict[str, int] = {}
    hours = world.chance("hours")
    for (kind, _weight), count in zip(kinds, counts, strict=True):
        for serial in range(1, count + 1):
            if kind in EDGE and edges:
                area = chance.choice(edges)
            else:
                area = chance.choices(communities, weights)[0]
            name, english, spot = _named(world, kind, area, serial, chance)
            used[name] = used.get(name, 0) + 1
            if used[name] > 1:
                name += f"（{used[name]}）"
            serials[area.code] += 1
            place = _place(world, kind, area, table.count + 1, name, spot, chance)
            world.places.append(place)
            table.add(
                Site(
                    pk=place.pk,
                    code=f"{area.code}-{serials[area.code]:03d}",
                    name_zh=name,
                    name_en=f"{english_kinds[kind]}, {english}",
                    kind_id=kind,
                    division_id=area.pk,
                    longitude=spot.longitude,
                    latitude=spot.latitude,
                    cell=place.cell,
                    address=spot.address,
                    hours=hours.choice(HOURS[kind]) if kind in HOURS else "",
                    active=True,
                )
            )
    _furnish(world, table, serials)
    table.write()
    return table.count


def _furnish(world: World, table: Rows, serials: dict[str, int]) -> None:
    """Benches and lamp posts along the streets, each with its code; nobody inspects them."""
    chance = world.chance("furniture")
    areas = [area for area in world.ground.communities if not area.edge]
    for kind, pattern, english, share in FURNITURE:
        for serial in range(1, max(4, round(world.size.sites * share)) + 1):
            area = chance.choice(areas or world.ground.communities)
            way = chance.choice([one for one in area.ways if one.kind == "street"])
            spot = world.ground.spot(area, way, chance)
            serials[area.code] += 1
            table.add(
                Site(
                    pk=table.count + 1,
                    code=f"{area.code}-{serials[area.code]:03d}",
                    name_zh=pattern.format(street=way.name, number=f"{serial:03d}"),
                    name_en=f"{english} {serial:03d}, {way.name_en}",
                    kind_id=kind,
                    division_id=area.pk,
                    longitude=spot.longitude,
                    latitude=spot.latitude,
                    cell=cell_of(spot.longitude, spot.latitude),
                    address=spot.address,
                    active=True,
                )
            )


def shares(total: int, weights: list[float], least: int = 1) -> list[int]:
    """`total` handed out by weight, each getting `least` or more.

    >>> shares(10, [1, 1, 8])
    [1, 1, 8]
    """
    whole = sum(weights)
    exact = [max(least, total * weight / whole) for weight in weights]
    counts = [max(least, int(one)) for one in exact]
    order = sorted(range(len(weights)), key=lambda i: counts[i] - exact[i])
    place = 0
    while sum(counts) < total:
        counts[order[place % len(order)]] += 1
        place += 1
    while sum(counts) > total:
        counts[max(range(len(counts)), key=lambda i: counts[i])] -= 1
    return counts


def _place(
    world: World, kind: str, area: Area, pk: int, name: str, spot: Spot, chance: random.Random
) -> Place:
    quality = KEPT.get(kind, 0.0) + DISTRICT[area.district.code] + chance.gauss(0, 0.6)
    cell = cell_of(spot.longitude, spot.latitude)
    return Place(
        pk, kind, area, name, spot.address, spot.longitude, spot.latitude, cell, round(quality, 4)
    )


def _named(
    world: World, kind: str, area: Area, serial: int, chance: random.Random
) -> tuple[str, str, Spot]:
    """A name in Chinese, the street in English, and where it is."""
    pair = world.ground.names.pair
    streets = [way for way in area.ways if way.kind == "street"]
    lanes = [way for way in area.ways if way.kind == "lane"]
    way: Way = chance.choice(lanes if kind in {"back-lane", "old-estate"} else streets)
    spot = world.ground.spot(area, way, chance)
    cross = chance.choice([one for one in streets if one.flat != way.flat]).name
    number = spot.address.removesuffix("号").split(way.name)[-1]
    english = f"{way.name_en} {number}"
    if kind in {"main-road", "commercial-street"}:
        word = "商业街" if kind == "commercial-street" else ""
        return f"{way.name}{word}（{cross}—{area.name}段）", english, spot
    if kind == "river-lake":
        name = f"{RIVER_NAME[0]}{area.name[:2]}段" if serial % 2 else pair("湖")
        return name, english, spot
    if kind in SHOPS:
        return pair(chance.choice(SHOPS[kind])), english, spot
    pattern = chance.choice(NAMED_BY_STREET[kind].split("|"))
    if pattern.startswith("{pair}"):
        return pair(pattern.removeprefix("{pair}")), english, spot
    parent = area.parent
    assert parent is not None
    name = pattern.format(
        street=way.name,
        number=number,
        area=area.name,
        sub=parent.name,
        district=area.district.name,
        lane=way.name,
        estate=pair(chance.choice(ESTATES)) if "{estate}" in pattern else "",
        cross=cross,
        serial=serial,
        line=serial,
    )
    return name, english, spot
