"""Pages for import and export: send a file, see how it is understood, start it, what became of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.organisation.permissions import NotAllowed, scope
from meicheng.organisation.who import user_of
from meicheng.tables.kinds import Filters, Kind, Refused, all_kinds, kind_of

from . import actions, guessing, keeping, queries
from .mapping import CRS, names_for, shipped
from .models import ImportRun, Mapping
from .writing import export_file, write_template

FORMS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "yaml": "application/yaml",
}
LONGEST_MAPPING = 100_000


@login_required
@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Send a file; what was imported before; what can be exported."""
    user = user_of(request)
    kinds = actions.kinds_for(user)
    exports = actions.kinds_for(user, export=True)
    if not kinds and not exports:
        raise NotAllowed(_("Files are imported by the creation office, accounts by administrators"))
    problem = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise Refused(_("Choose a file: CSV, XLSX or GeoJSON"))
            run = actions.send_file(upload, kind=request.POST.get("kind", ""), by=user)
        except Refused as refused:
            problem = str(refused)
        else:
            return redirect("exchange:run", run.pk)
    page = request.GET.get("page", "1")
    context = {
        "kinds": kinds,
        "exports": [one for kind in exports for one in _offers(kind)],
        "chosen": request.POST.get("kind") or request.GET.get("kind", ""),
        "problem": problem,
        "runs": queries.runs_of(user, int(page) if page.isdecimal() else 1),
    }
    return render(request, "exchange/imports.html", context, status=400 if problem else 200)


@login_required
@require_GET
@never_cache
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how its file is understood, how far it is, what became of it."""
    found, kind = _run(request, pk)
    context: dict[str, Any] = {
        "run": found,
        "kind": kind,
        "busy": actions.is_busy(found),
        "lost": found.state in {"waiting", "running"} and not actions.is_busy(found),
        "kept": keeping.sent_file(found).exists(),
        "has_errors": found.rejected > 0 and keeping.errors_file(found).exists(),
    }
    if context["kept"] and not context["busy"]:
        context["preview"] = queries.preview(found)
    if kind.document is None:
        context["mappings"] = names_for(kind)
        context["systems"] = CRS if kind.has_positions else ()
    if found.state == ImportRun.State.DONE:
        context["rejected"] = found.rejected_rows.all()[:100]
    return render(request, "exchange/run.html", context)


@login_required
@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file by another mapping or coordinate system."""
    found, _kind = _run(request, pk)
    try:
        actions.choose(
            found,
            mapping=request.POST.get("mapping", ""),
            crs=request.POST.get("crs", ""),
            by=user_of(request),
        )
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("exchange:run", pk)


@login_required
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the worker check or import the file."""
    found, _kind = _run(request, pk)
    try:
        actions.start(found, check_only=request.POST.get("what") == "check", by=user_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("exchange:run", pk)


@login_required
@require_GET
@never_cache
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a run is, for the page that waits; when it has ended the page is asked to reload."""
    found, _kind = _run(request, pk)
    answer = render(request, "exchange/progress.html", {"run": found})
    if not actions.is_busy(found):
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_GET
def errors(request: HttpRequest, pk: int) -> FileResponse:
    """The file as it was sent, with a column that says what is wrong in each row."""
    found, _kind = _run(request, pk)
    path = keeping.errors_file(found)
    if not path.exists():
        raise Http404(_("The file with what is wrong is kept for a week"))
    name = f"{Path(found.file_name).stem}-errors{path.suffix}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@login_required
