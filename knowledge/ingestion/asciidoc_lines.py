"""How lines of AsciiDoc are told apart, and a place among them that moves on as they are read."""

import re
from collections.abc import Sequence

ATTRIBUTES = re.compile(r"\[[^\[\]]*\]\s*")
ANCHOR = re.compile(r"\[\[[^\[\]]{1,200}\]\]\s*")
VERBATIM = re.compile(r"(?:-{4,}|\.{4,}|\+{4,})\s*|```[\w-]*\s*")
HOLDING = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--)\s*")
TABLE = re.compile(r"[|,:!]={3,}\s*")
MACRO = re.compile(r"(?:image|video|audio|toc|icon|plantuml|mermaid|ditaa)::\S*\[.*\]\s*")
_SECTION = re.compile(r"(={1,6}|#{2,6})\s+(\S.*)")
MARKER = re.compile(r"\s*(\*{1,5}|-|\.{1,5}|\d{1,3}\.|[a-z]\.|<(?:\d{1,2}|\.)>)\s+(?=\S)")
_BEGIN_BLOCKS = (ATTRIBUTES, ANCHOR, VERBATIM, HOLDING, TABLE, MACRO, _SECTION)
_TERMS = (":::: ", "::: ", ":: ", ";; ")
_LONGEST_TERM = 200
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4}
_LONGEST_TITLE = 100


class Cursor:
    """A place among lines; beyond the last one all are empty."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.at = 0

    @property
    def line(self) -> str:
        """Return the line here."""
        return self._lines[self.at] if self.at < len(self._lines) else ""

    @property
    def is_over(self) -> bool:
        """Say whether nothing follows."""
        return self.at >= len(self._lines)

    def heading(self) -> tuple[int, str] | None:
        """Return the level and words of a heading that stands here, and move behind it."""
        line = self.line.rstrip()
        if marked := _SECTION.fullmatch(line):
            self.at += 1
            return len(marked[1]), marked[2].rstrip("=").rstrip()
        level = self._underlined(line)
        if level:
            self.at += 2
            return level, line.strip()
        return None

    def _underlined(self, line: str) -> int:
        """Return the level of a title that is underlined in the older manner, 0 for none."""
        below = self._lines[self.at + 1].rstrip() if self.at + 1 < len(self._lines) else ""
        is_line = len(below) >= 3 and len(set(below)) == 1 and below[0] in _UNDERLINES
        fits = is_line and abs(len(below) - len(line)) <= 1 and len(line) <= _LONGEST_TITLE
        if not fits or not line[0].isalnum() or (self.at and self._lines[self.at - 1].strip()):
            return 0
        # As long as its title by chance: a block of code that begins is closed again below.
        if below[0] in "-=" and len(below) >= 4 and below in map(str.rstrip, self._lines[self.at + 2 :]):
            return 0
        return _UNDERLINES[below[0]]

    def skip_empty(self) -> None:
        """Move to the next line that says something."""
        while not self.is_over and not self.line.strip():
            self.at += 1

    def inside(self) -> list[str]:
        """Return the lines between the mark here and the next one like it, or the end, and move behind."""
        mark = self.line.rstrip()
        closes = "```" if mark.startswith("```") else mark
        begun = self.at + 1
        self.at += 1
        while not self.is_over and self.line.rstrip() != closes:
            self.at += 1
        self.at += 1
        return list(self._lines[begun : self.at - 1])

    def until_empty(self) -> list[str]:
        """Return the lines up to an empty one."""
        begun = self.at
        while self.line.strip():
            self.at += 1
        return list(self._lines[begun : self.at])

    def paragraph(self, *, up_to_term: bool = False) -> list[str]:
        """Return running lines, the one here first, up to an empty one or what begins another block."""
        begun = self.at
        self.at += 1
        while self.line.strip() and not begins_block(self.line) and not (up_to_term and term_of(self.line)):
            self.at += 1
        return [line.strip() for line in self._lines[begun : self.at]]


def begins_block(line: str) -> bool:
    """Say whether a line ends the paragraph above it."""
    bare = line.rstrip()
    return bare == "+" or bool(marker_of(line)) or any(one.fullmatch(bare) for one in _BEGIN_BLOCKS)


def marker_of(line: str) -> str:
    """Return what marks the items of a line's list, the same for each of them; empty for no item."""
    told = MARKER.match(line)
    if told is None:
        return ""
    mark = told[1]
    return "1." if mark[0].isdigit() else "a." if mark[0].isalpha() else "<>" if mark[0] == "<" else mark


def term_of(line: str) -> str:
    """Return the mark behind a term that a line defines, such as `::`; empty for none."""
    bare = line.strip() + " "
    for mark in _TERMS:
        at = bare.find(mark, 0, _LONGEST_TERM)
        if at > 0 and bare[at - 1] not in ":; ":
            return mark.strip()
    return ""
