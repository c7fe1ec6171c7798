"""A standard of three criteria that need documents, and documents to file for them."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from django.utils import timezone

from meicheng.files.documents import store_document
from meicheng.materials.actions import file_material
from meicheng.places.time import city_day
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Item


@pytest.fixture
def today():
    return city_day(timezone.now())


@pytest.fixture
def papers(city):
    """100 marks: 1.1 (60) needs plan and records, 1.2 (30) the plan, 1.3 (10) minutes of 12 months."""

    def leaf(code, weight, needs, **rule):
        return {
            "code": code,
            "name": {"zh": f"材料{code}", "en": f"Papers {code}"},
            "weight": weight,
            "method": "document",
            "rule": {"kind": "materials", "needs": needs, **rule},
            "lead": "urban-management",
        }

    return save_framework(
        {
            "framework": "papers",
            "edition": "1",
            "name": {"zh": "材料标准", "en": "Standard of papers"},
            "full_marks": 100,
            "official": False,
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "全部", "en": "All"},
                    "weight": 1,
                    "criteria": [
                        leaf("1.1", 60, ["plan", "records"]),
                        leaf("1.2", 30, ["plan"]),
                        leaf("1.3", 10, ["meeting_minutes"], dated_within_months=12),
                    ],
                }
            ],
        }
    )


@pytest.fixture
def items(papers):
    """`items("1.1/plan", …)`: what a document is filed for."""
    return lambda *codes: [Item.objects.get(code=f"papers/{code}") for code in codes]


def pdf(words: str = "方案", size: int = 0) -> io.BytesIO:
    """What a PDF begins with, made different by its words."""
    found = io.BytesIO(b"%PDF-1.7\n" + words.encode() + b"\0" * size)
    found.name = "plan.pdf"
    return found


def office(folder: str, *more: str, name: str = "plan.docx") -> io.BytesIO:
    """An archive as Office writes them."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for path in (folder, *more):
            archive.writestr(path, "x")
    found.seek(0)
    found.name = name
    return found


@pytest.fixture
def unit(city):
    return city.unit("urban-management", "LC")


@pytest.fixture
def worker(city):
    return city.user("unit-worker")


@pytest.fixture
def reviewer(city):
    return city.user("verifier")


@pytest.fixture
def file(items, unit, worker):
    """File a document of the unit: `file("1.1/plan", words="…", dated=…)`."""
    count = iter(range(1000))

    def send(*codes, words="方案", dated=date(2026, 3, 1), **said):
        number = next(count)
        options = {
            "unit": unit,
            "items": items(*codes),
            "file": store_document(pdf(words), by=worker, name="plan.pdf"),
            "file_name": "plan.pdf",
            "title": "2026 年工作方案",
            "dated": dated,
            "year": 2026,
            "key": f"k{number}",
            **said,
        }
        return file_material(
            said.pop("by", worker), **{k: v for k, v in options.items() if k != "by"}
        )

    return send
