"""Another system files a document, a reviewer's system accepts it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from meicheng.materials.models import Filing
from meicheng.standards.actions import save_framework

PDF = b"%PDF-1.7 plan"


@pytest.fixture
def papers(city):
    return save_framework(
        {
            "framework": "papers",
            "edition": "1",
            "name": {"zh": "材料标准", "en": "Papers"},
            "full_marks": 100,
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "全部", "en": "All"},
                    "weight": 1,
                    "criteria": [
                        {
                            "code": "1.1",
                            "name": {"zh": "方案", "en": "Plan"},
                            "weight": 1,
                            "method": "document",
                            "rule": {"kind": "materials", "needs": ["plan", "records"]},
                            "lead": "urban-management",
                        }
                    ],
                }
            ],
        }
    )


@pytest.fixture
def send(client):
    """Send a document as a form of several parts."""

    def post(caller, key="k", content=PDF, **said):
        fields = {
            "unit": "urban-management-LC",
            "item": ["papers/1.1/plan"],
            "title": "Plan",
            "dated": "2026-03-01",
            "document": SimpleUploadedFile("plan.pdf", content),
            **said,
        }
        headers = {
            "Authorization": f"Bearer {caller.key}",
            "Idempotency-Key": key,
            "Accept-Language": "en",
        }
        return client.post("/api/v1/filings", fields, headers=headers)

    return post


def test_a_document_is_filed_once_reviewed_and_read_back(call, papers, send):
    unit, reviewer = call("unit-worker"), call("verifier")
    made = send(unit)
    assert made.status_code == 201
    code = made.json()["code"]
    assert send(unit).json() == made.json()
    assert send(unit, content=b"%PDF-1.7 other").status_code == 409
    assert Filing.objects.count() == 1
    found = reviewer.get("/materials/papers?division=LC&year=2026").json()
    assert [(one["item"], one["state"]) for one in found["items"]] == [
        ("papers/1.1/plan", "filed"), ("papers/1.1/records", "missing")
    ]  # fmt: skip
    done = reviewer.post(f"/filings/{code}/review", {"verdict": "accept"})
    assert done.status_code == 200
    assert reviewer.get(f"/filings/{code}").json()["uses"][0]["state"] == "accepted"
    document = reviewer.get(f"/filings/{code}/document")
    assert b"".join(document.streaming_content) == PDF


def test_what_cannot_be_filed_says_why_and_files_nothing(call, papers, send):
    unit = call("unit-worker")
    for status, wrong in (
        (415, {"content": b"MZ"}), (404, {"unit": "nobody"}), (404, {"item": ["papers/9/plan"]}),
        (422, {"dated": "soon"}), (422, {"title": " "}), (409, {"dated": "2099-01-01"}),
    ):  # fmt: skip
        assert send(unit, key=str(wrong), **wrong).status_code == status
    assert send(call("inspector"), key="i").status_code == 403
    assert not Filing.objects.exists()


def test_a_return_without_a_reason_and_ones_own_are_refused(call, papers, send):
    code = send(call("unit-worker")).json()["code"]
    reviewer = call("verifier")
    assert reviewer.post(f"/filings/{code}/review", {"verdict": "return"}).status_code == 409
    own = send(call("creation-office"), key="own").json()["code"]
    assert call("creation-office").post(
        f"/filings/{own}/review", {"verdict": "accept"}
    ).status_code == 403  # fmt: skip
    assert call("unit-worker").get("/filings/CL-1").status_code == 404
