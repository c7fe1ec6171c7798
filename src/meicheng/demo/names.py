"""Made-up names of streets, estates and people; none is meant to be anybody's."""

from __future__ import annotations

import random

from pypinyin import lazy_pinyin

FIRST = "清文安和景学建兴永春云宝朝德丰福光翠锦兰梅宁荣瑞松泰望祥新秀玉园远月泽长竹紫桂槐"
SECOND = "和昌康宁源泰华林苑溪桥泉塘湾台岭阳平盛贤礼义德兴安乐佳明霞晖朗畅悦景翠芳庭川浦"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅建国志文海燕晓东春雪峰宁浩宇欣怡"
    "子轩雨涵佳琪思远立新卫民永福秀云凤琴振林鹏飞亚楠国庆爱民少华新民书林"
)


class Names:
    """A giver of names that never gives one twice."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._given: set[str] = set()

    def pair(self, ending: str) -> str:
        """Two characters and an ending, not given before: "清和" + "路"."""
        for _attempt in range(1000):
            first, second = self._random.choice(FIRST), self._random.choice(SECOND)
            name = first + second + ending
            if first != second and name not in self._given:
                self._given.add(name)
                return name
        raise ValueError(f"no names with the ending {ending} are left")

    def person(self) -> str:
        """A person's name; two people may bear the same."""
        given = "".join(self._random.sample(GIVEN, self._random.choice((1, 2, 2))))
        return self._random.choice(SURNAMES) + given


def romanised(words: str) -> str:
    """A Chinese name in letters: "清和" is "Qinghe"."""
    return "".join(lazy_pinyin(words)).capitalize()
