"""Read reStructuredText as Markdown: sections, steps, commands, warnings and tables as a reader sees them.

Directives of Sphinx that only arrange are left out, what they hold is kept.
"""

import re
from collections.abc import Callable, Sequence

from knowledge.ingestion.html_pages import page_as_markdown
from knowledge.ingestion.includes import left_out, refuse_only_includes
from knowledge.ingestion.markdown_blocks import code_block, dedented, item, on_one_line, table, warning
from knowledge.ingestion.restructured_tables import begins_table, csv_rows, drawn_rows, listed_rows
from knowledge.ingestion.restructured_words import line_as_markdown

_RULED = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")
_DIRECTIVE = re.compile(r"\.\. {1,8}(?:\|[^|\n]{1,100}\| )?([A-Za-z][\w:.+-]{0,60}?)::(?:\s+(.*))?")
_EXPLICIT = re.compile(r"(?:\.\.(?:\s|$)|__ )")
_TARGET = re.compile(r"\.\. {1,8}_(`?)([^`:\n]{1,200}|[^`\n]{1,200}?)\1:(?:\s+(\S.*))?")
_REPLACED = re.compile(r"\.\. {1,8}\|([^|\n]{1,100})\| replace::\s*(.*)")
_NOTED = re.compile(r"\.\. {1,8}\[([^\]\n]{1,60})\]\s+(.*)")
_OPTION = re.compile(r":([\w-]{1,60}):(?:\s+(.*))?")
_FIELD = re.compile(r":(?![:\s])([^:\n`]{1,100}):(?:\s+(.*))?")
_BULLET = re.compile(r"[-*+\u2022](?:\s+|$)")
_NUMBER = re.compile(r"(?:\(?(\d{1,4})[.)]|\(?(#)[.)]|\(?([a-z]|[ivx]{1,5})[.)])\s+(?=\S)")
_CODE = frozenset(
    "code-block code sourcecode parsed-literal prompt console terminal code-tab literal".split()  # noqa: SIM905  a list of directives
)
_WARNINGS = frozenset("note tip hint important attention caution warning danger error".split())  # noqa: SIM905  the same
_SAYINGS = {
    "seealso": "See also", "todo": "To do", "deprecated": "Since {} deprecated", "versionadded": "Since {}",
    "versionchanged": "Changed in {}", "versionremoved": "Removed in {}",
}  # fmt: skip
_ONLY_FOR_LOOKS = """
    toctree contents image meta index highlight sectnum section-numbering default-domain default-role module
    currentmodule math graphviz mermaid plantuml uml video youtube sectionauthor codeauthor role title
    tabularcolumns automodule autoclass date unicode
    """
_NOTHING = frozenset(_ONLY_FOR_LOOKS.split())
_ELSEWHERE = frozenset({"include", "literalinclude"})
_DULL_FIELDS = frozenset(
    "orphan tocdepth nosearch nocomments hidden alerts services feeds description keywords".split()  # noqa: SIM905  a list of fields
)
_DEEPEST = 12
_LONGEST_VALUE = 1_000


