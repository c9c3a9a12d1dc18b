"""Cut an article into passages that can be cited: by headings, code blocks and tables kept whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.fences import fence_after, fence_of

USUAL_CHARACTERS = 900
LONGEST_CHARACTERS = 4_000
_REPEATED = 400
"""Characters of a table's head, or of the line that opens a code block, that a second part may repeat."""
_FENCE_MARKS = 3
MOST_PASSAGES = 1_000
"""More than the longest document that is read fills."""

_HEADING = re.compile(r"^(#{1,6}|={2,6}|h[1-6]\.)\s+(\S.*)$")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,}|\^{3,})\s*")
_BOLD = re.compile(r"(\*\*|__)(?P<title>[^*_].{0,78}?):?\1:?\s*")
_TABLE_RULE = re.compile(r"(?=[^-]*-)[\s:|-]+")
_LONGEST_TITLE = 80
_UNDERLINED = 0.6
"""An underline is about as long as its title; a shorter one separates."""
_BOLD_LEVEL = 7


@dataclass(frozen=True)
class Cut:
    """One passage: the path of headings above it, and its text as written."""

    heading: str
    text: str


class _Cutter:
    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self._lines: list[str] = []
        self._size = 0
        self._headings: list[tuple[int, str]] = []

    def open_heading(self, level: int, title: str) -> None:
        self.close()
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, title.strip().rstrip("#= ").strip()))

    def add(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line) + 1

    def is_full(self) -> bool:
        return self._size > USUAL_CHARACTERS

    def would_burst(self, line: str) -> bool:
        return self._size + len(line) + 1 + _FENCE_MARKS > LONGEST_CHARACTERS

    def close(self) -> None:
        text = "\n".join(self._lines).strip()
        if text and len(self.cuts) < MOST_PASSAGES:
            path = " > ".join(title for _, title in self._headings)
            self.cuts.append(Cut(path, text[:LONGEST_CHARACTERS]))
        self._lines, self._size = [], 0


def cut(text: str) -> list[Cut]:
    """Return the passages of a Markdown, AsciiDoc or reStructuredText-like text, at least one.

    A passage ends at a heading, or at an empty line once it has its usual size; never inside a code block
    or a table unless it grows past `LONGEST_CHARACTERS`. Where nothing else is a heading, lines in bold are.
    """
    lines = [piece for line in text.split("\n") for piece in _pieces(line)]
    headings = _headings(lines)
    cutter = _Cutter()
    fence = ""
    table: list[str] = []
    skip = -1
    for number, line in enumerate(lines):
        if number == skip:
            continue
        mark = fence_of(line)
        closes = bool(fence) and mark == fence_of(fence)
        opened = fence
        if closes:
            fence = ""
        elif mark and not fence:
            fence = line
        table = [] if fence or not _is_row(line) else table or _head_of_table(lines, number)
        heading = headings.get(number)
        if heading is not None:
            cutter.open_heading(heading.level, heading.title)
            skip = number + 1 if heading.is_underlined else -1
            continue
        if not fence and not line.strip() and cutter.is_full():
            cutter.close()
            continue
        if cutter.would_burst(line) and not closes:
            _break(cutter, opened, [] if line in table else table)
        cutter.add(line)
    cutter.close()
    return cutter.cuts or [Cut("", text[:USUAL_CHARACTERS].strip())]


def _break(cutter: _Cutter, fence: str, table: Sequence[str]) -> None:
    """End a passage inside a code block or table so that both parts can be read alone."""
    if fence:
        cutter.add(fence.strip()[:_FENCE_MARKS])
    cutter.close()
    for line in [fence[:_REPEATED]] if fence else table:
        cutter.add(line)


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _head_of_table(lines: Sequence[str], first: int) -> list[str]:
    """Return the names of a table's columns and the rule below; nothing where there are none or long ones."""
    head = list(lines[first : first + 2])
    is_head = len(head) == 2 and _is_row(head[1]) and _TABLE_RULE.fullmatch(head[1]) is not None
    return head if is_head and sum(map(len, head)) < _REPEATED else []


def _pieces(line: str) -> list[str]:
    """Return a line, or what one that is longer than a passage is broken into, between words."""
    pieces = []
    longest = LONGEST_CHARACTERS - _REPEATED - 2 * _FENCE_MARKS
    while len(line) > longest:
        at = line.rfind(" ", longest // 2, longest) + 1 or longest
        pieces.append(line[:at])
        line = line[at:]
    return [*pieces, line]


@dataclass(frozen=True)
class _Heading:
    level: int
    title: str
    is_underlined: bool = False


def _headings(lines: Sequence[str]) -> dict[int, _Heading]:
    """Return the headings by the numbers of their lines."""
    found: dict[int, _Heading] = {}
    bold: dict[int, _Heading] = {}
    fence = ""
    for number, line in enumerate(lines):
        fence = fence_after(line, fence)
        if fence:
            continue
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if marked := _HEADING.match(line):
            sign = marked.group(1)
            found[number] = _Heading(int(sign[1]) if sign[0] == "h" else len(sign), marked.group(2))
        elif _is_underlined(line, below):
            found[number] = _Heading(1 if below[0] == "=" else 2, line.strip(), is_underlined=True)
        elif (strong := _BOLD.fullmatch(line)) and (number == 0 or not lines[number - 1].strip()):
            bold[number] = _Heading(_BOLD_LEVEL, strong["title"])
    return found or bold


def _is_underlined(line: str, below: str) -> bool:
    title = line.strip()
    is_plain = bool(title) and title[0].isalnum() and len(title) <= _LONGEST_TITLE and "|" not in title
    return is_plain and bool(_UNDERLINE.fullmatch(below)) and len(below.strip()) >= _UNDERLINED * len(title)


def plain(text: str) -> str:
    """Return a passage without its markup and code blocks, on one line: what an encoder should see."""
    text = re.sub(r"(```|~~~).*?\1", " ", text, flags=re.DOTALL)
    text = re.sub(r"\{[:%][^}]*\}|<[^>]+>", " ", text)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    text = re.sub(r"[#*`|>\[\]_]+", " ", text)
    return re.sub(r"\s+", " ", text).strip()
