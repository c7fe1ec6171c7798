"""What the desk keeps under a name, its own and shared, and what is said about its latest cases."""

from __future__ import annotations

from datetime import timedelta

from django.http import QueryDict

from meicheng.cases.models import Case, ReplyTemplate, SavedFilter
from meicheng.cases.queries import filters_from
from meicheng.cases.workbench.comments import comment_case
from meicheng.ledger.models import Event
from meicheng.organisation.models import Membership, User

from .world import World

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
# What the desk asks of a unit, and what its lead answers.
COMMENTS = [
    (
        "@{unit} 现场是否需要交警配合？请先围挡再作业。",
        "@{desk} 已联系交警中队，今晚作业，明早前反馈。",
    ),
    ("@{unit} 反映人来电催问，请先答复预计完成时间。", "@{desk} 物料已到，预计明天上午完成。"),
    ("@{unit} 同一路段一周内第三次，请说明根治办法。", "@{desk} 拟增设一处收集点，方案报创建办。"),
    ("@{unit} 照片看不清门牌，请补拍一张远景。", "@{desk} 明日巡查时补拍。"),
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


def make_comments(world: World) -> int:
    """The dispatcher's questions on the latest cases that units have, and their answers; how many."""
    desk = User.objects.get(username="dispatcher")
    leads = {
        one.unit_id: one.user
        for one in Membership.objects.filter(role=Membership.Role.UNIT_LEAD)
        .select_related("user")
        .order_by("-pk")
    }
    with_units = Case.objects.filter(state="in_progress", unit__in=leads).select_related("unit")
    latest = with_units.order_by("-reported_at", "-pk")[: len(COMMENTS)]
    for case, (question, answer) in zip(latest, COMMENTS, strict=False):
        last = Event.objects.filter(chain=case.chain).order_by("-sequence").values("at")[0]["at"]
        said = [(desk, question), (leads[case.unit_id], answer)]
        for number, (by, words) in enumerate(said, 1):
            comment_case(
                case,
                by=by,
                remark=words.format(unit=case.unit, desk=desk.username),
                at=min(last + number * timedelta(minutes=20), world.until),
            )
    return Event.objects.filter(verb="comment").count()
