"""Read a Word document as Markdown: steps keep the numbers that Word counts, tables their heads."""

import io
import re
import zipfile
from collections import Counter
from typing import Any

from domain.errors import BadInput

_HEADING = re.compile(r"Heading (\d)")
_CODE = re.compile(r"(?i)\b(?:code|preformatted|listing|verbatim|macro text)\b")
_MOST_STYLES, _DEEPEST = 10, 8
_BULLETS = frozenset({"bullet", "none"})
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def word_as_markdown(content: bytes) -> tuple[str, str]:
    """Return (title, text) with headings, numbered steps, code and tables kept.

    Raises:
        BadInput: It is no Word document.
    """
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput(
            "document refused",
            say="This is no Word document that I can open.",
            next_step="Save it as .docx again.",
        ) from error
    title = str(document.core_properties.title or "")
    numbering = _Numbering(document)
    parts: list[tuple[str, str]] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            parts.append(("table", _table(block)))
            continue
        style = str(block.style.name if block.style else "")
        level = _HEADING.fullmatch(style)
        if style == "Title" and block.text.strip():
            title = title or block.text.strip()
        elif level:
            parts.append(("heading", f"{'#' * int(level[1])} {block.text}"))
        elif _CODE.search(style):
            parts.append(("code", block.text))
        elif mark := numbering.mark_of(block):
            parts.append(("list", f"{mark} {block.text}"))
        else:
            parts.append(("text", block.text))
    return title, _joined([(kind, text) for kind, text in parts if text.strip()])


def _joined(parts: list[tuple[str, str]]) -> str:
    """Put blocks together: steps of one list, and lines of code, stand below each other."""
    lines: list[str] = []
    before = ""
    for kind, text in parts:
        if before == "code" != kind:
            lines.append("```")
        if kind == "code" != before:
            lines += ["", "```"]
        elif kind not in ("list", "code") or kind != before:
            lines.append("")
        lines.append(text)
        before = kind
    return "\n".join([*lines, "```"] if before == "code" else lines).strip()


def _table(table: Any) -> str:
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    rows = [row for row in rows if row]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if len(lines) > 1:
        lines.insert(1, f"|{' --- |' * len(rows[0])}")
    return "\n".join(lines)


class _Numbering:
    """Counts the steps of a document's lists as Word does: the numbers stand nowhere in its text."""

    def __init__(self, document: Any) -> None:  # Any: python-docx gives its elements no types
        self._forms: dict[tuple[str, str], str] = {}
        self._counts: Counter[tuple[str, int]] = Counter()
        part = next(
            (p for p in document.part.package.parts if str(p.partname).endswith("/numbering.xml")), None
        )
        if part is None:
            return
        root = part.element
        abstract = {
            one.get(f"{_W}abstractNumId"): {
                level.get(f"{_W}ilvl"): form.get(f"{_W}val", "")
                for level in one.findall(f"{_W}lvl")
                for form in level.findall(f"{_W}numFmt")
            }
            for one in root.findall(f"{_W}abstractNum")
        }
        for num in root.findall(f"{_W}num"):
            of = num.find(f"{_W}abstractNumId")
            for level, form in abstract.get(of.get(f"{_W}val") if of is not None else "", {}).items():
                self._forms[num.get(f"{_W}numId"), level] = form

    def mark_of(self, paragraph: Any) -> str:
        """Return what stands before a step or item, empty for a paragraph of no list."""
        properties = paragraph._p.find(f"{_W}pPr/{_W}numPr")
        style = paragraph.style
        for _ in range(_MOST_STYLES):  # a style may say that it is based on itself
            if properties is not None or style is None:
                break
            properties = style.element.find(f"{_W}pPr/{_W}numPr")
            style = style.base_style
        if properties is None:
            return ""
        of, at = properties.find(f"{_W}numId"), properties.find(f"{_W}ilvl")
        number = of.get(f"{_W}val") if of is not None else "0"
        told = str(at.get(f"{_W}val")) if at is not None else "0"
        level = min(int(told), _DEEPEST) if told.isdecimal() else 0
        if number == "0":
            return ""
        self._counts[number, level] += 1
        for deeper in [key for key in self._counts if key[0] == number and key[1] > level]:
            del self._counts[deeper]
        form = self._forms.get((number, str(level)), "bullet")
        indent = "   " * level
        return f"{indent}-" if form in _BULLETS else f"{indent}{self._counts[number, level]}."
