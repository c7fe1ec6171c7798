"""Personal data in citizens' words, found and masked: numbers, addresses, plates and names.

Numbers are known by what they must fulfil (check digits, ranges), names by the words that stand
beside them (a title, 我叫, 联系人, 男) and by Chinese family names. What has no such mark, a bare
name in the middle of a sentence, is not found: see docs/personal-data.md for how far this goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Personal(StrEnum):
    """What kind of personal data it is."""

    PHONE = "phone"
    LANDLINE = "landline"
    IDENTITY = "identity"
    BANK = "bank"
    PLATE = "plate"
    EMAIL = "email"
    ACCOUNT = "account"  # of a messenger
    NAME = "name"


@dataclass(frozen=True)
class Found:
    """Personal data from `start` to `end` of a text, and what is shown in its place."""

    kind: Personal
    start: int
    end: int
    shown: str


_DIGITS = re.compile(r"\d{4}", re.ASCII)
_GAP = r"[ \-—－]?"
_MOBILE = re.compile(
    rf"(?<![\dA-Za-z])(?:\+?86{_GAP})?(1[3-9]\d){_GAP}(\d{{4}}){_GAP}(\d{{4}})(?!\d)", re.ASCII
)
_AREA_LANDLINE = re.compile(r"(?<![\dA-Za-z])(0\d{2,3})[ \-—－]{0,2}\d{7,8}(?!\d)", re.ASCII)
# Seven or eight digits are a telephone number only where words say so.
_SAID_LANDLINE = re.compile(
    r"(?:电话|热线|座机|致电|拨打|传真|联系方式|[Tt]el)[号码为是:：. ]{0,4}"
    r"((?:[2-8]\d{6,7}(?!\d)[、,，/或者和 ]{0,3})+)",
    re.ASCII,
)
_SHORT = re.compile(r"[2-8]\d{6,7}", re.ASCII)
_LONG = re.compile(r"(?<![\dA-Za-z])\d(?:[ -]?\d){11,18}[Xx]?(?![\dA-Za-z])", re.ASCII)
_CARD_SAID = re.compile(r"(?:卡号|账号|帐号|账户|帐户)[码为是:：\s]{0,3}$")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_ACCOUNT = re.compile(
    r"(?<![A-Za-z0-9])(?:微信号?|[Qq]{2}号?|[Ww]e[Cc]hat)[码为是:：\s]{0,3}([A-Za-z0-9][\w-]{4,19})(?![\w-])",
    re.ASCII,
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# Five signs on a blue plate, six on a green one (D or F before or after five digits and letters).
_PLATE = re.compile(
    rf"([{_PROVINCES}][A-HJ-NP-Za-hj-np-z])[·.\s-]?"
    r"(?:[A-HJ-NP-Za-hj-np-z0-9]{5,6}|[A-HJ-NP-Za-hj-np-z0-9]{4}[学警挂港澳])(?![A-Za-z0-9])"
)
_PLATE_SAID = re.compile(
    r"(?:车牌号?|牌照|车号)[码为是:：,，\s]{0,3}([\u4e00-\u9fff]?[A-Za-z])[·.\s-]?[A-Za-z0-9]{4,6}"
    r"(?![A-Za-z0-9])"
)

_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    "陆范汪廖石金韦贾夏方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤康易乔赖文洪温柳欧蓝聂阎"
    "匡喻殷翟倪游詹凌焦柯屈鲁阮庞樊岳左伍葛章麻俞甘柴桂尤鲍涂庄宁耿牟谷兰齐荣饶辛符景舒卜晏翁申封颜丘湛佘谌瞿粟戚屠卞卓蔺邬裴臧鄢缪茅冼虞冉佟"
)
_ALSO_WORDS = (
    "向代解管古常简祝路费于付明单谈姬甄仇盘乐"  # family names that are words more often than names
)
_DOUBLE = "欧阳|上官|司马|诸葛|皇甫|慕容|令狐|司徒|东方|夏侯|尉迟|公孙|端木|长孙"
# What stands in no given name, and so ends one.
_NEVER = (
    "的了是在和与及或等请让问找给对把被将位名个为我你他她们这那些某老师医校班局所长处科股室办队站院部厅委会"
    "县区市镇乡村组社街道路巷号栋层楼店厂场矿州省人者员工户主也都就又还再已未没不并从到去来说称多上下前后内外"
    "女同总副男身公电手联系姓住"
)
_GIVEN = rf"(?!先生|学生|[{_NEVER}])[\u4e00-\u9fff]"
_NAME = rf"(?:(?P<double>{_DOUBLE})|(?P<single>[{_FAMILY}]))(?P<given>{_GIVEN}(?:{_GIVEN})?)"
_ANY_NAME = _NAME.replace(_FAMILY, _FAMILY + _ALSO_WORDS)  # where words say that a name follows
_COURTESY = (
    "先生|女士|小姐|师傅|老师|同志|同学|大爷|大妈|大娘|大叔|阿姨|大姐|大哥|婆婆|奶奶|爷爷|医生|护士|律师|老板|太太|"
    "(?:总|副)?经理"
)
_OFFICE = (
    "县长|市长(?!热线|信箱|专线)|省长|区长|主任|局长|科长|所长|书记|院长|校长|队长|村长|组长|镇长|乡长|站长|处长|部长|会长|行长|厂长|店长|警官|法官|检察官|"
    "董事长|秘书长|教授|教练|园长|支书|主席|总监|工程师|驾驶员|干部|保安|城管|交警|民警|会计|司机"
)
# 柳池交警一中队 is a unit of a place, and nobody's name.
_TITLED = re.compile(
    rf"{_NAME}(?=(?:[副总]?(?:{_OFFICE})(?![一二三四五六七八九十\d]{{0,2}}[大中]队(?!长))|{_COURTESY}))"
)
_TITLED_ALONE = re.compile(
    rf"(?P<before>[\u4e00-\u9fff]?)(?:(?P<double>{_DOUBLE})|(?P<single>[{_FAMILY}]))(?=(?:{_COURTESY}))"
)
_DOES = (
    "涉嫌|收取|亲口|一人|驾驶|办公|强占|霸占|侵占|占用|利用|提出|过来|改变|反映|举报|投诉|承诺|答应|拒绝|组织|带领|签字|收取|使用|勾结|伙同|私自|擅自|违|"
    "出具|解释|回复|处理|负责|介绍|表态|家中|家里|家的|本人|夫妇|夫妻|一家|等人"
)
_END = rf"(?={_DOES}|$|[^\u4e00-\u9fff]|[的等在说和与及对为是于称到将把因也就从已未向同去叫问找打带拿要让给后们联都没不并还又掐系欠任现私])"
_CALLED = re.compile(
    r"(?:我叫|名叫|(?:我|本人|又)名|曾用名[为是:：]?|[者人](?:名为|叫)|[个公婆孩]叫|名字(?:叫做?|是)|姓名[为是]?[:：,，]?|联系人[为是]?[:：]?|(?:法人)?代表(?:[:：]|为|是)|"
    rf"负责人(?:[:：]|为|是)|(?:投诉|举报|反映|信访|申请|来信|报告|请求|诉求|控告|经办|承办)人[:：]?)\s{{0,4}}{_ANY_NAME}"
    rf"(?={_DOES}|$|[^\u4e00-\u9fff]|[的系是住家来于因在男女今现年我电手])"
)
_I_AM = re.compile(rf"(?:我是|本人是){_ANY_NAME}(?=[,，、（(。])")
_KIN = "妻子|丈夫|夫人|父亲|母亲|儿子|女儿|哥哥|弟弟|姐姐|妹妹"
# Whoever is a party to something is nearly always named.
_PARTY = "法人(?:代表)?|定代表人|股东|(?:控制|创始|承包|管理|投资|债权|当事|嫌疑|被告|控告|承办|经办|反映|投诉)人|承包商|包工头|合伙人"
_ROLED = re.compile(
    rf"(?:{_OFFICE}|经理|老板|老师|医生|护士|律师|同学|学生|村民|居民|业主|户主|住户|患者|死者|老人|员工|职工|销售|中介|本人|邻居|"
    rf"{_KIN}|{_PARTY})[:：为是]?"
    rf"{_NAME}{_END}"
)
_TITLE = re.compile(rf"{_OFFICE}|{_COURTESY}")
# After an office a family name and two more signs are a name, whatever follows.
_HELD = re.compile(
    rf"(?:{_OFFICE}|负责人|经理|(?:{_PARTY})[:：为是]?)(?:(?P<double>{_DOUBLE})|(?P<single>[{_FAMILY}]))(?P<given>{_GIVEN}{_GIVEN})"
)
# Families that begin no ordinary word are known without an end behind a role, too.
_PLAIN_FAMILY = "王李张刘陈杨赵吴徐孙朱胡郭罗郑谢宋唐韩邓冯曹彭肖董潘袁蔡蒋吕丁卢姚谭陆范汪廖贾邹熊秦邱侯尹薛闫黎陶郝龚邵覃戴莫赖欧阎喻翟詹屈阮俞丘佘谌"
_KNOWN_ROLE = re.compile(
    rf"(?:{_KIN}|老板|老师|医生|护士|律师|村民|居民|业主|户主|住户|员工|职工)"
    rf"(?:(?P<double>{_DOUBLE})|(?P<single>[{_PLAIN_FAMILY}]))(?P<given>{_GIVEN}{_GIVEN})"
)
_FOLLOWED = re.compile(
    rf"{_ANY_NAME}(?=\s?[(（,，、]?\s?(?:男|女)(?:性)?[,，、。)）\s汉]|[(（,，\s]{{0,3}}(?:身份证|(?:联系)?电话|手机))"
)
# 王建国等同志, 李小红等人, 张大伟任组长
_AMONG = re.compile(
    rf"(?:(?P<double>{_DOUBLE})|(?P<single>[{_FAMILY}]))(?P<given>{_GIVEN}{_GIVEN})"
    rf"(?=等(?:同志|领导|\d*人|[两三四五六七八九十]人)|(?<![时现历前曾])[现担]?任[^，。,；]{{0,8}}(?:{_OFFICE}|职))"
)
# Names in a row: where one is known, so are its neighbours.
_NEXT = re.compile(rf"[、丶和]{_NAME}(?=[、丶，。；：,;和与等（(]|$|[^\u4e00-\u9fff])")
_ROW = re.compile(rf"{_NAME}[、丶和]$")
# Without one of these a text names nobody who could be found; most texts end here.
_MARKS = re.compile(
    rf"{_OFFICE}|{_COURTESY}|我叫|名叫|名字|姓名|我是|联系人|代表|负责人|[诉报映访请信]人|[男女]|身份证|电话|手机|"
    rf"学生|[村居]民|[业户]主|住户|患者|死者|老人|[员职]工|销售|中介|本人|邻居|等人|等同志|[人个公婆孩]叫|[我人又用]名|名为|{_KIN}|{_PARTY}"
)
# Signs before a family name, or given names after it, that make another word of it.
_OTHER_WORDS: dict[str, str] = {
    "明": "证说声表透文聪鲜光", "任": "主班责担新前现历信胜", "何": "任如为", "方": "对校我双本院医地官多一各甲乙警物", "程": "课工过",
    "文": "语英中作论", "史": "历", "林": "园森", "高": "提很最", "谢": "感谢多", "金": "现资基", "石": "砂碎",
    "白": "明", "许": "也允", "万": "千百十几", "余": "多其十百", "游": "旅导", "温": "体", "江": "长双",
    "康": "健", "章": "文断", "景": "风", "符": "不相", "甘": "不", "张": "一两三纸", "段": "一路阶手地时",
    "钟": "分", "周": "一本上下每四", "易": "容交不轻简贸", "荣": "光", "庄": "村", "项": "事各", "向": "方倾",
    "代": "一时年", "管": "城主交监保", "常": "经非正日", "于": "由对关位在至终属等鉴处基", "付": "支",
}  # fmt: skip
# What, right after a family name, makes an ordinary word of it: 方面, 任何, 高中.
_NO_GIVEN: dict[str, str] = {
    "方": "面式便案可", "任": "何意教课职性由其", "于": "是今此", "何": "时况", "高": "中级度速温价层额三二一质铁息收利标考",
    "万": "元人一家", "许": "可多诺", "程": "序度", "常": "委务年住规常", "严": "重格厉禁管肃打查", "文": "化件明中",
    "路": "线灯面段口过边人", "金": "额融属华", "代": "理表课购收办缴", "解": "决释答放除", "向": "上来",
    "管": "理委道家辖投", "余": "名位款", "白": "天色", "马": "上", "明": "显", "田": "地", "林": "业场地木",
    "江": "边湖西南北", "石": "油材头", "古": "城迹", "左": "右", "祝": "福愿", "麻": "将烦", "费": "用心率",
    "符": "合", "简": "单历", "景": "区观象点", "游": "客", "章": "程节", "齐": "全", "温": "度馨州", "康": "复",
    "荣": "誉幸", "龙": "头", "宁": "愿静", "段": "时项进", "史": "上", "周": "边围末日一二三四五六", "钱": "财",
    "钟": "点", "黄": "金色", "蓝": "色", "毛": "坯", "武": "警汉", "甘": "愿", "陆": "续", "陈": "述",
    "曾": "经多拨打在", "易": "地", "岳": "父母", "辛": "苦酸", "兰": "州", "桂": "林", "苏": "州", "梁": "上",
    "夏": "天季", "贺": "信", "顾": "客问", "谷": "物", "聂": "市", "凌": "晨", "柴": "油", "庞": "大",
    "焦": "急", "尤": "其", "谢": "谢", "丘": "陵", "颜": "色料值", "孙": "子女辈媳", "张": "贴", "申": "诉请报办领",
}  # fmt: skip


def find_personal(text: str, *, landlines: bool = True) -> list[Found]:
    """The personal data in a text, from its beginning to its end, none within another.

    With `landlines=False` an office's own telephone number is left alone, as in what staff write.

    >>> [(one.kind.value, one.shown) for one in find_personal("我叫李雷，电话13800001234")]
    [('name', '李**'), ('phone', '138****1234')]
    """
    taken: list[Found] = []
    covered = bytearray(len(text))
    for looker in _LOOKERS:
        for one in looker(text):
            if one.kind is Personal.LANDLINE and not landlines:
                continue
            if not any(covered[one.start : one.end]):
                covered[one.start : one.end] = b"\1" * (one.end - one.start)
                taken.append(one)
    return sorted(taken, key=lambda one: one.start)


def mask_personal(text: str, *, landlines: bool = True) -> str:
    """The text with its personal data masked; what was masked once stays as it is.

    A mobile number keeps three digits and four, a plate its province and letter, a name the family.

    >>> mask_personal("王小明先生的车豫A·12345堵门，电话138-0000-1234，邮箱wang@example.org")
    '王**先生的车豫A·*****堵门，电话138****1234，邮箱***'
    >>> mask_personal("李女士身份证11010519491231002X，卡号6222020000000000000。")
    '李**女士身份证110***********002X，卡号6222***。'
    >>> mask_personal("请致电0731-88665866", landlines=False)
    '请致电0731-88665866'
    """
    parts, at = [], 0
    for one in find_personal(text, landlines=landlines):
        parts += [text[at : one.start], one.shown]
        at = one.end
    return "".join([*parts, text[at:]]) if parts else text


def mask_name(name: str) -> str:
    """A name as a screen shows it: the family's, or the first letter where it is not Chinese.

    >>> mask_name("王小明"), mask_name("欧阳小红"), mask_name("John Smith")
    ('王**', '欧阳**', 'J**')
    """
    found = re.match(rf"{_DOUBLE}(?=..)|.", name.strip())
    return f"{found[0]}**" if found else ""


def identity_fits(number: str) -> bool:
    """Whether the last sign of an 18-digit identity number is the check sign of the others.

    The weighted sum of all, the last one (X is 10) with weight 1, is 1 modulo 11, where weights are
    2^(17 - place) modulo 11. Source: GB 11643-1999, ISO 7064 MOD 11-2. The example is the standard's.

    >>> identity_fits("11010519491231002X"), identity_fits("110105194912310021")
    (True, False)
    """
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", number, re.ASCII):
        return False
    values = [10 if sign in "Xx" else int(sign) for sign in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def card_fits(number: str) -> bool:
    """Whether a bank card's number fulfils its check digit.

    From the right, every second digit is doubled (9 less where that gives two digits); the sum is
    a multiple of ten. Source: ISO/IEC 7812-1, annex B (Luhn).

    >>> card_fits("6222020000000000000"), card_fits("6222020000000000001")
    (True, False)
    """
    digits = [int(sign) for sign in reversed(number)]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _addresses(text: str) -> Iterator[Found]:
    if "@" in text:
        for found in _EMAIL.finditer(text):
            yield Found(Personal.EMAIL, *found.span(), "***")


def _long_numbers(text: str) -> Iterator[Found]:
    """Identity and bank numbers: 12 to 19 digits that fulfil what such numbers must."""
    if not _DIGITS.search(text):
        return
    for found in _LONG.finditer(text):
        number = re.sub(r"[ -]", "", found[0])
        if identity_fits(number) or _looks_like_identity(number):
            shown = f"{number[:3]}{'*' * 11}{number[-4:]}"
            yield Found(Personal.IDENTITY, *found.span(), shown)
        elif number.isdigit() and (
            (len(number) >= 16 and number[0] in "3456" and card_fits(number))
            or _CARD_SAID.search(text, 0, found.start())
        ):
            yield Found(Personal.BANK, *found.span(), f"{number[:4]}***")


def _looks_like_identity(number: str) -> bool:
    """18 signs with a date of birth: a slip of the pen in it still tells who it is."""
    return bool(
        re.fullmatch(
            r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", number
        )
    )


def _mobiles(text: str) -> Iterator[Found]:
    if not _DIGITS.search(text):
        return
    for found in _MOBILE.finditer(text):
        yield Found(Personal.PHONE, *found.span(), f"{found[1]}****{found[3]}")


def _landlines(text: str) -> Iterator[Found]:
    if not _DIGITS.search(text):
        return
    for found in _AREA_LANDLINE.finditer(text):
        yield Found(Personal.LANDLINE, *found.span(), f"{found[1]}****")
    for said in _SAID_LANDLINE.finditer(text):
        for found in _SHORT.finditer(text, *said.span(1)):
            yield Found(Personal.LANDLINE, *found.span(), f"{found[0][:2]}****")


def _plates(text: str) -> Iterator[Found]:
    for pattern in (_PLATE, _PLATE_SAID):
        for found in pattern.finditer(text):
            yield Found(Personal.PLATE, found.start(1), found.end(), f"{found[1]}·*****")


def _accounts(text: str) -> Iterator[Found]:
    for found in _ACCOUNT.finditer(text):
        yield Found(Personal.ACCOUNT, *found.span(1), f"{found[1][0]}***")


def _names(text: str) -> Iterator[Found]:
    if not _MARKS.search(text):
        return
    for start, end, family in _whole_names(text):
        yield Found(Personal.NAME, start, end, f"{family}**")
    for found in _TITLED_ALONE.finditer(text):
        family = found["double"] or found["single"]
        before = found["before"]
        if not (before and before in _OTHER_WORDS.get(family, "")):
            start = found.start("double" if found["double"] else "single")
            yield Found(Personal.NAME, start, found.end(), f"{family}**")


def _whole_names(text: str) -> Iterator[tuple[int, int, str]]:
    """Names with a mark, those in a row with them, and wherever else the text says them again."""
    known: dict[str, str] = {}
    for pattern in (_CALLED, _I_AM, _FOLLOWED, _TITLED, _ROLED, _HELD, _KNOWN_ROLE, _AMONG):
        for found in _each(pattern, text):
            one = _checked(text, found)
            while one is not None:
                yield one
                start, end, family = one
                known[text[start:end]] = family
                following = _NEXT.match(text, end)
                one = _checked(text, following) if following else None
            first = _checked(text, found)
            while first is not None:
                before = _ROW.search(text, max(0, first[0] - 5), first[0])
                first = _checked(text, before) if before else None
                if first is not None:
                    yield first
                    known[text[first[0] : first[1]]] = first[2]
    for name, family in known.items():
        for again in re.finditer(name, text):
            if _is_name(text, again.start(), again.end(), family, name[len(family) :]):
                yield again.start(), again.end(), family


def _each(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """What a pattern finds; where it is no name, from the next sign on again (现任任梧院长)."""
    found = pattern.search(text)
    while found:
        yield found
        at = found.end() if _checked(text, found) else found.start() + 1
        found = pattern.search(text, at)


def _checked(text: str, found: re.Match[str]) -> tuple[int, int, str] | None:
    family = found["double"] or found["single"]
    start, end = found.start("double" if found["double"] else "single"), found.end("given")
    return (start, end, family) if _is_name(text, start, end, family, found["given"]) else None


def _is_name(text: str, start: int, end: int, family: str, given: str) -> bool:
    before = text[start - 1] if start else ""
    if before and before in _OTHER_WORDS.get(family, ""):
        return False
    if given == "大" and text.startswith("队", end):  # 谭大队长
        return False
    if _TITLE.fullmatch(given):  # 案场经理李经理
        return False
    return given[0] not in _NO_GIVEN.get(family, "")


_LOOKERS: tuple[Callable[[str], Iterator[Found]], ...] = (
    _addresses, _long_numbers, _mobiles, _landlines, _plates, _accounts, _names,
)  # fmt: skip
