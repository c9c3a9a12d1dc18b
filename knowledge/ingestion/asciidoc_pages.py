"""Read AsciiDoc as Markdown: sections, steps, commands, warnings and tables as a reader sees them.

The rules are those of Asciidoctor, except that a list may follow a paragraph without an empty line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.ingestion.asciidoc_lines import (
    ANCHOR,
    ATTRIBUTES,
    HOLDING,
    MACRO,
    TABLE,
    VERBATIM,
    Cursor,
    marker_of,
    term_of,
)
from knowledge.ingestion.asciidoc_lists import ListReader
from knowledge.ingestion.asciidoc_source import prepared
from knowledge.ingestion.asciidoc_tables import table_rows
from knowledge.ingestion.asciidoc_words import line_as_markdown
from knowledge.ingestion.html_pages import page_as_markdown
from knowledge.ingestion.includes import refuse_only_includes
from knowledge.ingestion.markdown_blocks import code_block, dedented, on_one_line, table, warning

_BLOCK_TITLE = re.compile(r"\.[^\s.].*")
_RULE = re.compile(r"'{3,}|<{3,}|---|- - -|\*\*\*|\* \* \*")
_WARNING = re.compile(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+(?=\S)")
_WARNINGS = frozenset({"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"})
_CODE = frozenset({"source", "listing", "literal"})
_CALLOUTS = re.compile(r"(?:<(?:\d{1,2}|\.)> ?){1,9}$")
_REMARK_MARKS = ("#", "//", "--", ";;")
_NAMED = re.compile(r"[\w-]+")
_PART = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_DEEPEST = 12


def asciidoc_as_markdown(text: str) -> tuple[str, str]:
    """Return (title, text).

    Raises:
        BadInput: It holds nothing but the names of other files.
    """
    source = prepared(text)
    blocks = _blocks(source.lines, 0)
    refuse_only_includes(blocks)
    title = source.title
    if not title and blocks and blocks[0].startswith("# "):
        title = blocks.pop(0).removeprefix("# ")  # underlined, in the older manner
    return line_as_markdown(title), "\n\n".join(blocks)


@dataclass
class _Above:
    """What stands above a block and is about it: its title and attributes."""

    title: str = ""
    style: str = ""
    about: dict[str, str] = field(default_factory=dict)
    options: frozenset[str] = frozenset()

    def take(self, line: str) -> None:
        """Read a line of attributes, such as `[source,bash]` or `[cols="1,2",options="header"]`."""
        parts = [part.strip() for part in _PART.findall(line.strip()[1:-1])]
        for number, part in enumerate(parts):
            name, named, value = part.partition("=")
            if named and _NAMED.fullmatch(name):
                self.about[name] = value.strip().strip('"')
            elif number == 0:
                self.style = re.split(r"[#.%]", part)[0] or self.style
        told = f"{self.about.get('options', '')},{self.about.get('opts', '')}"
        options = [*re.findall(r"%([\w-]+)", line), *re.split(r"[,\s]+", told)]
        self.options |= frozenset(filter(None, options))

    @property
    def starts(self) -> int:
        """The number of a list's first step."""
        start = self.about.get("start", "")
        return int(start) if start.isdecimal() and len(start) < 4 else 1


def _blocks(lines: Sequence[str], depth: int) -> list[str]:
    cursor, reader, found = Cursor(lines), _Reader(depth), []
    while not cursor.is_over:
        found += reader.next_blocks(cursor)
    return [block for block in found if block.strip()]


class _Reader:
    """Reads block after block, and keeps what stands above the next one."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._above = _Above()

    def next_blocks(self, cursor: Cursor) -> list[str]:
        """Return the blocks that begin here; none for a line that is only about what follows."""
        line = cursor.line
        if not line.strip() or any(one.fullmatch(line) for one in (ANCHOR, MACRO)) or _RULE.fullmatch(line):
            cursor.at += 1
            return []
        if ATTRIBUTES.fullmatch(line):
            self._above.take(line)
            cursor.at += 1
            return []
        if _BLOCK_TITLE.fullmatch(line):
            self._above.title = line_as_markdown(line[1:])
            cursor.at += 1
            return []
        if not HOLDING.fullmatch(line) and (heading := cursor.heading()):
            self._above = _Above()
            return [f"{'#' * heading[0]} {line_as_markdown(heading[1])}"]
        above, self._above = self._above, _Above()
        made = self._block(cursor, above)
        return [f"**{above.title}**", *made] if above.title else made

    def _block(self, cursor: Cursor, above: _Above) -> list[str]:
        line = cursor.line
        if VERBATIM.fullmatch(line):
            inside = cursor.inside()
            if line.startswith("+"):
                return [page_as_markdown("\n".join(inside))[1]]
            return [_code(inside)]
        if HOLDING.fullmatch(line):
            return self._held(cursor.inside(), above)
        if TABLE.fullmatch(line):
            return [self._table(cursor.inside(), above, line[0])]
        if marker_of(line) or term_of(line):
            return [ListReader(cursor, above.starts, self.next_blocks).read()]
        if line[0].isspace() or above.style in _CODE:
            return [_code(dedented(cursor.until_empty()))]
        said = "\n".join(cursor.paragraph())
        told = _WARNING.match(said)
        kind = told[1] if told else above.style if above.style in _WARNINGS else ""
        words = line_as_markdown(said[told.end() :] if told else said)
        return [warning(kind, [words])] if kind else [words]

    def _held(self, inside: list[str], above: _Above) -> list[str]:
        """Return what a block holds that holds others; deeper than anybody writes it is text."""
        if above.style in _CODE:
            return [_code(inside)]
        if self._depth >= _DEEPEST:
            return ["\n".join(inside)]
        blocks = _blocks(inside, self._depth + 1)
        return [warning(above.style, blocks)] if above.style in _WARNINGS else blocks

    def _table(self, inside: list[str], above: _Above, mark: str) -> str:
        def say(cell: str) -> str:
            lines = dedented(cell.strip().split("\n"))
            return on_one_line(_blocks(lines, self._depth + 1) if self._depth < _DEEPEST else lines)

        rows = table_rows(inside, above.about, mark, say)
        return table(rows)


def _code(lines: Sequence[str]) -> str:
    """Return code whose numbered remarks are remarks of the shell: `<1>` would read from a file there."""
    return code_block(map(_remarked, lines))


def _remarked(line: str) -> str:
    told = _CALLOUTS.search(line.rstrip())
    if told is None:
        return line
    code = line[: told.start()].rstrip()
    for mark in _REMARK_MARKS:
        code = code.removesuffix(mark).rstrip()
    return f"{code} # {told[0].replace('<', '(').replace('>', ')').strip()}"
