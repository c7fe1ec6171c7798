"""Reports that come by mail and from messaging apps."""

import base64
import io
import json
import sys
import time
from email.message import EmailMessage

import pytest

from meicheng.notices.webhooks.signing import headers
from meicheng.organisation.personal import unseal
from meicheng.voices import commands
from meicheng.voices.checking import BadReport
from meicheng.voices.mailing import read_letter, take_letter
from meicheng.voices.models import Report

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def letter(body="杏川东社区的垃圾三天没人收了。", *, html=False, **heads):
    """A message as a mail program writes it."""
    message = EmailMessage()
    message["Subject"] = "垃圾没人收"
    message["From"] = "李雷 <lilei@example.org>"
    message["Message-ID"] = "<1@example.org>"
    for name, value in heads.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(body, subtype="html" if html else "plain")
    return message


def test_a_letter_with_a_photograph_becomes_one_report_however_often_it_comes(city):
    message = letter()
    message.add_attachment(city.jpeg().read(), maintype="image", subtype="jpeg", filename="a.jpg")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="b.pdf")
    message.add_attachment(b"nothing", maintype="image", subtype="png", filename="c.png")
    for _time in range(2):
        report = take_letter(message.as_bytes())
    assert Report.objects.get() == report
    assert (report.source, report.division.code, report.subject) == ("mail", "XC0101", "垃圾没人收")
    assert unseal(bytes(report.email_sealed)) == "lilei@example.org"
    assert report.photos.count() == 1
    assert report.extra["left_out"] == "b.pdf、c.png"


def test_quotations_tags_and_strange_letters_are_read(city):
    said = read_letter(letter("<p>路灯<b>不亮</b></p><script>x()</script>", html=True).as_bytes())
    assert said.body == "路灯不亮"
    said = read_letter(
        letter("还是没修。\n> 您的诉求已答复\n------ 原始邮件 ------\n很久以前").as_bytes()
    )
    assert said.body == "还是没修。"
    gbk = b"From: a@example.org\nContent-Type: text/plain; charset=gb18030\n\n" + "路灯不亮".encode(
        "gb18030"
    )
    assert read_letter(gbk).body == "路灯不亮"
    unknown = b"From: a@example.org\nContent-Type: text/plain; charset=nonsense\n\nLamp out"
    assert read_letter(unknown).body == "Lamp out"
    assert take_letter(gbk).division.code == "CITY", "the desk asks where it is"


@pytest.mark.parametrize(
    "heads",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}],
)
def test_what_a_machine_wrote_is_left_out(city, heads):
    assert take_letter(letter(**heads).as_bytes()) is None
    assert not Report.objects.exists()


def test_the_mail_server_is_told_what_to_do(city, monkeypatch, capsys):
    def hand_on(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return commands._mail_in(None)

    assert hand_on(letter().as_bytes()) == 0
    assert hand_on(letter("😡", Subject="!!", Message_ID="<2@x>").as_bytes()) == 65
    assert "请用几句话说明问题" in capsys.readouterr().err
    assert hand_on(b"\x00\xff\xfe") == 65
    with pytest.raises(BadReport):
        take_letter(b"")
    assert Report.objects.count() == 1


@pytest.fixture
def bridge(client, settings, city):
    """Hand a message on as the bridge of an app would."""
    settings.CHAT_SECRET = SECRET

    def send(said, *, number="m-1", at=None, secret=SECRET, **more):
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        signed = headers([secret], number, int(at or time.time()), body)
        signed.pop("Content-Type")
        given = {name.upper().replace("-", "_"): value for name, value in signed.items()}
        return client.post(
            "/api/v1/chat", body, content_type="application/json",
            **{f"HTTP_{name}": value for name, value in given.items()}, **more,
        )  # fmt: skip

    return send


def test_a_message_from_an_app_is_taken_once_and_answered_with_its_code(bridge, city):
    site = city.site()
    said = {
        "sender": "openid-77", "text": "这里的路灯不亮了", "links": ["https://example.org/1.jpg"],
        "position": {"longitude": site.longitude, "latitude": site.latitude, "crs": "wgs84"},
        "photos": [base64.b64encode(city.jpeg().read()).decode()],
    }  # fmt: skip
    first, again = bridge(said), bridge(said)
    report = Report.objects.get()
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["code"].replace("-", "") == report.code
    assert report.code[:4] in first.json()["reply"]
    assert (report.source, report.kind_id, report.photos.count()) == ("chat", "lamp-out", 1)
    assert report.reporter.startswith("P-"), "who wrote it is kept as a pseudonym only"
    assert report.extra == {"links": "https://example.org/1.jpg"}


def test_positions_of_chinese_apps_are_put_right(bridge, city):
    site = city.site()
    here = {"longitude": site.longitude, "latitude": site.latitude, "crs": "gcj02"}
    assert bridge({"text": "路灯不亮", "position": here}).status_code == 201
    assert 0.001 < abs(Report.objects.get().longitude - site.longitude) < 0.01


def test_only_the_bridge_itself_is_heard(bridge, city, client, settings):
    said = {"text": "路灯不亮"}
    assert bridge(said, secret="whsec_" + base64.b64encode(b"x" * 24).decode()).status_code == 401
    assert bridge(said, at=time.time() - 3600).status_code == 401
    assert client.post("/api/v1/chat", said, content_type="application/json").status_code == 401
    settings.CHAT_SECRET = ""
    assert bridge(said).status_code == 401
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        b"no json", b"[1]", {"text": "😡"}, {"text": ""}, {"text": "灯" * 5001}, {"words": "灯"},
        {"text": "灯不亮", "photos": ["%%"]},
        {"text": "灯不亮", "photos": [base64.b64encode(b"PK\x03\x04").decode()]},
        {"text": "灯不亮", "position": {"longitude": 2.35, "latitude": 48.86, "crs": "wgs84"}},
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_and_nothing_changes(bridge, city, said):
    answer = bridge(said)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]
    assert not Report.objects.exists()


def test_a_flood_from_one_sender_waits_as_doubtful(bridge, city, settings):
    settings.REPORTS_PER_DEVICE = 1
    for number in range(2):
        assert bridge({"sender": "u", "text": "路灯不亮"}, number=f"m{number}").status_code == 201
    assert [bool(one.extra.get("doubt")) for one in Report.objects.order_by("pk")] == [False, True]


def test_a_flood_of_letters_from_one_address_waits_as_doubtful_and_none_is_lost(city, settings):
    settings.REPORTS_PER_DEVICE = 2
    for number in range(3):
        take_letter(letter(Message_ID=f"<{number}@example.org>").as_bytes())
    take_letter(letter(Message_ID="<2@example.org>").as_bytes())  # sent again: not counted again
    take_letter(letter(Message_ID="<other@example.org>", From="han@example.org").as_bytes())
    doubts = [one.extra.get("doubt") for one in Report.objects.order_by("pk")]
    assert [bool(one) for one in doubts] == [False, False, True, False]
