"""The demo city is made once, made whole, and never in place of a real one."""

from __future__ import annotations

import socket

import pytest

from tools import Failed, demo


@pytest.fixture
def said(tmp_path, monkeypatch):
    """The product's commands as they are asked for, in a folder of its own."""
    words: list[str] = []
    monkeypatch.setattr(demo, "VAR", tmp_path)
    monkeypatch.setattr(demo, "DATABASE", tmp_path / "meicheng.sqlite3")
    monkeypatch.setattr(demo, "MARK", tmp_path / "demo-city")

    def meicheng(*arguments: str) -> None:
        words.append(" ".join(arguments))
        if arguments[0] == "migrate":
            demo.DATABASE.touch()

    monkeypatch.setattr(demo, "meicheng", meicheng)
    return words


def test_the_first_start_makes_the_city_and_the_second_keeps_it(said):
    demo.make_if_absent()
    assert said == ["migrate", "demo make --size small --seed 1"]
    said.clear()
    demo.make_if_absent()
    assert said == ["migrate"]


def test_a_city_whose_making_was_broken_off_is_made_again(said):
    demo.MARK.write_text(demo.UNFINISHED)
    demo.DATABASE.write_text("half")
    demo.make_if_absent()
    assert said == ["migrate", "demo make --size small --seed 1"]
    assert demo.DATABASE.read_text() == ""


def test_a_real_citys_database_is_never_thrown_away(said):
    demo.DATABASE.write_text("real")
    with pytest.raises(Failed, match="left alone"):
        demo.throw_away()
    assert demo.DATABASE.read_text() == "real"


def test_a_taken_port_is_told_with_another_one():
    with socket.socket() as taken:
        taken.bind((demo.HOST, 0))
        taken.listen()
        with pytest.raises(Failed, match="choose another"):
            demo.need_port(taken.getsockname()[1])
