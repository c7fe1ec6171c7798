"""What a file is, by its first bytes; names lie."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from meicheng.tables.kinds import Kind, Refused

from .csv_table import open_csv
from .table import Table

OTHER = [
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "ELF"),
]


def open_table(path: Path, kind: Kind) -> Table:
    """Open a file as rows of cells for this kind. Raises `Refused` for what is no such file."""
    if not path.is_file():
        raise Refused(_("There is no file %(path)s") % {"path": path})
    with path.open("rb") as file:
        start = file.read(512)
    if not start.strip():
        raise Refused(_("The file is empty; expected headings in the first row"))
    if start.startswith(b"PK\x03\x04"):
        from .xlsx_table import open_xlsx

        return open_xlsx(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(_("This is an old Excel file (.xls); save it as .xlsx or CSV"))
    for magic, name in OTHER:
        if start.startswith(magic):
            raise Refused(
                _("This is a %(name)s file; expected CSV, XLSX or GeoJSON") % {"name": name}
            )
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        from .geojson_table import open_geojson

        return open_geojson(path, kind)
    return open_csv(path)