@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which column of the file is which of ours, and keep that under a name."""
    found, kind = _run(request, pk)
    headings = queries.headings_of(found)
    if kind.document is not None or not headings:
        messages.error(request, _("The headings of this file cannot be read"))
        return redirect("exchange:run", pk)
    problem = ""
    if request.method == "POST":
        try:
            name = request.POST.get("name", "").strip()
            document = _document(request, kind, name)
            actions.save_mapping(name, kind, document, by=user_of(request))
            actions.choose(found, mapping=name, crs="", by=user_of(request))
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, _("The mapping “%(name)s” is kept") % {"name": name})
            return redirect("exchange:run", pk)
    return render(
        request,
        "exchange/mapping.html",
        _mapping_context(request, found, kind, headings, problem),
        status=400 if problem else 200,
    )


def _document(request: HttpRequest, kind: Kind, name: str) -> dict[str, Any]:
    """The mapping that was sent: as YAML, or as choices. Raises `Refused`."""
    sent = request.POST
    written = sent.get("yaml", "")
    if sent.get("as") == "yaml":
        if len(written) > LONGEST_MAPPING:
            raise Refused(_("The mapping is too long"))
        try:
            document = yaml.safe_load(written)
        except yaml.YAMLError as error:
            raise Refused(_("This is no YAML: %(why)s") % {"why": error}) from None
        if not isinstance(document, dict):
            raise Refused(
                _("A mapping needs “columns”: for each of our columns, where it comes from")
            )
        return document
    names = kind.names
    fixed = {column: sent.get(f"fixed-{column}", "").strip() for column in names}
    if "source_system" in names and not (fixed["source_system"] or sent.get("from-source_system")):
        fixed["source_system"] = name  # so that numbers of two sources are never confused
    return guessing.document_from(
        kind,
        {column: sent.get(f"from-{column}", "") for column in names},
        fixed,
        dates=[part.strip() for part in sent.get("dates", "").splitlines() if part.strip()],
        time_zone=sent.get("time_zone", "").strip(),
        crs=sent.get("crs", ""),
        lenient=set(sent.getlist("lenient")),
    )


def _mapping_context(
    request: HttpRequest, found: ImportRun, kind: Kind, headings: list[str], problem: str
) -> dict[str, Any]:
    sent = request.POST if request.method == "POST" else None
    guessed = guessing.guess(kind, headings)
    examples = queries.examples_of(found)
    before = _before(found, kind)
    rows = []
    for column in kind.columns:
        if column.name in {"crs", "outline", "extra"}:
            continue
        chosen = sent.get(f"from-{column.name}", "") if sent else guessed.get(column.name, "")
        rows.append(
            {
                "column": column,
                "chosen": chosen,
                "fixed": sent.get(f"fixed-{column.name}", "") if sent else "",
                "example": examples.get(chosen, ""),
            }
        )
    return {
        "run": found,
        "kind": kind,
        "rows": rows,
        "headings": [(heading, examples.get(heading, "")) for heading in headings],
        "systems": CRS if kind.has_positions else (),
        "problem": problem,
        "sent": sent or {},
        "lenient": set(sent.getlist("lenient")) if sent else set(),
        "yaml": (sent.get("yaml") if sent else None)
        or yaml.safe_dump(before, allow_unicode=True, sort_keys=False),
        "as_yaml": bool(sent and sent.get("as") == "yaml"),
    }


def _before(found: ImportRun, kind: Kind) -> dict[str, Any]:
    """The mapping that the run uses now, as something to start from."""
    if found.mapping in shipped():
        part: dict[str, Any] = shipped()[found.mapping]["kinds"].get(kind.code, {})
        return part
    own = Mapping.objects.filter(name=found.mapping, kind=kind.code).first()
    if own is not None:
        return dict(own.document)
    return {"columns": guessing.guess(kind, queries.headings_of(found))}


@login_required
@require_GET
def template(request: HttpRequest, code: str, form: str) -> FileResponse:
    """An empty file to fill in."""
    kind = _kind(code)
    actions.allow_import(user_of(request), kind)
    if form not in {"csv", "xlsx"} or kind.document is not None:
        raise Http404
    return _sent(lambda path: write_template(kind, path), f"{code}-template.{form}", form)


@login_required
@require_GET
def export(request: HttpRequest, code: str, form: str) -> HttpResponse | FileResponse:
    """All rows of a kind that whoever asks may export; filters are named in the first row."""
    kind = _kind(code)
    user = user_of(request)
    where = scope(user, kind.export_permission)
    if not where.whole_city and not where.paths:
        raise NotAllowed(_("%(who)s may not export “%(kind)s”") % {"who": user, "kind": kind.label})
    if form not in _forms(kind):
        raise Http404
    words = {name: request.GET[name] for name in request.GET if request.GET[name]}
    filters = Filters(paths=None if where.whole_city else where.paths, words=words)
    try:
        return _sent(lambda path: export_file(kind, path, filters), f"{code}.{form}", form)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("exchange:imports")


def _sent(write: Any, name: str, form: str) -> FileResponse:
    """A file that is written now and sent, and is gone after."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        file = path.open("rb")  # stays readable when the folder is gone
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMS[form])


def _forms(kind: Kind) -> list[str]:
    """The forms in which a kind can be exported."""
    if kind.document is not None:
        return ["yaml", "xlsx"]
    return ["xlsx", "csv", *(["geojson"] if kind.geometry else [])]


def _offers(kind: Kind) -> list[dict[str, Any]]:
    """What of a kind can be exported: all of it, or each of its documents."""
    if kind.document is None:
        return [{"label": kind.label, "code": kind.code, "forms": _forms(kind), "query": ""}]
    return [
        {
            "label": label,
            "code": kind.code,
            "forms": _forms(kind),
            "query": "?" + urlencode(filters),
        }
        for label, filters in kind.document.names()
    ]


def _kind(code: str) -> Kind:
    if code not in all_kinds():
        raise Http404
    return kind_of(code)


def _run(request: HttpRequest, pk: int) -> tuple[ImportRun, Kind]:
    """A run whose kind whoever asks may import."""
    found = get_object_or_404(ImportRun.objects.select_related("by"), pk=pk)
    kind = kind_of(found.kind)
    actions.allow_import(user_of(request), kind)
    return found, kind
