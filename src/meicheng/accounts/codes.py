"""Codes of a second factor that were used: each opens once, whichever process is asked."""

from __future__ import annotations

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from .models import UsedCode


def use_up(totp: TOTP, code: str) -> bool:
    """Note that a code was used; False where it was used before, however written (1 SQL statement)."""
    words = f"{totp.instance.user_id}:{normalize_user_code(code)}"
    key = salted_hmac("meicheng.accounts.codes", words, algorithm="sha256").hexdigest()
    try:
        with transaction.atomic():
            UsedCode.objects.create(key=key)
    except IntegrityError:
        return False
    return True
