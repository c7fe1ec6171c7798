"""Names, phone numbers and addresses of people: sealed at rest, searched by a keyed hash, masked."""

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
SIGNS = re.compile(r"[\s().-]")


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


def reseal(sealed: bytes) -> bytes | None:
    """The same under the newest key; None where it is under that one already.

    Raises ValueError where none of the keys fits.
    """
    newest = Fernet(settings.PERSONAL_DATA_KEYS[0])
    try:
        newest.decrypt(bytes(sealed))
    except InvalidToken:
        return seal(unseal(sealed))
    return None


def digests(phone: str) -> list[str]:
    """What a phone number is searched by: the same for the same number, and no way back.

    One under each key, the newest first, so that it is found while keys are changed.
    """
    return _digests("meicheng.voices.phone", phone)


def digests_of_name(name: str) -> list[str]:
    """What a name is searched by, as `digests` are for a number."""
    return _digests("meicheng.voices.name", "".join(name.split()).casefold())


def digest(phone: str) -> str:
    """What is kept to search a phone number by: its digest under the newest key."""
    return digests(phone)[0]


def digest_of_name(name: str) -> str:
    """What is kept to search a name by: its digest under the newest key."""
    return digests_of_name(name)[0]


def _digests(salt: str, text: str) -> list[str]:
    return [
        salted_hmac(salt, text, secret=key, algorithm="sha256").hexdigest()
        for key in settings.PERSONAL_DATA_KEYS
    ]


def masked(phone: str) -> str:
    """A phone number as a screen shows it.

    >>> masked("13800001234"), masked("5551234")
    ('138****1234', '****234')
    """
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else f"****{phone[-3:]}"


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
