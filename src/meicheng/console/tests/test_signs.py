"""Signs for lamp posts and doors: what is printed can be scanned and leads to the place."""

import cv2
import numpy
import segno

from meicheng.console import signs
from meicheng.console.signs import QR, _draw, link_of, sheets


class Paper:
    """What is drawn on it, ten dots to a millimetre."""

    def __init__(self):
        self.dots = numpy.full((700, 700), 255, numpy.uint8)

    def rect(self, x, y, width, height, **_how):
        left, right = (round(at * 3.5) for at in (x, x + width))
        top, bottom = (round(700 - at * 3.5) for at in (y + height, y))
        self.dots[top:bottom, left:right] = 0


def test_what_is_drawn_is_read_back_by_a_scanner(city):
    link = link_of(city.site(), "https://city.example")
    paper = Paper()
    _draw(paper, segno.make(link, error="q").matrix, 20, (QR - 190) / 2)
    found, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(paper.dots)
    assert found == link


def test_a_sheet_holds_eight_and_a_long_order_many_sheets(city):
    sites = [city.site(name="一个名字特别长的背街小巷公共厕所与休息点之一号" * 2) for _ in range(9)]
    pdf = sheets(sites, address="https://city.example")
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 2


def test_the_list_prints_the_signs_of_what_it_shows(city, client):
    city.site("public-toilet")
    client.force_login(city.user("creation-office"))
    page = client.get("/sites/?kind=public-toilet").content.decode()
    assert "/sites/signs.pdf?kind=public-toilet" in page
    pdf = client.get("/sites/signs.pdf?kind=public-toilet")
    assert pdf["Content-Type"] == "application/pdf"
    assert client.get("/sites/signs.pdf?kind=farmers-market").status_code == 302


def test_who_asks_for_more_signs_than_one_order_holds_is_told(city, client, monkeypatch):
    monkeypatch.setattr(signs, "MOST", 1)
    for _number in range(2):
        city.site("public-toilet")
    client.force_login(city.user("creation-office"))
    answer = client.get("/sites/signs.pdf?kind=public-toilet", follow=True)
    assert answer.redirect_chain == [("/sites/?kind=public-toilet", 302)]
    assert "一次最多打印 1 个标牌" in answer.content.decode()


def test_a_site_whose_code_has_parts_is_listed_found_and_reported_at(city, client):
    site = city.site("public-toilet")
    type(site).objects.filter(pk=site.pk).update(code="LC/厕/2")
    client.force_login(city.user("creation-office"))
    for address in ("/sites/", "/sites/LC/厕/2/", "/p/find/?what=toilets", "/p/at/LC/厕/2/",
                    "/sites/signs.pdf", "/api/v1/sites/LC/厕/2"):  # fmt: skip
        assert client.get(address).status_code == 200, address
