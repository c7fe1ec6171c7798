"""Guesses: which column of somebody's file is which of ours, for whoever makes a mapping."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from meicheng.tables.kinds import Column, Kind, Refused

from .mapping import mapping_of, names_for
from .planning import WRONG, Reader, labels
from .reading import open_table

CLOSE = 0.72
# Headings that hotlines and bureaus give to what we call so.
HINTS: dict[str, tuple[str, ...]] = {
    "number": (
        "编号",
        "工单号",
        "工单编号",
        "诉求编号",
        "案卷号",
        "id",
        "message_id",
        "unique key",
        "ticket",
        "case number",
    ),
    "source": ("渠道", "来源", "受理渠道", "channel", "open data channel type"),
    "reporter": ("姓名", "来电人", "上报人", "网友", "用户", "留言用户", "user", "caller"),
    "subject": ("标题", "主题", "留言主题", "诉求标题", "title", "complaint type"),
    "body": ("内容", "正文", "诉求内容", "留言详情", "问题描述", "content", "text", "description"),
    "reported_at": (
        "时间",
        "受理时间",
        "来电时间",
        "留言时间",
        "登记时间",
        "created date",
        "date",
        "time",
    ),
    "kind": ("类别", "类型", "问题类型", "诉求类型", "category", "type"),
    "division": ("区域", "区划", "所属区", "所属街道", "所属社区", "district", "borough", "area"),
    "address": ("地点", "位置", "发生地点", "详细地址", "incident address", "location"),
    "longitude": ("经度", "lng", "lon", "x"),
    "latitude": ("纬度", "lat", "y"),
    "state": ("状态", "办理状态", "status"),
    "unit": ("承办单位", "主办单位", "办理单位", "agency", "department"),
    "unit_name": ("agency name",),
    "due_at": ("截止时间", "办结期限", "due date", "deadline"),
    "closed_at": ("办结时间", "完成时间", "closed date", "close date"),
    "outcome": ("处理结果", "处置结果", "result", "resolution description"),
    "reply": ("答复", "回复", "答复意见", "回复内容", "answer", "response"),
    "replied_at": ("答复时间", "回复时间", "答复日期"),
    "votes": ("点赞数", "支持数", "likes"),
    "against": ("反对数", "dislikes"),
    "rating": ("满意度", "评价", "satisfaction"),
    "code": ("编码", "代码", "编号", "点位编号", "单位编号", "id"),
    "name_zh": ("名称", "点位名称", "单位名称", "name"),
    "name_en": ("英文名称", "english name"),
    "parent": ("上级", "上级单位", "上级区划", "parent code"),
    "username": ("账号", "用户名", "login"),
    "display_name": ("姓名", "name"),
    "site": ("点位", "点位编号", "site code"),
    "visited_at": ("检查时间", "巡查时间", "检查日期", "date"),
    "inspector": ("检查人", "督查员", "巡查员"),
    "item": ("指标", "测评项目", "检查项", "indicator"),
    "observed_at": ("观察时间", "统计时间", "时间", "日期", "date", "period"),
    "value": ("值", "数值", "结果", "指标值"),
    "weight": ("权重",),
}


def guess(kind: Kind, headings: list[str]) -> dict[str, str]:
    """Our columns with the heading that is likely meant, each heading once.

    Exact names come first, then known words for them, then what looks alike.
    """
    free = {heading.casefold(): heading for heading in headings if not heading.startswith(WRONG)}
    found: dict[str, str] = {}
    for words in (_names, _hints):
        for column in kind.columns:
            if column.name in found:
                continue
            for name in words(column):
                if name.casefold() in free:
                    found[column.name] = free.pop(name.casefold())
                    break
    for column in kind.columns:
        if column.name in found:
            continue
        for name in (*_names(column), *_hints(column)):
            close = get_close_matches(name.casefold(), free, n=1, cutoff=CLOSE)
            if close:
                found[column.name] = free.pop(close[0])
                break
    return found


def fitting_mapping(path: Path, kind: Kind, crs: str = "") -> str:
    """The mapping that fits a file's headings, where they are not ours already; "" for none."""
    if kind.document is not None:
        return ""
    for name in ["", *(name for name, _title in names_for(kind))]:
        try:
            plan = mapping_of(name, kind) if name else None
            # Which system positions are in is another question than what the columns mean.
            system = crs or ("" if plan and plan.crs else "wgs84" if kind.has_positions else "")
            Reader(kind, open_table(path, kind), plan, system)
        except Refused:
            continue
        return name
    return ""


def _names(column: Column) -> list[str]:
    return [column.name, *labels(column), *column.aliases]


def _hints(column: Column) -> tuple[str, ...]:
    return HINTS.get(column.name, ())


def document_from(
    kind: Kind,
    chosen: dict[str, str],
    fixed: dict[str, str],
    *,
    dates: list[str],
    time_zone: str,
    crs: str,
    lenient: set[str],
) -> dict[str, Any]:
    """A mapping as its YAML file would write it, from what somebody chose on the page."""
    columns: dict[str, Any] = {}
    for column in kind.columns:
        if chosen.get(column.name):
            columns[column.name] = chosen[column.name]
        elif fixed.get(column.name):
            columns[column.name] = {"value": fixed[column.name]}
    document: dict[str, Any] = {"columns": columns}
    if dates:
        document["dates"] = dates
    if time_zone:
        document["time_zone"] = time_zone
    if crs:
        document["crs"] = crs
    options = {one.option: one.value for one in kind.leniencies if one.option in lenient}
    if options:
        document["options"] = options
    return document
