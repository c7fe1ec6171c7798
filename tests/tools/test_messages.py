"""Words that one of the two readers would not get."""

from __future__ import annotations

import pytest

from tools import messages

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two rooms; `write(room, **files)` fills one."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "PACKAGE", tmp_path)

    def write(room, *, python="", html="", po=""):
        folder = tmp_path / room
        (folder / "templates" / room).mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "views.py").write_text(python, encoding="utf-8")
        (folder / "templates" / room / "page.html").write_text(html, encoding="utf-8")
        if po:
            path = folder / messages.CATALOGUE
            path.parent.mkdir(parents=True)
            path.write_text(HEADER + po, encoding="utf-8")

    return write


def test_words_translated_in_python_and_templates_are_complete(package):
    package(
        "cases",
        python='gettext("Close")\npgettext_lazy("state", "Open")\n',
        html="{% load i18n %}{% translate 'Save' %}"
        "{% blocktranslate trimmed count n=n %}\n  {{ n }} case\n{% plural %}\n  {{ n }} cases\n"
        "{% endblocktranslate %}",
        po='msgid "Close"\nmsgstr "结案"\n\nmsgctxt "state"\nmsgid "Open"\nmsgstr "未结"\n\n'
        'msgid "Save"\nmsgstr "保存"\n\n'
        'msgid "%(n)s case"\nmsgid_plural "%(n)s cases"\nmsgstr[0] "%(n)s 件"\n',
    )
    assert messages.faults() == []


def test_a_word_of_the_sources_that_no_catalogue_has_is_named(package):
    package("cases", python='x = 1\ngettext("Dispatch now")\n')
    assert messages.faults() == ["cases/views.py:2: 'Dispatch now' is in no catalogue"]


def test_words_of_another_room_and_of_django_serve_too(package):
    package("places", python='gettext("Site")', po='msgid "Site"\nmsgstr "点位"\n')
    package("cases", python='gettext("Site"); gettext("This field is required.")')
    assert messages.faults() == []


@pytest.mark.parametrize(
    ("po", "fault"),
    [
        ('#, fuzzy\nmsgid "Close"\nmsgstr "结案"\n', "fuzzy"),
        ('msgid "Close"\nmsgstr ""\n', "no translation"),
        ('msgid "Close"\nmsgstr "结案 %(n)s"\n', "fills in"),
    ],
)
def test_a_catalogue_entry_that_cannot_be_shown_is_named(package, po, fault):
    package("cases", python='gettext("Close")', po=po)
    assert any(fault in found for found in messages.faults())


def test_one_word_with_two_translations_is_named(package):
    package("cases", python='gettext("Close")', po='msgid "Close"\nmsgstr "结案"\n')
    package("voices", python='gettext("Close")', po='msgid "Close"\nmsgstr "关闭"\n')
    assert messages.faults() == ["voices: 'Close' is '关闭' here and '结案' in cases"]


def test_chinese_in_a_template_is_named_where_an_english_reader_would_get_it(package):
    package("cases", html='<p>结案</p>\n{# 说明 #}<a lang="zh-Hans">中文</a>\n')
    assert messages.faults() == [
        "cases/templates/cases/page.html:1: Chinese outside the catalogues"
    ]


def test_collecting_keeps_translations_and_leaves_new_words_open(package, tmp_path):
    package(
        "cases",
        python='gettext("Close"); gettext("Redo")',
        po='msgid "Close"\nmsgstr "结案"\n\nmsgid "Gone"\nmsgstr "旧词"\n',
    )
    messages.update()
    catalogue = messages.catalogue_of(tmp_path / "cases")
    assert {m.id: m.string for m in catalogue if m.id} == {"Close": "结案", "Redo": ""}
