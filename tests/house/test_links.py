"""Nobody is shown a link that she may not follow."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

import pytest
from django.test import Client

from meicheng.organisation.models import Membership

from .test_every_cell import visitor, world

LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*|\?[^"#]*)')
# Files are tried where they are made; leaving is no place to go on from.
NO_PAGE = re.compile(r"^/(static|files|api)/|sign-out|export|\.(xlsx|pdf|docx|zip|csv|svg|png)")
KEY = re.compile(r"[A-Z]{1,2}-\d[-\d]*|\d+|[0-9a-f]{32,}|\b[A-Z0-9]{12}\b")


@pytest.mark.one_database  # what is shown to whom does not depend on it
@pytest.mark.parametrize("role", ["collector", "unit-worker", "district-lead"])
def test_every_link_that_is_shown_leads_on(db, role):
    made = world()
    client, _user = visitor(made.city, Membership.Role(role), "inside")
    assert client is not None
    assert dead_ends(client) == []


def dead_ends(client: Client) -> list[str]:
    """Where links from page to page lead to a refusal; one address of each shape is followed."""
    found, seen, shapes = [], {"/"}, Counter[str]()
    todo = [("/", "")]
    while todo:
        path, of = todo.pop(0)
        answer = client.get(path, follow=True)
        if answer.status_code >= 400:
            found.append(f"{path} answers {answer.status_code}, shown by {of}")
            continue
        if "html" not in answer["Content-Type"]:
            continue
        for link in map(unescape, LINK.findall(answer.content.decode())):
            onward = path.partition("?")[0] + link if link.startswith("?") else link
            shape = KEY.sub("#", re.sub("=[^&]*", "", onward))
            if onward not in seen and not NO_PAGE.search(onward) and not shapes[shape]:
                shapes[shape] += 1
                seen.add(onward)
                todo.append((onward, path))
    return found
