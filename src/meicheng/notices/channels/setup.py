"""Which adapter serves which channel in this city, as its settings say."""

from __future__ import annotations

from django.conf import settings

from meicheng.notices.kinds import MAIL, SMS, WECOM

from .log import Log
from .mail import Mail
from .parcel import Channel
from .sms import Sms
from .wecom import WeCom


def is_set_up(channel: str) -> bool:
    """Whether this city has what the channel needs; else what would be sent goes to the log."""
    return bool({MAIL: settings.MAIL, SMS: settings.SMS, WECOM: settings.WECOM}[channel])


def channels() -> dict[str, Channel]:
    """The adapters, made anew for each turn of the outbox."""
    return {
        MAIL: Mail(),
        SMS: Sms(
            settings.SMS,
            template=settings.SMS_BODY,
            key=settings.SMS_KEY,
            good=settings.SMS_GOOD,
        )
        if settings.SMS
        else Log("SMS"),
        WECOM: WeCom(settings.WECOM) if settings.WECOM else Log("WeCom"),
    }
