"""Lists of AsciiDoc: steps with the numbers that a reader sees, and what hangs on each of them."""

from collections.abc import Callable

from knowledge.ingestion.asciidoc_lines import ATTRIBUTES, MARKER, Cursor, begins_block, marker_of, term_of
from knowledge.ingestion.asciidoc_words import line_as_markdown
from knowledge.ingestion.markdown_blocks import item

_CALLOUT = "<>"

NextBlocks = Callable[[Cursor], list[str]]
"""Reads the block that stands at a place."""


class ListReader:
    """Reads one list with everything inside it.

    Args:
        cursor: Where its first item stands.
        starts: The number of the first step.
        next_blocks: Reads what hangs on an item.
    """

    def __init__(self, cursor: Cursor, starts: int, next_blocks: NextBlocks) -> None:
        self._cursor = cursor
        self._next_blocks = next_blocks
        self._starts = starts
        self._marks: list[str] = []
        self._counts: list[int] = []

    def read(self) -> str:
        """Return the list, and leave the cursor behind it."""
        items: list[str] = []
        while mark := self._next_mark():
            items.append(self._item(mark))
        return "\n".join(items)

    def _next_mark(self) -> str:
        """Return the mark of the next item, past empty lines; nothing where the list ends."""
        begun = self._cursor.at
        self._cursor.skip_empty()
        above = self._cursor.at
        while ATTRIBUTES.fullmatch(self._cursor.line):
            self._cursor.at += 1
        mark = marker_of(self._cursor.line) or term_of(self._cursor.line)
        # What has attributes of its own and is not set in deeper is another list.
        if mark and (self._cursor.at == above or mark not in self._marks):
            return mark
        self._cursor.at = begun
        return ""

    def _item(self, mark: str) -> str:
        if mark in self._marks:
            depth = self._marks.index(mark)
            del self._marks[depth + 1 :], self._counts[depth + 1 :]
        else:
            depth = len(self._marks)
            self._marks.append(mark)
            self._counts.append(self._starts - 1 if depth == 0 else 0)
        self._counts[depth] += 1
        number = self._counts[depth]
        if term_of(self._cursor.line) == mark:
            return item("-", depth, [self._definition(mark), *self._hanging()])
        told = MARKER.match(self._cursor.line)
        said = " ".join(self._cursor.paragraph(up_to_term=True))
        words = line_as_markdown(said.partition(" ")[2].strip())
        if mark == _CALLOUT:
            own = told[1].strip("<>") if told else "."
            words = f"({own if own.isdecimal() else number}) {words}"
        shown = f"{number}." if mark[0] in ".1a" else "-"
        return item(shown, depth, [words, *self._hanging()])

    def _definition(self, mark: str) -> str:
        """Return a term in strong letters with what it means, which may stand below it."""
        term, _, said = f"{self._cursor.line.strip()} ".partition(f"{mark} ")
        begun = self._cursor.at
        found = self._cursor.paragraph(up_to_term=True)[1:]
        said = " ".join([said.strip(), *found]).strip()
        if not said:
            self._cursor.skip_empty()
            line = self._cursor.line
            if line.strip() and not begins_block(line) and not term_of(line) and not line.startswith("."):
                said = " ".join(self._cursor.paragraph(up_to_term=True))
            else:
                self._cursor.at = begun + 1
        words = f"**{line_as_markdown(term)}**"
        return f"{words}: {line_as_markdown(said)}" if said else words

    def _hanging(self) -> list[str]:
        """Return the blocks that hang on an item: each behind a `+`, or code that is set in below it."""
        found: list[str] = []
        while True:
            begun = self._cursor.at
            self._cursor.skip_empty()
            line = self._cursor.line
            if line.rstrip() == "+":
                self._cursor.at += 1
                self._cursor.skip_empty()
                if marker_of(self._cursor.line) not in self._marks:  # else the mark stands idle there
                    found += self._block()
            elif self._cursor.at > begun and line[:1].isspace() and not (marker_of(line) or term_of(line)):
                found += self._block()
            else:
                self._cursor.at = begun
                return found

    def _block(self) -> list[str]:
        """Return the next block, past the lines that are about it."""
        made: list[str] = []
        while not made and not self._cursor.is_over:
            made = self._next_blocks(self._cursor)
        return made
