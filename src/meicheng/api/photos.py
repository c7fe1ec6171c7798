"""Photographs, sent before what they belong to."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Router, Status, UploadedFile

from meicheng.files.actions import store_photo
from meicheng.files.models import StoredFile
from meicheng.organisation.models import User

from .keys import need
from .once import Answer, key_of, once
from .problems import Problem
from .schemas import Problem as ProblemSchema
from .schemas import StoredPhoto

router = Router()


@router.post(
    "/photos",
    response={201: StoredPhoto, 409: ProblemSchema, 415: ProblemSchema},
    summary="Store a photograph, to be named by what it belongs to",
)
def photo(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """JPEG, PNG or WebP; the same photograph again is the same hash, whatever the key."""
    user = need(request, "reports:write")
    key_of(request)
    sent = cast(BinaryIO, file.file)
    digest = hashlib.file_digest(sent, "sha256").hexdigest()  # type: ignore[arg-type]
    sent.seek(0)

    def do() -> Answer:
        stored = store_photo(sent, by=user, name=file.name or "")
        return Status(
            201, {"sha256": stored.sha256, "width": stored.width, "height": stored.height}
        )

    return once(request, user, do, digest=digest)


def photos_of(hashes: list[str], user: User) -> list[StoredFile]:
    """The photographs that this caller stored under these hashes, in order (1 SQL at most)."""
    if not hashes:
        return []
    found = {
        one.sha256: one for one in StoredFile.objects.filter(sha256__in=hashes, stored_by=user)
    }
    missing = [one for one in hashes if one not in found]
    if missing:
        said = _("No photograph of yours has the hash %(hash)s; send it to /photos first") % {
            "hash": missing[0][:64]
        }
        raise Problem(404, said, [("photos", said)])
    return [found[one] for one in hashes]
