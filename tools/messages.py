"""The words of the interface: `python -m tools.messages check|compile|update`.

Sources carry English; each room keeps its Chinese in its own catalogue,
`src/meicheng/<room>/locale/zh_Hans/LC_MESSAGES/django.po`. `update` collects new words into the
catalogues and drops those no longer used, `compile` makes the .mo files that Django reads (not
committed), `check` names every word that a Chinese or an English reader would not get.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from tools import ROOT, Failed

PACKAGE = ROOT / "src" / "meicheng"
LOCALE = "zh_Hans"
CATALOGUE = Path("locale") / LOCALE / "LC_MESSAGES" / "django.po"
# Babel's way of saying which argument is what: a context ("c"), singular and plural.
CONTEXT = (1, "c")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": (CONTEXT, 2),
    "pgettext_lazy": (CONTEXT, 2),
    "npgettext": (CONTEXT, 2, 3),
    "npgettext_lazy": (CONTEXT, 2, 3),
}
LITERAL = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)")
CHINESE = re.compile(r"[\u3400-\u9fff]")
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->|\{% comment.*?endcomment %\}", re.DOTALL)
PERCENT = re.compile(r"%\((\w+)\)[a-z]|%[sd]")

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Word:
    """One message in the sources: its context, English, plural, and where it stands."""

    context: str | None
    text: str
    plural: str | None
    place: str

    @property
    def key(self) -> Key:
        return (self.context, self.text)


def rooms() -> list[Path]:
    """The folders of the package that have sources of their own."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def words_of(room: Path) -> Iterator[Word]:
    """Every message in a room's Python files and templates, tests aside."""
    for path in sorted(room.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(room).parts):
            yield from words_of_python(path.read_bytes(), str(path.relative_to(ROOT)))
    for path in sorted(room.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt", ".xml"}:
            yield from words_of_template(
                path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
            )


def words_of_python(source: bytes, place: str) -> Iterator[Word]:
    """The messages in Python source."""
    found = extract("python", BytesIO(source), KEYWORDS, options={"encoding": "utf-8"})
    for line, message, _comments, context in found:
        singular, plural = message if isinstance(message, tuple) else (message, None)
        yield Word(context, singular, plural, f"{place}:{line}")


def words_of_template(source: str, place: str) -> Iterator[Word]:
    """The messages in a Django template.

    >>> [w.text for w in words_of_template('{% translate "Save" %}', "a.html")]
    ['Save']
    """
    from django.utils.translation.template import templatize

    shown = templatize(source, origin=place)
    for call in CALL.finditer(shown):
        line = shown.count("\n", 0, call.start()) + 1
        texts = list(ast.literal_eval(f"({call[2]},)"))
        context = texts.pop(0) if "p" in call[1] else None
        plural = texts[1] if call[1].startswith("n") else None
        yield Word(context, texts[0], plural, f"{place}:{line}")


def catalogue_of(room: Path) -> Catalog:
    """A room's catalogue; an empty one where it has none yet."""
    path = room / CATALOGUE
    if not path.exists():
        return Catalog(locale=LOCALE, domain="django", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, abort_invalid=True)


@cache
def words_of_django() -> frozenset[Key]:
    """What Django itself translates (names of languages, form errors)."""
    spec = find_spec("django")
    if spec is None or spec.origin is None:
        raise Failed("Django is not installed; run: make setup")
    known: set[Key] = set()
    package = Path(spec.origin).parent
    # Of the applications, those that settings.py installs: Django reads no other catalogues.
    for part in ["conf", "contrib/auth", "contrib/contenttypes", "contrib/sessions"]:
        with (package / part / "locale" / LOCALE / "LC_MESSAGES" / "django.mo").open("rb") as file:
            known.update(key_of(message) for message in read_mo(file) if message.id)
    return frozenset(known)


def key_of(message: Message) -> Key:
    """The key under which a message is looked up."""
    text = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or None, text)


