"""Names of places in citizens' words: those that the city knows, and those learned from texts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

# How names of places end; longer endings first, so that "小区" is not read as "区".
ENDINGS = (
    "经济开发区", "高新技术开发区", "幼儿园", "工业园", "科技园", "产业园", "开发区", "火车站", "地铁站",
    "汽车站", "公交站", "步行街", "安置区", "安置房", "小区", "花园", "家园", "佳园", "新城", "新村", "新区",
    "公寓", "大厦", "广场", "大道", "街道", "社区", "学校", "中学", "小学", "大学", "学院", "医院", "公园",
    "市场", "商场", "超市", "夜市", "水库", "大桥", "机场", "国际", "片区", "苑", "郡", "府", "湾", "庭", "园",
    "城", "路", "街", "巷", "村", "镇", "乡", "桥", "湖",
)  # fmt: skip
# Lines of buses and undergrounds are places that people complain of, too.
LINES = re.compile(r"地铁\d{1,2}号线|(?<![\d.])\d{1,3}路(?=公交|车|巴士)")
# "A市", "A3区", "K8县": how data sets hide the names of places.
CODE = re.compile(r"[A-Z]\d{0,2}(?:县市|市|区|县)")
CITY = re.compile(r"[A-Z]市")
LONGEST = 10  # characters of a name that is learned
FEWEST = 3  # texts in which a name must occur to be learned
SAME_NAME = 0.75  # share of a word's texts that have the same sign before it: still the same name
_STOPS = frozenset(
    "号栋楼米个的了在对从至把被向给是有住请我你他们这那该本各每某此等到于由为以往去来后前不没个说及与跟让就占堵扫挤炸着而或很最被"
)
# What ends like a name and is none.
_COMMON = frozenset([
    "道路", "公路", "马路", "铁路", "线路", "电路", "网路", "水路", "出路", "思路", "修路",
    "走路", "过路", "占路", "堵路", "问路", "一路", "沿路", "门路", "土路", "油路", "泥路",
    "高速公路", "水泥路", "人行道路", "大街", "上街", "沿街", "临街", "逛街", "街道", "社区",
    "小区", "学校", "中学", "小学", "大学", "学院", "医院", "公园", "市场", "商场", "超市",
    "广场", "大道", "大桥", "花园", "家园", "新城", "新村", "新区", "公寓", "大厦", "农村",
    "乡村", "全村", "村", "镇", "乡", "乡镇", "城镇", "集镇", "下乡", "回乡", "家乡", "老乡",
    "故乡", "城乡", "幼儿园", "校园", "田园", "入园", "公办园", "民办园", "普惠园", "全城",
    "省城", "商城", "县城", "进城", "市城", "建城", "政府", "市政府", "区政府", "县政府",
    "人民政府", "镇政府", "各级政府", "地方政府", "政府部门", "购房", "安置房", "安置区",
    "开发区", "工业园", "产业园", "科技园", "片区", "国际", "路桥", "农贸市场", "菜市场",
    "批发市场", "房地产市场", "劳动力市场", "地铁站", "公交站", "火车站", "汽车站", "高铁站",
    "住宅小区", "老旧小区", "商品房小区", "居民小区", "封闭小区", "民办学校", "公办学校",
    "培训学校", "民办幼儿园", "公办幼儿园", "普惠性幼儿园", "人民医院", "水库", "夜市", "机场",
    "家庭", "法庭", "小学校", "初中", "高中", "中小学", "物业小区", "小区门口", "附近小区",
    "周边小区", "一个小区", "整个小区", "主干道路", "快速路", "断头路", "高架桥", "立交桥",
    "人行天桥", "天桥", "过街天桥", "桥", "湖", "巷", "小巷", "背街小巷", "教育培训学校",
    "步行街", "商业街", "美食街", "一条街", "服务社区", "村级公路", "乡村公路", "通村公路",
    "公共道路", "市政道路", "大学城", "公立幼儿园", "公立学校", "拓宽路", "职业学院",
    "职业技术学院", "技术学院", "经济学院", "实验学校", "实验小学", "实验中学", "外国语学校",
    "国内", "城市新城", "分校园", "校区", "中心小学", "中心幼儿园", "大路", "小路", "满街",
    "半条路", "高速路", "拥堵路", "禁停路", "泥巴路", "市政路", "加油站路", "石拱桥", "贫困村",
    "家属小区", "私立幼儿园", "大街小巷", "大相径庭", "农业农村", "两所学校", "所属村", "老旧城",
    "主城", "马路市场", "小广场", "单行路", "水泥公路", "道路路", "主要路", "红绿灯路",
    "普惠幼儿园", "三甲医院", "文明卫生城",
])  # fmt: skip
# With what a name never begins; what people say before one.
_BEFORE = (
    "反映", "投诉", "举报", "咨询", "请问", "关于", "位于", "建议", "请求", "希望", "恳请",
    "强烈", "家住", "我们", "业主", "市民", "居民", "要求", "解决", "严查", "就是", "整治",
    "以及", "还有", "目前", "沿线", "路口", "附近", "周边", "对面", "旁边", "所有", "整个",
    "一个", "两个", "多个", "几个", "部分", "其他", "很多", "经过", "途经", "通往", "沿着",
    "来到", "进入", "开通", "取消", "增设", "修建", "新建", "加快", "建设", "优化", "西地省",
    "省会", "公安局", "派出所", "什么", "怎么", "为何", "政府", "领导", "书记", "开发商", "物业",
    "关注", "规划", "影响", "加强", "当地", "拓宽", "一条", "任何", "感谢", "违法", "严重",
    "导致", "随着", "配套", "拆迁", "改造", "管理", "公司", "购买", "质疑", "落户", "小区",
    "区域", "如果", "因为", "由于", "但是", "带着", "想回", "办成", "只走", "改道", "挤满",
    "停满", "穿越", "地处", "重视", "能否", "设立", "距离", "宣传", "必须", "扰乱", "继续",
    "行政", "部门", "家属", "收入", "贫困", "所属", "阶层", "铺满", "夜里", "晚上", "道上",
    "旁路", "今年", "明年", "停车",
)  # fmt: skip
_PLAIN = re.compile(r"[\u3400-\u9fff]")
_BY_LENGTH = sorted(ENDINGS, key=len, reverse=True)
# "路" begins words, too: "归德路路灯".
_ENDING = re.compile("|".join(one + "(?![灯面况由过边线])" * (one == "路") for one in _BY_LENGTH))
_LEFT_AWAY = ("小区", "社区", "片区")
# What ends like this is said of many places.
_NO_NAME = (
    "政府", "公路", "道路", "线路", "铁路", "马路", "之路", "字路", "村路", "中心城", "文明城",
    "市场城", "化城", "心城", "工程路", "家庭", "条路", "段路", "跑路", "无路", "修路", "农村",
    "城乡", "快速路", "高速路", "满街", "满路", "街小巷",
)  # fmt: skip
_EDGES = "路街道镇乡村区县市巷桥"  # with what the name before may end
COMMON_STEM = 8  # times as often as the name does its beginning stand elsewhere


class Gazetteer:
    """Names of places, found in texts; `area` gives for a name the area that it lies in, if known."""

    def __init__(self, names: Mapping[str, str] | Iterable[str] = ()) -> None:
        self.areas: dict[str, str] = (
            dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, "")
        )
        self._by_head: dict[str, list[str]] = defaultdict(list)
        for name in self.areas:
            if len(name) >= 2:
                self._by_head[name[:2]].append(name)
        for found in self._by_head.values():
            found.sort(key=len, reverse=True)

    def __len__(self) -> int:
        return len(self.areas)

    def find(self, text: str) -> list[tuple[int, str]]:
        """The names in a text with where they begin, the longest at each place, none overlapping.

        >>> Gazetteer(["归德路", "归德路小学", "柳池区"]).find("柳池区归德路小学门口")
        [(0, '柳池区'), (3, '归德路小学')]
        """
        found, heads, upto = [], self._by_head, 0
        for at in range(len(text) - 1):
            if at < upto or (text[at : at + 2]) not in heads:
                continue
            for name in heads[text[at : at + 2]]:
                if text.startswith(name, at):
                    found.append((at, name))
                    upto = at + len(name)
                    break
        lines = [(one.start(), one.group()) for one in LINES.finditer(text)]
        return sorted([*found, *lines]) if lines else found

    def without(self, text: str) -> str:
        """A text with a line's end in place of each name.

        >>> Gazetteer(["归德路", "归德路小学"]).without("归德路路灯坏了，归德路小学门口")
        '\\n路灯坏了，\\n门口'
        """
        kept, upto = [], 0
        for at, name in self.find(text):
            kept.append(text[upto:at])
            upto = max(upto, at + len(name))
        return "\n".join([*kept, text[upto:]])


def learn_names(texts: Iterable[str], *, fewest: int = FEWEST) -> dict[str, int]:
    """Names of places that at least `fewest` of the texts hold, with in how many they occur.

    A word that ends as names do is made longer to its left as long as nearly all its texts have
    the same sign there: inside a name the next sign is nearly always the same, before it anything
    can stand (variety of neighbours, Feng et al. 2004, "Accessor variety criteria"). "影响小区" is
    no name, since most texts that say "影响" say nothing of a "小区" after it.

    >>> texts = ["投诉柳湾花园物业", "住在柳湾花园的人", "柳湾花园没有路灯", "公路坏了", "公路太窄", "这公路"]
    >>> learn_names(texts)
    {'柳湾花园': 3}
    """
    texts = [CODE.sub("\n", text) for text in texts]
    held: Counter[str] = Counter()
    for text in texts:
        seen: set[str] = set()
        for stem, ending in _endings(text):
            word = ending
            for sign in reversed(stem):
                word = sign + word
                seen.add(word)
        held.update(seen)
    longest: dict[
        str, int
    ] = {}  # of the words that are one sign longer, the most frequent one's count
    for word, count in held.items():
        longest[word[1:]] = max(longest.get(word[1:], 0), count)
    names = {
        word: count
        for word, count in held.items()
        if count >= fewest and _is_name(word) and longest.get(word, 0) < SAME_NAME * count
    }
    names = _without_common_stems(names, texts)
    names = {name: count for name, count in names.items() if not _is_made_of(name, names)}
    within: Counter[str] = Counter()  # in how many texts at most a name is a part of a longer one
    for name, count in names.items():
        for start in range(len(name) - 1):
            for end in range(start + 2, len(name) + 1):
                part = name[start:end]
                if end - start < len(name) and part in names:
                    within[part] = max(within[part], count)
    kept = {name: count for name, count in names.items() if within[name] < SAME_NAME * count}
    return dict(sorted(kept.items(), key=lambda pair: (-pair[1], pair[0])))


def plain_name(name: str) -> str:
    """A name without what people leave away as often as not.

    >>> plain_name("丽湾新城小区"), plain_name("归德路"), plain_name("小区")
    ('丽湾新城', '归德路', '小区')
    """
    for ending in _LEFT_AWAY:
        if name.endswith(ending) and len(name) - len(ending) >= 3:
            return name[: -len(ending)]
    return name


def _without_common_stems(names: dict[str, int], texts: Sequence[str]) -> dict[str, int]:
    """Names without those whose beginning is a word that mostly stands without their ending."""
    stems = {name: name[: -len(_ending_of(name))] for name in names}
    # Streets are named after all that is good: "人民路", "和平路".
    asked = {stem for name, stem in stems.items() if len(stem) == 2 and name[-1] not in "路道街"}
    often: Counter[str] = Counter()
    for text in texts:
        often.update(asked.intersection(text[at : at + 2] for at in range(len(text) - 1)))
    return {n: count for n, count in names.items() if often[stems[n]] <= COMMON_STEM * count}


def _is_made_of(name: str, names: Mapping[str, int]) -> bool:
    """Whether a name is one name after another, as "云湾街道丽湾新城", or the end of one and another."""
    if name[0] in _EDGES and name[1:] in names:
        return True
    return any(name[:at] in names and name[at:] in names for at in range(2, len(name) - 1))


def _ending_of(name: str) -> str:
    return next(ending for ending in _BY_LENGTH if name.endswith(ending))


def codes_of(text: str) -> list[str]:
    """The codes that stand for places in data sets, the narrowest first.

    >>> codes_of("A市A3区归德路")
    ['A3区', 'A市']
    """
    found = dict.fromkeys(CODE.findall(text))
    return sorted(found, key=lambda code: -len(code))


def _endings(text: str) -> Iterator[tuple[str, str]]:
    """Each ending of a name in a text with the signs before it that may belong to the name."""
    for found in _ENDING.finditer(text):
        start = found.start()
        least = max(0, start - (LONGEST - len(found.group())))
        at = start
        while at > least:
            sign = text[at - 1]
            if not _PLAIN.match(sign) or sign in _STOPS:
                break
            if text[at - 2 : at] in _BEFORE or text[at - 3 : at] in _BEFORE:
                break
            at -= 1
        if at < start:
            yield text[at:start], found.group()


def _is_name(word: str) -> bool:
    if len(word) - len(_ending_of(word)) < 2 or word in _COMMON:
        return False
    if word.startswith(_BEFORE) or word.endswith(_NO_NAME):
        return False
    # One sign before a common word makes no name: "大马路".
    return not any(word[1:] == common for common in _COMMON if len(common) > 2)
