"""The documents: `python -m tools.documents build|check`.

`docs/settings.md` is written from the settings themselves, and the pages in `site/` from every
Markdown file. `check` refuses a link that leads nowhere, a table of settings that is behind, and a
document that cannot be built.
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
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools import ROOT, Failed

SITE = ROOT / "site"
SETTINGS = ROOT / "docs" / "settings.md"
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
    with tempfile.TemporaryDirectory() as folder:
        code = (
            "import json; import meicheng.project.settings;"
            "from meicheng.project.environment import SETTINGS;"
            "print(json.dumps([[s.name, s.default, s.meaning] for s in SETTINGS]))"
        )
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MEICHENG_") and name != "DATABASE_URL"
        }
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**kept, "MEICHENG_VAR": folder},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    rows = [
        f"| `{name}` | {f'`{default}`' if default else '–'} | {meaning} |"
        for name, default, meaning in json.loads(done.stdout)
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


def build_site(site: Path) -> int:
    """Write every document as a page into `site`; their number."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    shutil.rmtree(site, ignore_errors=True)
    count = 0
    for document in documents():
        text = document.read_text(encoding="utf-8")
        body = re.sub(r'(href="(?!\w+:)[^"#]*)\.md(["#])', r"\1.html\2", markdown.render(text))
        title = HEADING.search(text)
        target = site / document.relative_to(ROOT).with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        lang = "zh-CN" if ".zh" in document.name else "en"
        page = PAGE.format(
            lang=lang, title=html.escape(title[1] if title else document.stem), body=body
        )
        target.write_text(page, encoding="utf-8")
        for picture in links(text):
            source = document.parent / unquote(picture)
            if source.suffix in {".png", ".jpg", ".svg"} and source.exists():
                copy = target.parent / unquote(picture)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
        count += 1
    return count


def build() -> None:
    """Write docs/settings.md and the pages."""
    SETTINGS.write_text(settings_table(), encoding="utf-8")
    print(f"{build_site(SITE)} pages in {SITE.relative_to(ROOT)}/")


def check() -> None:
    """Raise `Failed` with what is wrong in the documents."""
    found = dead_links()
    if SETTINGS.read_text(encoding="utf-8") != settings_table():
        found.append("docs/settings.md is behind the settings; run: make docs")
    if found:
        raise Failed("\n".join(found))
    with tempfile.TemporaryDirectory() as folder:
        print(f"{build_site(Path(folder) / 'site')} documents build, their links lead somewhere")


if __name__ == "__main__":
    try:
        {"build": build, "check": check}[sys.argv[1]]()
    except Failed as failure:
        sys.exit(str(failure))
