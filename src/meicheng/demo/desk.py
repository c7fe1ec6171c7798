"""What the desk keeps under a name: filters and templates for replies, its own and shared ones."""

from __future__ import annotations

from django.http import QueryDict

from meicheng.cases.models import ReplyTemplate, SavedFilter
from meicheng.cases.queries import filters_from
from meicheng.organisation.models import User

FILTERS = [
    ("老城夜间垃圾", "group=desk&q=垃圾", ""),
    ("井盖、路面险情", "group=open&q=井盖&sort=due", "dispatcher"),
    ("门户来的未结案件", "group=open&source=portal", "dispatcher"),
    ("超时未办结", "group=unit&overdue=1&sort=due", "creation-office"),
]
TEMPLATES = [
    ("派遣说明", "{place}{kind}，请{unit}按时限处置，{due}前反馈处置后照片。", "dispatcher"),
    ("请补充位置", "来件位置不详，请采集员到{place}附近核实后补充。", "dispatcher"),
    ("并案答复", "同一问题已有案件{number}在办，办结后一并答复。", ""),
    ("催办", "案件{number}将于{due}到期，请{unit}抓紧办理。", "creation-office"),
]


def make_desk() -> int:
    """Filters and templates of the accounts `dispatcher` and `creation-office`; how many."""
    people = {
        user.username: user
        for user in User.objects.filter(username__in=["dispatcher", "creation-office"])
    }

    def owner(role: str) -> User:
        return people[role or "dispatcher"]

    filters = [
        SavedFilter(
            owner=owner(role), role=role, name=name, query=filters_from(QueryDict(query)).query
        )
        for name, query, role in FILTERS
    ]
    templates = [
        ReplyTemplate(owner=owner(role), role=role, name=name, body=body)
        for name, body, role in TEMPLATES
    ]
    SavedFilter.objects.bulk_create(filters)
    ReplyTemplate.objects.bulk_create(templates)
    return len(filters) + len(templates)