def texts_of(message: Message) -> list[str]:
    """The translations of a message, one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def placeholders(text: str) -> set[str]:
    """The names that a message fills in, in either of Python's manners.

    >>> sorted(placeholders("%(count)s of {total}"))
    ['count', 'total']
    """
    names = {found[1] or found[0] for found in PERCENT.finditer(text)}
    with suppress(ValueError):  # a single brace is one that is meant
        names |= {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return names


def faults() -> list[str]:
    """Everything in sources and catalogues that leaves a reader without a word."""
    found: list[str] = []
    translated: dict[Key, tuple[str, list[str]]] = {}
    catalogues = {room: catalogue_of(room) for room in rooms()}
    for room, catalogue in catalogues.items():
        for message in catalogue:
            if not message.id:
                continue
            texts = texts_of(message)
            where = f"{room.name}: {message.id!r}"
            if message.fuzzy:
                found.append(f"{where} is marked fuzzy")
            if not all(texts):
                found.append(f"{where} has no translation")
                continue
            english = placeholders(
                " ".join([message.id] if isinstance(message.id, str) else message.id)
            )
            for text in texts:
                if placeholders(text) != english:
                    found.append(f"{where} fills in {sorted(english)}, its translation does not")
            # Django shows the first room's translation in all of them.
            other, theirs = translated.setdefault(key_of(message), (room.name, texts))
            if theirs != texts:
                found.append(f"{where} is {texts[0]!r} here and {theirs[0]!r} in {other}")
    for room in catalogues:
        for word in words_of(room):
            if word.key not in translated and word.key not in words_of_django():
                found.append(f"{word.place}: {word.text!r} is in no catalogue")
            if CHINESE.search(word.text):
                found.append(f"{word.place}: {word.text!r} is Chinese; the message is the English")
        found += chinese_outside(room)
    return sorted(set(found))


def chinese_outside(room: Path) -> list[str]:
    """Chinese written into a template, where English readers would get it too.

    A line that says `lang="zh` means it (the link to the other language).
    """
    found = []
    for path in sorted(room.rglob("templates/**/*.html")):
        source = COMMENT.sub(
            lambda comment: "\n" * comment[0].count("\n"), path.read_text(encoding="utf-8")
        )
        for number, line in enumerate(source.splitlines(), start=1):
            if CHINESE.search(line) and 'lang="zh' not in line:
                found.append(f"{path.relative_to(ROOT)}:{number}: Chinese outside the catalogues")
    return found


def check() -> None:
    """Raise `Failed` with every fault."""
    found = faults()
    if found:
        raise Failed("\n".join([*found, f"{len(found)} faults; `make messages` collects words"]))
    count = sum(len(catalogue_of(room)) for room in rooms())
    print(f"{count} messages are complete in both languages")


def compile_all() -> None:
    """Write the .mo file beside every .po file."""
    count = 0
    for room in rooms():
        path = room / CATALOGUE
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, catalogue_of(room))
            count += 1
    print(f"• translations of {count} rooms")


def update() -> None:
    """Collect each room's words into its catalogue; new ones wait there for a translation."""
    elsewhere = {
        room: {key_of(message) for message in catalogue_of(room) if all(texts_of(message))}
        for room in rooms()
    }
    for room in rooms():
        known = set(words_of_django()).union(*(keys for r, keys in elsewhere.items() if r != room))
        old = catalogue_of(room)
        fresh = Catalog(
            locale=LOCALE,
            domain="django",
            project=old.project,
            version=old.version,
            charset="utf-8",
            fuzzy=False,
            # The file's own, so that a catalogue without new words stays as it is.
            creation_date=old.creation_date,
            revision_date=old.revision_date,
        )
        for word in words_of(room):
            kept = old.get(word.text, word.context)
            if kept is None and word.key in known:
                continue
            text = word.text if word.plural is None else (word.text, word.plural)
            place = word.place.rsplit(":", 1)[0]
            kept_string = kept.string if kept else ""
            fresh.add(text, kept_string, [(place, 0)], context=word.context)
        if len(fresh) == 0 and not (room / CATALOGUE).exists():
            continue
        (room / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
        with (room / CATALOGUE).open("wb") as file:
            write_po(file, fresh, width=100, sort_output=True, include_lineno=False)
        waiting = sum(1 for message in fresh if message.id and not all(texts_of(message)))
        print(f"{room.name}: {len(fresh)} messages, {waiting} without a translation")


if __name__ == "__main__":
    try:
        {"check": check, "compile": compile_all, "update": update}[sys.argv[1]]()
    except Failed as failure:
        sys.exit(str(failure))
