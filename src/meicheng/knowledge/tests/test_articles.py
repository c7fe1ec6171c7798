"""What the office writes into the knowledge base, and what the hotline finds there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.knowledge.actions import BadArticle, Draft, review_article, write_article
from meicheng.knowledge.models import Article
from meicheng.knowledge.queries import best_answers
from meicheng.ledger.verify import verify
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day


@pytest.fixture
def today():
    return city_day(timezone.now())


@pytest.fixture
def write(city, today):
    """Write an article as the office would."""

    def write(question, answer="请拨打热线，两个工作日内答复。", *, days=90, **more):
        draft = Draft(question, answer, city.unit(), today + timedelta(days=days), **more)
        return write_article(draft, by=city.user("creation-office"))

    return write


def test_the_article_that_answers_most_of_the_words_comes_first(write, today):
    lamp = write("路灯不亮了多久修好？", "路灯由照明管理所维护，接报后两个工作日内修复。")
    write("垃圾桶满了几点来收？", "每日清运两次。")
    found = best_answers("我们巷口的路灯不亮，什么时候修？", today=today)
    assert [one.article for one in found][:1] == [lamp]
    assert not found[0].overdue
    assert best_answers("咨询公积金提取条件", today=today) == []
    assert best_answers("？！", today=today) == []


def test_an_article_is_overdue_from_the_day_after_its_review(write, today, client, city):
    article = write("公厕几点关门？")
    Article.objects.update(review_by=today - timedelta(days=1))
    assert best_answers("公厕几点关门", today=today)[0].overdue
    client.force_login(city.user("dispatcher"))
    page = client.get("/knowledge/?overdue=1").content.decode()
    assert article.question in page
    assert "1 条逾期未复核" in page
    until = (today + timedelta(days=200)).isoformat()
    assert client.post(f"/knowledge/{article.code}/review", {"until": until}).status_code == 302
    assert "/knowledge/K-" not in client.get("/knowledge/?overdue=1").content.decode()


def test_a_lead_writes_for_her_unit_and_for_no_other(city, today):
    lead = city.user("unit-lead")
    own = Draft("扫雪几点开始？", "雪停后两小时内。", city.unit(), today + timedelta(days=30))
    assert write_article(own, by=lead).code == f"K-{Article.objects.get().pk:04d}"
    other = Draft("车被拖走找谁？", "找交警。", city.unit("traffic-police"), own.review_by)
    with pytest.raises(NotAllowed):
        write_article(other, by=lead)


def test_nothing_said_and_reviews_too_late_are_refused(write, city, today):
    for wrong in ({"question": " "}, {"question": "问", "answer": "答" * 5001}):
        with pytest.raises(BadArticle):
            write(**wrong)
    with pytest.raises(BadArticle, match="复核日期"):
        write("问题", days=900)
    article = write("问题")
    with pytest.raises(BadArticle):
        review_article(article, by=city.user("creation-office"), until=today)
    assert Article.objects.count() == 1


def test_every_change_is_in_its_chain(write, city, client):
    article = write("流动摊贩可以在哪里摆？")
    client.force_login(city.user("creation-office"))
    fields = {
        "question": article.question, "answer": "在公布的疏导点。", "unit": article.unit_id,
        "review_by": article.review_by.isoformat(),
    }  # fmt: skip
    assert client.post(f"/knowledge/{article.code}/", fields).status_code == 302
    article.refresh_from_db()
    assert not article.active, "the box was not ticked"
    assert article.events_count == 2
    assert verify().faults == []
    assert client.post(f"/knowledge/{article.code}/", {**fields, "answer": ""}).status_code == 400
    assert best_answers("流动摊贩可以在哪里摆", today=article.written_at.date()) == []
