"""Phone numbers and addresses of people: sealed at rest, searched by a keyed hash, masked."""

from __future__ import annotations

import re
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

PHONE = re.compile(r"\+?\d{7,15}")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
IDENTITY = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dXx])", re.ASCII)
SIGNS = re.compile(r"[\s().-]")
BANK = re.compile(r"(?<!\d)[3-6]\d{15,18}(?!\d)", re.ASCII)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·\s-]?[A-HJ-NP-Z0-9]{5,6}(?![A-Z0-9])"
)
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)", re.ASCII)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文"
)
TITLED = re.compile(
    rf"([{SURNAMES}])[\u4e00-\u9fff]{{0,2}}?"
    r"(?=先生|女士|小姐|师傅|老师|同志|大爷|大妈|阿姨|大姐|大哥|医生|主任|局长|科长|所长|书记|经理|老板)"
)
CALLED = re.compile(
    rf"(我叫|我是|姓名[:：]?|联系人[:：]?|本人)([{SURNAMES}])[\u4e00-\u9fff]{{1,2}}(?![\u4e00-\u9fff])"
)


def read_phone(written: str) -> str:
    """A phone number without its blanks and signs. Raises ValueError with what was expected."""
    phone = SIGNS.sub("", written).removeprefix("+86")
    if not PHONE.fullmatch(phone):
        raise ValueError(
            _("“%(value)s” is no phone number; expected 7 to 15 digits") % {"value": written[:30]}
        )
    return phone


def read_email(written: str) -> str:
    """An e-mail address. Raises ValueError with what was expected."""
    try:
        validate_email(written.strip())
    except ValidationError:
        raise ValueError(
            _("“%(value)s” is no e-mail address; expected one as name@example.org")
            % {"value": written[:60]}
        ) from None
    return written.strip()


def seal(text: str) -> bytes:
    """A text under the newest key."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """What was sealed, under whichever key. Raises ValueError where none of the keys fits."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise ValueError(_("This was sealed with a key that is not here any more")) from None


def digest(phone: str) -> str:
    """What a phone number is searched by: the same for the same number, and no way back."""
    return salted_hmac("meicheng.voices.phone", phone, algorithm="sha256").hexdigest()


def masked(phone: str) -> str:
    """A phone number as a screen shows it.

    >>> masked("13800001234"), masked("5551234")
    ('138****1234', '****234')
    """
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else f"****{phone[-3:]}"


def mask_numbers(words: str) -> str:
    """Words with the mobile and identity numbers in them masked; an office's own number stays.

    >>> mask_numbers("请回电13800001234，身份证110101199003074477，热线0731-88665866")
    '请回电138****1234，身份证110***********4477，热线0731-88665866'
    """
    words = MOBILE.sub(lambda found: masked(found[0]), words)
    return IDENTITY.sub(lambda found: f"{found[0][:3]}{'*' * 11}{found[0][-4:]}", words)


def mask_words(words: str) -> str:
    """Words as the public may read them: no numbers, plates, addresses or names of people.

    A person's family name stays beside her title, as newspapers write it.

    >>> mask_words("王小明先生的车豫A·12345堵门，电话13800001234，邮箱wang@example.org")
    '王某先生的车豫A·*****堵门，电话138****1234，邮箱***'
    >>> mask_words("我叫李雷，卡号6222020200112233445。")
    '我叫李某，卡号6222***。'
    """
    words = EMAIL.sub("***", mask_numbers(words))
    words = BANK.sub(lambda found: f"{found[0][:4]}***", words)
    words = LANDLINE.sub(lambda found: f"{found[0][:4]}****", words)
    words = PLATE.sub(lambda found: f"{found[0][:2]}·*****", words)
    words = CALLED.sub(lambda found: f"{found[1]}{found[2]}某", words)
    return TITLED.sub(lambda found: f"{found[1]}某", words)


def _box() -> MultiFernet:
    return _box_of(tuple(settings.PERSONAL_DATA_KEYS))


@cache
def _box_of(keys: tuple[str, ...]) -> MultiFernet:
    """The keys of the setting, newest first."""
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            "MEICHENG_PERSONAL_DATA_KEYS holds a word that is no Fernet key; expected 32 bytes in "
            "URL-safe base64, as `python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'` makes them"
        ) from None
