"""Locks that would let a server's name or an unchecked package in."""

from __future__ import annotations

import json

import pytest

from tools.locks import faults_of_package_lock, faults_of_requirements

GOOD = "django==5.2 ; python_version > '3' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


def test_a_pinned_package_with_hashes_is_fine():
    assert faults_of_requirements("a.txt", GOOD) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("--extra-index-url https://a.example/simple\n", "names a place"),
        ("-f /opt/wheels\n", "names a place"),
        ("django @ https://a.example/d.whl --hash=sha256:aa\n", "names a place"),
        ("django==5.2\n", "no hash"),
        ("django>=5.2 --hash=sha256:aa\n", "not pinned"),
    ],
)
def test_a_line_that_must_not_be_there_is_named(line, fault):
    (found,) = faults_of_requirements("a.txt", GOOD + line)
    assert fault in found


def test_a_download_address_in_the_package_lock_is_named():
    lock = {"packages": {"": {}, "node_modules/a": {"resolved": "https://a.example/a.tgz"}}}
    assert faults_of_package_lock(json.dumps(lock)) == [
        "package-lock.json: node_modules/a has a download address",
        "package-lock.json: node_modules/a has no integrity hash",
    ]
