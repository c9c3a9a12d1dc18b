"""The blocks that readers of other markups write: code, tables and warnings as Markdown has them."""

import re
from collections.abc import Iterable, Sequence

INDENT = "   "
_WARNS = {"attention": "warning", "error": "danger", "hint": "tip"}
_STRUCTURED = re.compile(r"(?m)^\s*(?:```|~~~|[-*] |\d+\. |\|)")


def code_block(lines: Iterable[str]) -> str:
    """Return lines of code between fences; such as hold a fence themselves stand between others."""
    text = "\n".join(lines).strip("\n").rstrip()
    fence = "~~~" if "```" in text else "```"
    return f"{fence}\n{text}\n{fence}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first row is its head; each cell is one line, a single column is no table."""
    full = [row for row in rows if any(row)]
    width = max(map(len, full), default=0)
    if width < 2:
        return "\n\n".join(cell for row in full for cell in row)
    # What parts the cells may not stand in one.
    padded = [[*(cell.replace("|", "/") for cell in row), *[""] * (width - len(row))] for row in full]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])


def warning(kind: str, blocks: Sequence[str]) -> str:
    """Return what a frame says, named by its kind; plain words on one line, so that they are quoted whole."""
    kind = kind.lower()
    name = _WARNS.get(kind, kind).capitalize()
    said = "\n\n".join(blocks)
    if not _STRUCTURED.search(said):
        said = " ".join(said.split())
    first, apart, rest = said.partition("\n")
    if _STRUCTURED.match(first):
        return f"**{name}:**\n\n{said}"
    return f"**{name}:** {first}{apart}{rest}"


def on_one_line(blocks: Iterable[str]) -> str:
    """Return blocks as the text of a cell: items parted by semicolons, fences left out."""
    said = ""
    for line in "\n".join(blocks).split("\n"):
        bare = line.strip()
        if not bare or bare.startswith(("```", "~~~")):
            continue
        item = re.match(r"- (.*)", bare)
        text = item[1] if item else bare
        said += ("; " if item and said else " " if said else "") + text
    return said


def item(mark: str, depth: int, blocks: Sequence[str]) -> str:
    """Return a list's item with what hangs on it below: steps stay together, inner ones are set in."""
    first, *rest = blocks or [""]
    if first.startswith(("```", "~~~")):
        first, rest = "", list(blocks)
    lines = [f"{INDENT * depth}{mark} {first}".rstrip(), *rest]
    return "\n".join(lines)


def dedented(lines: Sequence[str]) -> list[str]:
    """Return lines without the space that all of them begin with."""
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[margin:] for line in lines]
