"""Reports that come by mail and from messaging apps."""

import base64
import io
import json
import sys
import time
from email.message import EmailMessage
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from meicheng.notices.webhooks.signing import headers
from meicheng.organisation.personal import unseal
from meicheng.voices import commands
from meicheng.voices.checking import BadReport
from meicheng.voices.mailing import read_letter, take_letter
from meicheng.voices.models import Report
from meicheng.voices.personal import erase_contact

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


def test_all_words_and_pictures_of_a_letter_are_taken_wherever_they_stand(city, client):
    said = MIMEMultipart("mixed")  # as a telephone writes it: words, a picture, words
    said["From"], said["Message-ID"] = "a@example.org", "<1@x>"
    rich = MIMEMultipart("alternative")
    rich.attach(MIMEText("杏川东社区的垃圾", "plain", "utf-8"))
    shown = MIMEMultipart("related")
    shown.attach(MIMEText("<p>杏川东社区的垃圾<img src='cid:1'></p>", "html", "utf-8"))
    shown.attach(MIMEImage(city.jpeg().read(), name="a.jpg"))
    rich.attach(shown)
    for part in (rich, MIMEText("三天没人收了", "plain", "utf-8"), MIMEText("x", _charset="utf-8")):
        said.attach(part)
    said.get_payload()[-1].add_header("Content-Disposition", "attachment", filename="清单.txt")
    report = take_letter(said.as_bytes())
    assert report.body == "杏川东社区的垃圾\n三天没人收了"
    assert report.photos.count() == 1
    client.force_login(city.user("dispatcher"))
    assert "清单.txt" in client.get(f"/reports/{report.code}/").content.decode(), "the desk is told"


@pytest.mark.parametrize(
    ("head", "email"),
    [
        ("From: 张三 <张三@例子.中国>", False),
        ('From: "a b"@example.org', False),
        ("From: =:?utf-8?b?5p2O?= <lilei;@example.org>", False),
        ("From: =?utf-8?b?5p2OLCDpm7c=?= <lilei@example.org>", True),
        ("From: lilei@example.org\nContent-Type: text/plain; charset=utf-\0x", True),
        ("From: lilei@example.org\nContent-Type: multipart/mixed; boundary==?utf-8?b?1?=", True),
    ],
)
def test_a_letter_whose_heads_are_not_in_order_is_taken_by_its_words(city, head, email):
    report = take_letter(f"{head}\nSubject: 路灯\n\n杏川东社区路灯不亮".encode())
    assert (report.subject, report.body) == ("路灯", "杏川东社区路灯不亮")
    assert bool(report.email_sealed) == email, "answered where an answer can be sent"


def test_a_letter_that_is_too_long_is_not_cut_and_its_sender_is_told(city):
    with pytest.raises(BadReport, match="5000"):
        take_letter(letter("灯" * 5001).as_bytes())
    assert not Report.objects.exists()


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


def test_a_letter_that_cannot_be_written_now_stays_with_the_mail_server(city, monkeypatch, capsys):
    def full(*_what, **_how):
        raise OSError("No space left on device")

    monkeypatch.setattr("meicheng.voices.mailing.store_photo", full)
    message = letter()
    message.add_attachment(city.jpeg().read(), maintype="image", subtype="jpeg", filename="a.jpg")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(message.as_bytes())))
    assert commands._mail_in(None) == 75
    assert not Report.objects.exists()


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


def test_a_message_from_an_app_is_taken_once_and_answered_with_its_code(bridge, city, client):
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
    client.force_login(city.user("dispatcher"))
    assert "https://example.org/1.jpg" in client.get(f"/reports/{report.code}/").content.decode()


def test_who_took_her_name_back_is_not_named_again_by_a_message_that_comes_twice(bridge, settings):
    settings.REPORTS_PER_DEVICE = 1
    said = {"sender": "openid-77", "text": "路灯不亮"}
    bridge(said)
    erase_contact(Report.objects.get())
    for _time in range(3):  # not counted again either
        assert bridge(said).status_code == 201
    report = Report.objects.get()
    assert (report.reporter, report.extra.get("doubt")) == ("", None)


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
        {"text": "灯不亮", "photos": ["%%"]}, {"text": "灯不亮", "links": ["a\0b"]},
        {"text": "灯不亮", "photos": ["A" * 4_200_000]},
        {"text": "灯不亮", "photos": [base64.b64encode(b"PK\x03\x04").decode()]},
        {"text": "灯不亮", "position": {"longitude": 2.35, "latitude": 48.86, "crs": "wgs84"}},
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_and_nothing_changes(bridge, city, said):
    answer = bridge(said)
    assert answer.status_code in {400, 413, 422}
    assert answer.json()["error"]
    assert not Report.objects.exists()


def test_a_number_that_cannot_be_kept_whole_is_refused(bridge, city):
    assert bridge({"text": "路灯不亮"}, number="n" * 80).status_code == 201
    answer = bridge({"text": "垃圾没人收"}, number="n" * 81)
    assert (answer.status_code, "80" in answer.json()["error"]) == (401, True)


def test_a_flood_from_one_sender_waits_as_doubtful(bridge, city, settings):
    settings.REPORTS_PER_DEVICE = 1
    for number, sender in enumerate(["u", "u", "", ""]):
        said = {"sender": sender, "text": "路灯不亮"}
        assert bridge(said, number=f"m{number}").status_code == 201
    doubts = [bool(one.extra.get("doubt")) for one in Report.objects.order_by("pk")]
    assert doubts == [False, True, False, False], "whoever is not named is nobody's flood"


def test_a_flood_of_letters_from_one_address_waits_as_doubtful_and_none_is_lost(city, settings):
    settings.REPORTS_PER_DEVICE = 2
    for number in range(3):
        take_letter(letter(Message_ID=f"<{number}@example.org>").as_bytes())
    take_letter(letter(Message_ID="<2@example.org>").as_bytes())  # sent again: not counted again
    take_letter(letter(Message_ID="<other@example.org>", From="han@example.org").as_bytes())
    doubts = [one.extra.get("doubt") for one in Report.objects.order_by("pk")]
    assert [bool(one) for one in doubts] == [False, False, True, False]