def restructured_as_markdown(text: str) -> tuple[str, str]:
    """Return (title, text).

    Raises:
        BadInput: It holds nothing but the names of other files.
    """
    lines = [line.expandtabs(8).rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    reader = _Reader(_names_of(lines))
    blocks = [block for block in reader.blocks(lines, 0) if block.strip()]
    refuse_only_includes(blocks)
    heads = [number for number, block in enumerate(blocks) if re.match("#+ ", block)]
    # The first heading is the title, unless others stand beside it.
    is_title = bool(heads) and sum(blocks[number].startswith("# ") for number in heads) == 1
    title = blocks.pop(heads[0]).removeprefix("# ") if is_title else ""
    return title, "\n\n".join(blocks)


def _names_of(lines: Sequence[str]) -> dict[str, str]:
    """Return what substitutions stand for (`|x|`), and where named links lead."""
    known: dict[str, str] = {}
    for line in lines:
        if not line.startswith(".. "):
            continue
        if told := _REPLACED.fullmatch(line):
            known[f"|{told[1].strip().lower()}|"] = told[2][:_LONGEST_VALUE]
        elif (told := _TARGET.fullmatch(line)) and told[3]:
            known[" ".join(told[2].lower().split())] = told[3][:_LONGEST_VALUE]
    return known


class _Reader:
    """Reads lines as blocks; the order in which headings are underlined first tells their levels."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known
        self._levels: list[tuple[str, bool]] = []

    def blocks(self, lines: Sequence[str], depth: int) -> list[str]:
        """Return the blocks that lines make."""
        if depth > _DEEPEST:
            return ["\n".join(lines)]
        found: list[str] = []
        at = 0
        while at < len(lines):
            if not lines[at].strip():
                at += 1
                continue
            made, at = self._next(lines, at, depth)
            found += made
        return found

    def _say(self, text: str) -> str:
        return line_as_markdown(text, self._known)

    def _next(self, lines: Sequence[str], at: int, depth: int) -> tuple[list[str], int]:
        """Return the blocks that begin at a line, and the line behind them."""
        line = lines[at]
        if line[0] == " ":
            end = _end_of_indented(lines, at)
            return self.blocks(dedented(lines[at:end]), depth + 1), end
        heading = self._heading(lines, at)
        if heading is not None:
            return heading
        if begins_table(line):
            rows, taken = drawn_rows(
                lines[at:], lambda cell: on_one_line(self.blocks(dedented(cell), depth + 1))
            )
            return [table(rows)], at + max(taken, 1)
        if _EXPLICIT.match(line):
            return self._explicit(lines, at, depth)
        if _BULLET.match(line) or _NUMBER.match(line):
            return self._list(lines, at, depth)
        if _FIELD.fullmatch(line):
            return self._fields(lines, at, depth)
        if line.startswith("| "):
            end = _end_while(lines, at, lambda one: one.startswith(("|", " ")))
            return [self._say("\n".join(one.lstrip("| ") for one in lines[at:end]))], end
        if line.startswith(">>> "):
            end = _end_while(lines, at, bool)
            return [code_block(lines[at:end])], end
        follows = lines[at + 1] if at + 1 < len(lines) else ""
        if follows[:1] == " " and not line.endswith("::"):
            return self._defined(lines, at, depth)
        return self._paragraph(lines, at)

    def _heading(self, lines: Sequence[str], at: int) -> tuple[list[str], int] | None:
        line, below = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        if _RULED.fullmatch(line) and not begins_table(line):
            closes = lines[at + 2] if at + 2 < len(lines) else ""
            if below.strip() and closes and closes[0] == line[0] and _RULED.fullmatch(closes):
                return [self._titled(below.strip(), line[0], is_framed=True)], at + 3
            if not below.strip():
                return [], at + 1  # a line that only separates
        short = len(below.strip()) < len(line) and len(below.strip()) < 4
        if _RULED.fullmatch(below) and not begins_table(below) and not short and not _RULED.fullmatch(line):
            if line.startswith((".. ", "| ", "+-")):
                return None
            return [self._titled(line.strip(), below[0], is_framed=False)], at + 2
        return None

    def _titled(self, title: str, char: str, *, is_framed: bool) -> str:
        style = (char, is_framed)
        if style not in self._levels:
            self._levels.append(style)
        return f"{'#' * min(self._levels.index(style) + 1, 6)} {self._say(title)}"

    def _explicit(self, lines: Sequence[str], at: int, depth: int) -> tuple[list[str], int]:
        """Return what a directive, a footnote or a comment comes to."""
        end = _end_of_indented(lines, at + 1)
        line, inside = lines[at], lines[at + 1 : end]
        if told := _DIRECTIVE.fullmatch(line):
            name = told[1].rpartition(":")[2] if told[1] != "code-block" else told[1]
            return self._directive(name.lower(), told[2] or "", dedented(inside), depth), end
        if noted := _NOTED.fullmatch(line):
            said = " ".join([noted[2], *(one.strip() for one in inside)])
            return [f"[{noted[1]}] {self._say(said)}"], end
        return [], end

    def _directive(self, name: str, argument: str, inside: list[str], depth: int) -> list[str]:
        options, body = _options(inside)
        if name in _ELSEWHERE or options.get("file"):
            said = left_out(argument if name in _ELSEWHERE else options["file"])
            return [said] if said else []
        if name in _NOTHING:
            return []
        if name == "raw":
            return [page_as_markdown("\n".join(body))[1]] if argument == "html" else []
        if name in _CODE:
            above = [f"**{self._say(options['caption'])}**"] if options.get("caption") else []
            return [*above, code_block(body)] if body else []
        if name in ("list-table", "csv-table"):
            return self._table(name, argument, body, options, depth)
        if name in _WARNINGS or name in _SAYINGS:
            words = [argument, *body] if argument and name in _WARNINGS else body
            blocks = self.blocks(words, depth + 1)
            if name in _WARNINGS:
                return [warning(name, blocks)]
            said = _SAYINGS[name].format(self._say(argument))
            first, *rest = [*([self._say(argument)] if "{}" not in _SAYINGS[name] else []), *blocks] or [""]
            return [f"**{said}:** {first}".rstrip(), *rest]
        if name == "admonition":
            return [f"**{self._say(argument)}:**", *self.blocks(body, depth + 1)]
        held = self.blocks(body, depth + 1)
        # What it names may be a title, a tab, or a class for the looks: only words are for readers.
        is_title = bool(held or name == "rubric") and name not in ("only", "container", "class", "rst-class")
        return [f"**{self._say(argument)}**", *held] if argument and is_title else held

    def _table(
        self, name: str, title: str, body: list[str], options: dict[str, str], depth: int
    ) -> list[str]:
        def say(cell: Sequence[str]) -> str:
            return on_one_line(self.blocks(dedented(cell), depth + 1))

        rows = listed_rows(body, say) if name == "list-table" else csv_rows(body, options, say)
        return [f"**{self._say(title)}**", table(rows)] if title else [table(rows)]

    def _list(self, lines: Sequence[str], at: int, depth: int) -> tuple[list[str], int]:
        """Return a list, its steps numbered as written or counted; what hangs on them stands below."""
        items: list[str] = []
        number = 0
        is_bullet = bool(_BULLET.match(lines[at]))
        behind = at
        while at < len(lines):
            told = (_BULLET if is_bullet else _NUMBER).match(lines[at])
            if told is None:
                break
            end = _end_of_indented(lines, at + 1)
            width = told.end()
            inside = [lines[at][width:], *(_less(line, width) for line in lines[at + 1 : end])]
            number = int(told[1]) if not is_bullet and told[1] else number + 1
            items.append(item("-" if is_bullet else f"{number}.", 0, _set_in(self.blocks(inside, depth + 1))))
            at = behind = end
            while at < len(lines) and not lines[at].strip():
                at += 1
        return ["\n".join(items)], behind

    def _fields(self, lines: Sequence[str], at: int, depth: int) -> tuple[list[str], int]:
        found: list[str] = []
        while at < len(lines) and (told := _FIELD.fullmatch(lines[at])):
            end = _end_of_indented(lines, at + 1)
            said = on_one_line(self.blocks([told[2] or "", *dedented(lines[at + 1 : end])], depth + 1))
            if told[1].lower() not in _DULL_FIELDS and said:
                found.append(f"- **{self._say(told[1])}**: {said}")
            at = end
        return (["\n".join(found)] if found else []), at

    def _defined(self, lines: Sequence[str], at: int, depth: int) -> tuple[list[str], int]:
        """Return terms, each with what is set in below it."""
        found: list[str] = []
        while at + 1 < len(lines) and lines[at].strip() and lines[at][0] != " " and lines[at + 1][:1] == " ":
            if _EXPLICIT.match(lines[at]) or lines[at].endswith("::"):
                break
            end = _end_of_indented(lines, at + 1)
            first, *rest = self.blocks(dedented(lines[at + 1 : end]), depth + 1) or [""]
            said = [f"**{self._say(lines[at])}**: {first}".rstrip(": "), *rest]
            found.append(item("-", 0, _set_in(said)))
            at = end
        return (["\n".join(found)], at) if found else self._paragraph(lines, at)

    def _paragraph(self, lines: Sequence[str], at: int) -> tuple[list[str], int]:
        """Return running lines, and the code that they announce with two colons."""
        end = _end_while(lines, at, lambda line: bool(line) and line[0] != " ")
        text = "\n".join(lines[at:end])
        if not text.endswith("::"):
            return [self._say(text)], end
        said = text.removesuffix("::").rstrip()
        said = f"{said}:" if said and not text.endswith(" ::") else said
        behind = _end_of_indented(lines, end)
        code = [code_block(dedented(lines[end:behind]))] if any(map(str.strip, lines[end:behind])) else []
        return [*([self._say(said)] if said else []), *code], behind


def _set_in(blocks: Sequence[str]) -> list[str]:
    """Return the blocks of an item, with inner lists set in below it."""
    return [
        "\n".join(f"   {line}" for line in block.split("\n"))
        if number and re.match(r"\s*(?:-|\d+\.) ", block)
        else block
        for number, block in enumerate(blocks)
    ]


def _options(inside: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return a directive's options, and what it holds."""
    options: dict[str, str] = {}
    at = 0
    while at < len(inside) and (told := _OPTION.fullmatch(inside[at])):
        options[told[1].lower()] = (told[2] or "").strip()
        at += 1
        while at < len(inside) and inside[at].startswith(" ") and inside[at].strip():
            at += 1
    return options, inside[at:]


def _end_of_indented(lines: Sequence[str], at: int) -> int:
    """Return where the lines end that are set in, or empty between such."""
    end = at
    while at < len(lines) and (not lines[at] or lines[at][0] == " "):
        at += 1
        end = at if lines[at - 1] else end
    return end


def _end_while(lines: Sequence[str], at: int, goes_on: Callable[[str], object]) -> int:
    while at < len(lines) and goes_on(lines[at]):
        at += 1
    return at


def _less(line: str, width: int) -> str:
    """Return a line without the space that sets it in below an item."""
    return line[min(width, len(line) - len(line.lstrip())) :]
