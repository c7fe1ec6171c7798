"""A wheel that lacks a part of the product."""

from __future__ import annotations

import zipfile

import pytest

from tools import Failed, wheel


def pack(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return path


def test_a_whole_wheel_passes(tmp_path, capsys):
    wheel.check(pack(tmp_path / "meicheng-1.whl", wheel.needed()))
    assert "files" in capsys.readouterr().out


@pytest.mark.parametrize(
    "part",
    [
        "meicheng/static/built/main.js",
        "meicheng/cases/locale/zh_Hans/LC_MESSAGES/django.mo",
        "meicheng/console/templates/console/base.html",
        "meicheng/data/frameworks/sanitary-city-2021.yaml",
    ],
)
def test_a_wheel_without_a_part_is_named_with_the_part(tmp_path, part):
    names = [name for name in wheel.needed() if name != part]
    with pytest.raises(Failed, match=part):
        wheel.check(pack(tmp_path / "meicheng-1.whl", names))


def test_a_wheel_that_carries_tests_is_refused(tmp_path):
    names = [*wheel.needed(), "meicheng/cases/tests/test_cases.py"]
    with pytest.raises(Failed, match="carries tests"):
        wheel.check(pack(tmp_path / "meicheng-1.whl", names))


def test_two_wheels_in_one_folder_are_one_too_many(tmp_path):
    for version in "12":
        pack(tmp_path / f"meicheng-{version}.whl", [])
    with pytest.raises(Failed, match="holds 2 wheels"):
        wheel.wheel_in(tmp_path)
