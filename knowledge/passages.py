"""Cut an article into passages that can be cited: by headings, code blocks and tables kept whole."""

import re
from dataclasses import dataclass

USUAL_CHARACTERS = 900
LONGEST_CHARACTERS = 4_000
MOST_PASSAGES = 200

_HEADING = re.compile(r"^(#{1,6}|={2,6})\s+(\S.*)$")
_FENCE = re.compile(r"^\s*(```|~~~)")


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
        return self._size + len(line) > LONGEST_CHARACTERS

    def close(self) -> None:
        text = "\n".join(self._lines).strip()
        if text and len(self.cuts) < MOST_PASSAGES:
            path = " > ".join(title for _, title in self._headings)
            self.cuts.append(Cut(path, text[:LONGEST_CHARACTERS]))
        self._lines, self._size = [], 0


def cut(text: str) -> list[Cut]:
    """Return the passages of a Markdown or AsciiDoc-like text, at least one, at most `MOST_PASSAGES`.

    A passage ends at a heading, or at an empty line once it has its usual size; never inside a code block
    or a table unless it grows past `LONGEST_CHARACTERS`.
    """
    cutter = _Cutter()
    fenced = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            cutter.open_heading(len(heading.group(1)), heading.group(2))
            continue
        if not fenced and not line.strip() and cutter.is_full():
            cutter.close()
            continue
        if cutter.would_burst(line):
            cutter.close()
        cutter.add(line)
    cutter.close()
    return cutter.cuts or [Cut("", text[:USUAL_CHARACTERS].strip())]


def plain(text: str) -> str:
    """Return a passage without its markup and code blocks, on one line: what an encoder should see."""
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"\{[:%][^}]*\}|<[^>]+>", " ", text)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    text = re.sub(r"[#*`|>\[\]_]+", " ", text)
    return re.sub(r"\s+", " ", text).strip()
