"""The documents: `python -m tools.documents build|check`.

`docs/settings.md` is written from the settings themselves, and the pages in `site/` from every
Markdown file, with one more that lists the columns of every kind of file. `check` refuses a link
that leads nowhere, a table of settings that is behind, and a document that cannot be built.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tools import ROOT, Failed

SITE = ROOT / "site"
SETTINGS = ROOT / "docs" / "settings.md"
COLUMNS = Path("docs") / "columns.md"
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>body{{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.6 sans-serif}}
pre,table{{overflow:auto;display:block}}td,th{{padding:.2rem .6rem;text-align:left}}
img{{max-width:100%}}</style></head>
<body>{body}</body></html>
"""


def documents() -> list[Path]:
    """Every Markdown file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(ROOT / line for line in set(done.stdout.splitlines()) if (ROOT / line).exists())


def links(text: str) -> Iterator[str]:
    """The targets of a document's links and pictures, code left aside."""
    from markdown_it import MarkdownIt

    for block in MarkdownIt("commonmark").enable("table").parse(text):
        for part in block.children or []:
            target = part.attrGet("href") if part.type == "link_open" else part.attrGet("src")
            if target:
                yield str(target)


def anchors(text: str) -> set[str]:
    """The names under which a document's headings can be linked to.

    >>> sorted(anchors("# The loop\\n\\n## What is it?"))
    ['the-loop', 'what-is-it']
    """
    names: set[str] = set()
    for heading in HEADING.findall(CODE.sub("", text)):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        names.add(plain.strip().replace(" ", "-"))
    return names


def dead_links() -> list[str]:
    """Every link to a file or heading of ours that is not there."""
    dead = []
    for document in documents():
        text = document.read_text(encoding="utf-8")
        for target in links(text):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("/"):
                continue
            path = (document.parent / unquote(parts.path)).resolve() if parts.path else document
            where = f"{document.relative_to(ROOT)}: {target}"
            if not path.exists():
                dead.append(f"{where} leads nowhere")
            elif parts.fragment and path.suffix == ".md":
                named = anchors(path.read_text(encoding="utf-8"))
                if unquote(parts.fragment) not in named:
                    dead.append(f"{where}: no such heading")
    return dead


def settings_table() -> str:
    """docs/settings.md, from the settings that the product declares."""
    settings = from_product(
        "import meicheng.project.settings;"
        "from meicheng.project.environment import SETTINGS;"
        "said = [[s.name, s.default, s.meaning] for s in SETTINGS]"
    )
    rows = [
        f"| `{name}` | {f'`{default}`' if default else '–'} | {meaning} |"
        for name, default, meaning in settings
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Settings come from the environment. With none set, Meicheng keeps an SQLite database and its",
            "files under `var/` and serves this machine only. `meicheng check --deploy` says what a",
            "production start lacks. This table is written by `make docs`.",
            "",
            "| variable | when unset | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def columns_table() -> str:
    """The columns of every kind of file that the rooms declare."""
    kinds = from_product(
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'meicheng.project.settings';"
        "import django; django.setup();"
        "from django.utils.translation import override;"
        "from meicheng.tables.kinds import all_kinds;"
        "say = lambda words, code: (override(code).__enter__(), str(words))[1];"
        "said = [[k.code, say(k.label, 'en'), say(k.label, 'zh-hans'), [[c.name, say(c.label, 'en'),"
        " say(c.label, 'zh-hans'), c.required, c.example] for c in k.columns]]"
        " for k in all_kinds().values()]"
    )
    lines = [
        "# Columns of files · 文件的列",
        "",
        "What `meicheng import KIND FILE` reads and `meicheng export KIND FILE` writes, in this order; a",
        "heading may be the name, or the label in either language. [How to import](importing.md) tells the",
        "rest.",
    ]
    for code, english, chinese, columns in kinds:
        lines += ["", f"## {code}", "", f"{english} · {chinese}", ""]
        lines += ["| name | label | 标签 | needed | example |", "| --- | --- | --- | --- | --- |"]
        for name, label, zh, required, example in columns:
            shown = f"`{example}`" if example else ""
            lines.append(f"| `{name}` | {label} | {zh} | {'yes' if required else ''} | {shown} |")
    return "\n".join([*lines, ""])


def from_product(code: str) -> Any:
    """What a piece of code leaves in `said`, run with the product and no setting of the user's."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MEICHENG_") and name != "DATABASE_URL"
        }
        done = subprocess.run(
            [sys.executable, "-c", f"{code}; import json; print(json.dumps(said))"],
            cwd=folder,
            env={**kept, "MEICHENG_VAR": folder},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout)


def build_site(site: Path, made: Mapping[Path, str] | None = None) -> int:
    """Write every document, and those made just now, as a page into `site`; their number."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    shutil.rmtree(site, ignore_errors=True)
    texts = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in documents()}
    texts.update(made or {})
    for name, text in texts.items():
        body = re.sub(r'(href="(?!\w+:)[^"#]*)\.md(["#])', r"\1.html\2", markdown.render(text))
        title = HEADING.search(text)
        target = site / name.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        lang = "zh-CN" if ".zh" in name.name else "en"
        page = PAGE.format(
            lang=lang, title=html.escape(title[1] if title else name.stem), body=body
        )
        target.write_text(page, encoding="utf-8")
        for picture in links(text):
            source = (ROOT / name).parent / unquote(picture)
            if source.suffix in {".png", ".jpg", ".svg"} and source.exists():
                copy = target.parent / unquote(picture)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
    return len(texts)


def build() -> None:
    """Write docs/settings.md and the pages."""
    SETTINGS.write_text(settings_table(), encoding="utf-8")
    print(f"{build_site(SITE, {COLUMNS: columns_table()})} pages in {SITE.relative_to(ROOT)}/")


def check() -> None:
    """Raise `Failed` with what is wrong in the documents."""
    found = dead_links()
    if SETTINGS.read_text(encoding="utf-8") != settings_table():
        found.append("docs/settings.md is behind the settings; run: make docs")
    if found:
        raise Failed("\n".join(found))
    with tempfile.TemporaryDirectory() as folder:
        print(
            f"{build_site(Path(folder) / 'site', {COLUMNS: columns_table()})} documents build, their links lead somewhere"
        )


if __name__ == "__main__":
    try:
        {"build": build, "check": check}[sys.argv[1]]()
    except Failed as failure:
        sys.exit(str(failure))
