"""The knowledge base of the demo city: what its hotline is asked again and again."""

from __future__ import annotations

from datetime import timedelta

from meicheng.knowledge.actions import Draft, write_article
from meicheng.knowledge.models import Article
from meicheng.organisation.models import Unit, User
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind

from .world import World

# Role of the unit, kind of case, question, answer, days until the next review (< 0: overdue).
ARTICLES = [
    ("housing-construction", "lamp-out", "路灯不亮了多久修好？", "路灯由照明管理单位维护。接报后 2 个工作日内修复；整条路不亮的当日到场。请说明路名和灯杆编号。", 200),
    ("urban-management", "exposed-litter", "垃圾堆在路边没人清怎么办？", "道路和公共区域的暴露垃圾接报后 4 个工作小时内清运。小区内由物业负责，物业不处理的由街道督促。", 150),
    ("urban-management", "full-bins", "垃圾桶满了几点来收？", "主次干道每日清运两次，背街小巷每日一次，满溢的接报后 2 个工作小时内清运。", 90),
    ("urban-management", "dirty-toilet", "公厕晚上几点关门？", "一类公厕 24 小时开放，其他公厕开放至 22:00 以后。便民查找页面列有附近公厕和开放时间。", -12),
    ("urban-management", "occupied-pavement", "流动摊贩可以在哪里摆？", "允许在公布的疏导点按时段经营，占用人行道、盲道的予以劝离。疏导点名单由街道公布。", 240),
    ("ecology-environment", "noise", "夜里工地施工吵得睡不着找谁？", "22:00 至次日 6:00 除抢修抢险和取得证明的连续作业外不得施工。接报后当晚到场核查。", 120),
    ("traffic-police", "illegal-parking", "车被堵住出不来怎么办？", "请提供地点和车牌，值班人员先电话通知车主移车，联系不上的由交警到场处理。", 300),
    ("housing-construction", "manhole", "井盖丢了谁负责？", "无论权属，接报后 2 小时内先围挡警示，1 个工作日内由权属单位补装。请提醒他人绕行。", 180),
    ("housing-construction", "broken-pavement", "人行道砖松了多久修？", "零星破损 5 个工作日内修复；大面积破损列入养护计划并告知时间。", 60),
    ("public-security", "uncivil-dog", "邻居遛狗不拴绳怎么反映？", "请说明地点和时段，由辖区派出所劝导、登记。被犬只咬伤的请先就医并报警。", -40),
    ("market-regulation", "food-hygiene", "饭店吃坏肚子找谁？", "请保留票据和就诊记录，市场监管部门 3 个工作日内核查并答复。情况紧急的请先就医。", 210),
    ("urban-management", None, "大件家具怎么扔？", "拨打社区电话预约，投放到指定的大件垃圾点，每周清运两次，不收费。", 330),
    ("urban-management", None, "市民可以推荐文明城市建议吗？", "可以。在随手拍页面填写，或在热线说明，由创建办汇总，每季度公布采纳情况。", 100),
]  # fmt: skip


def make_knowledge(world: World) -> int:
    """Write the articles, two of them overdue; how many."""
    by = User.objects.get(username="creation-office")
    kinds = {kind.code: kind for kind in CaseKind.objects.all()}
    units = list(Unit.objects.filter(active=True).select_related("division").order_by("pk"))
    written = city_day(world.until)
    for role, kind, question, answer, days in ARTICLES:
        unit = next((one for one in units if one.role_id == role), units[0])
        due = written + timedelta(days=max(days, 30))
        draft = Draft(question, answer, unit, due, kinds.get(kind or ""))
        article = write_article(draft, by=by, at=world.until - timedelta(days=20))
        if days < 0:
            Article.objects.filter(pk=article.pk).update(review_by=written + timedelta(days=days))
    return len(ARTICLES)
