"""How lines of AsciiDoc are told apart, and a place among them that moves on as they are read."""

import re
from collections.abc import Sequence

ATTRIBUTES = re.compile(r"\[[^\[\]]*\]\s*")
ANCHOR = re.compile(r"\[\[[^\[\]]{1,200}\]\]\s*")
VERBATIM = re.compile(r"(?:-{4,}|\.{4,}|\+{4,})\s*|```[\w-]*\s*")
HOLDING = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--)\s*")
TABLE = re.compile(r"[|,:!]={3,}\s*")
MACRO = re.compile(r"(?:image|video|audio|toc|icon|plantuml|mermaid|ditaa)::[^\s\[]{0,500}\[.*\]\s*")
_COMMENT = re.compile(r"/{4,}")
_SECTION = re.compile(r"(={1,6}|#{2,6})\s+(\S.*)")
MARKER = re.compile(r"\s*(\*{1,5}|-|\.{1,5}|\d{1,3}\.|[a-z]\.|<(?:\d{1,2}|\.)>)\s+(?=\S)")
_GOES_ON = re.compile(r"\s*(?:[a-z]\.|(?!1\.)\d{1,3}\.)\s")
"""What a line of running text may begin with: `z. B.`, `12. M\u00e4rz`; a list begins with its first step."""
_BEGIN_BLOCKS = (ATTRIBUTES, ANCHOR, VERBATIM, HOLDING, TABLE, MACRO, _SECTION)
_TERMS = (":::: ", "::: ", ":: ", ";; ")
_LONGEST_TERM = 200
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4}
_LONGEST_TITLE = 100
_LONGEST_BLOCK = 2_000
"""Lines in which the end of a block of code is looked for."""


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
        level = self.underlined()
        if level:
            self.at += 2
            return level, line.strip()
        return None

    def underlined(self) -> int:
        """Return the level of a title here that is underlined in the older manner, 0 for none."""
        line = self.line.rstrip()
        below = self._lines[self.at + 1].rstrip() if self.at + 1 < len(self._lines) else ""
        is_line = len(below) >= 3 and len(set(below)) == 1 and below[0] in _UNDERLINES
        fits = is_line and abs(len(below) - len(line)) <= 1 and len(line) <= _LONGEST_TITLE
        if not fits or not line[0].isalnum() or (self.at and self._lines[self.at - 1].strip()):
            return 0
        # As long as its title by chance: a block of code that begins is closed again below.
        if below[0] in "-=" and len(below) >= 4 and self._is_closed(below):
            return 0
        return _UNDERLINES[below[0]]

    def _is_closed(self, mark: str) -> bool:
        """Return whether the next line like the one below closes a block, and is no further title's line."""
        ends = range(self.at + 2, min(len(self._lines), self.at + _LONGEST_BLOCK))
        closes = next((at for at in ends if self._lines[at].rstrip() == mark), 0)
        title = self._lines[closes - 1].rstrip() if closes else ""
        is_title = title[:1].isalnum() and abs(len(mark) - len(title)) <= 1
        return bool(closes) and not (is_title and not self._lines[closes - 2].strip())

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
        """Return running lines, the one here first, up to an empty one or what begins another block.

        `up_to_term` is said inside of lists, where the next item may be any.
        """
        begun = self.at
        self.at += 1
        while self.line.strip() and not self._ends_paragraph(is_in_list=up_to_term):
            self.at += 1
        return [line.strip() for line in self._lines[begun : self.at]]

    def _ends_paragraph(self, *, is_in_list: bool) -> bool:
        if is_in_list:
            return begins_block(self.line) or bool(term_of(self.line))
        return begins_block(self.line) and not _GOES_ON.match(self.line)


def titled_on_one_line(lines: Sequence[str]) -> list[str]:
    """Return lines with titles as they are written today: the line below might pass for a block's mark."""
    cursor, found, closes = Cursor(lines), list[str](), ""
    while not cursor.is_over:
        line = cursor.line.rstrip()
        level = 0 if closes else cursor.underlined()
        if level:
            found.append(f"{'=' * level} {line.strip()}")
            cursor.at += 2
            continue
        if VERBATIM.fullmatch(line) or _COMMENT.fullmatch(line):
            mark = "```" if line.startswith("```") else line
            closes = "" if closes == mark else closes or mark
        found.append(cursor.line)
        cursor.at += 1
    return found


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
