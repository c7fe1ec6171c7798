"""Standards from files and into files, by the ending of the file's name."""

from __future__ import annotations

from pathlib import Path

from meicheng.engine.words import Words

from .model import Framework
from .problems import Known, Problem, Where
from .reading import read_yaml
from .sheets import read_xlsx, write_xlsx
from .yaml_files import write_yaml

ENDINGS = (".yaml", ".yml", ".xlsx")
LARGEST = 20_000_000  # bytes; the longest standard shipped has 70,000


def framework_from_file(
    path: str | Path, known: Known | None = None
) -> tuple[Framework | None, list[Problem]]:
    """The standard of a YAML or XLSX file and everything that is wrong with it.

    YAML is read as UTF-8, with or without BOM, else as GB18030. Raises `OSError` where the file
    cannot be opened.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        return None, [
            _about(f"文件名应以 {'、'.join(ENDINGS)} 结尾", f"expected {', '.join(ENDINGS)}")
        ]
    if path.stat().st_size > LARGEST:
        return None, [_about(f"文件超过 {LARGEST} 字节", f"the file is over {LARGEST} bytes")]
    content = path.read_bytes()
    if path.suffix.lower() == ".xlsx":
        return read_xlsx(content, known)
    text = text_of(content)
    if text is None:
        return None, [_about("文字编码应为 UTF-8 或 GB18030", "expected text in UTF-8 or GB18030")]
    return read_yaml(text, known)


def text_of(content: bytes) -> str | None:
    """The text of a file in UTF-8, with or without BOM, else in GB18030; None where it is none."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def framework_to_file(framework: Framework, path: str | Path) -> None:
    """Write a standard as YAML or XLSX. Raises `ValueError` for another ending."""
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise ValueError(f"{path.name}: expected {', '.join(ENDINGS)}")
    if path.suffix.lower() == ".xlsx":
        path.write_bytes(write_xlsx(framework))
    else:
        path.write_text(write_yaml(framework), encoding="utf-8")


def _about(zh: str, en: str) -> Problem:
    return Problem(Where(), Words(zh, en))
