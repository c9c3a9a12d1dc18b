"""What stands in an AsciiDoc file before it is read as blocks: its header, attributes, conditions, includes.

Conditions and attributes decide as far as the file itself sets them; a build may know more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from knowledge.ingestion.asciidoc_lines import begins_block, titled_on_one_line
from knowledge.ingestion.asciidoc_words import attribute_value, with_attributes
from knowledge.ingestion.includes import left_out

_TITLE = re.compile(r"[=#]\s+(\S.*)")
_ENTRY = re.compile(r":(!?[A-Za-z0-9_][\w-]{0,60}!?):(?:\s+(.*))?")
_INCLUDE = re.compile(r"include::([^\[\n]{1,300})\[[^\n]*\]\s*")
_CONDITION = re.compile(r"(ifdef|ifndef|ifeval|endif)::([^\[\n]{0,200})\[(.*)\]\s*")
_RENDERERS = re.compile(r"(?:env|backend|basebackend|format|outfilesuffix)\b")
_VERBATIM = re.compile(r"(-{4,}|\.{4,}|\+{4,}|```)[\w-]*\s*")
_COMMENT = re.compile(r"/{4,}\s*")
_FRONT = re.compile(r"\A---\n(?:[^\n]{0,2000}\n){0,200}?---\n")
_MOST_CONDITIONS = 50
_REVISION = re.compile(r"(?i)(?:v|ver|version|rev|revision)[. ]{0,2}\d|\d{1,4}[.-]\d")
_LONGEST_NAME = 4
"""Words of an author's name; a line of more says something."""


@dataclass
class Source:
    """A file's title, the attributes that it sets, and the lines of its body."""

    title: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def prepared(text: str) -> Source:
    """Return a file's title, attributes, and lines with attributes filled in; comments are gone."""
    lines = titled_on_one_line(_FRONT.sub("", text.replace("\r\n", "\n")).split("\n"))
    source = Source()
    body = _conditions_met(_without_comments(lines), source.attributes)
    in_header, fills = True, False
    closes = ""
    for line in body:
        if in_header and not source.title and (told := _TITLE.fullmatch(line.rstrip())):
            source.title = told[1]
            continue
        if in_header and source.title and not line.strip():
            in_header = False
        if not closes and (entry := _ENTRY.fullmatch(line.rstrip())):
            _set(source.attributes, entry)
            continue
        if in_header and source.title and (_INCLUDE.fullmatch(line) or _is_about_the_file(line)):
            continue
        in_header = in_header and not line.strip()
        if included := _INCLUDE.fullmatch(line):
            said = left_out(with_attributes(included[1], source.attributes))
            source.lines += ([said] if closes else ["", said, ""]) if said else []
            continue
        if marked := _VERBATIM.fullmatch(line):
            closes = "" if closes == marked[1] else closes or marked[1]
        elif line.startswith("[") and "subs" in line:
            fills = "attributes" in line or "normal" in line
        source.lines.append(line if closes and not fills else with_attributes(line, source.attributes))
        fills = fills and (bool(closes) or line.startswith(("[", ".")))
    source.title = with_attributes(source.title, source.attributes)
    return source


def _is_about_the_file(line: str) -> bool:
    """Tell whether a line right below the title names authors or a revision, and is no text already."""
    if begins_block(line) or line.startswith("."):
        return False
    if _REVISION.match(line) or re.search(r"<[^<>\s]{1,200}@", line):
        return True
    names = line.split(";")
    return line.rstrip()[-1:] not in ".:!?" and all(len(name.split()) <= _LONGEST_NAME for name in names)


def _set(attributes: dict[str, str], entry: re.Match[str]) -> None:
    name = entry[1].strip("!").lower()
    if "!" in entry[1]:
        attributes.pop(name, None)
    else:
        attributes[name] = attribute_value(entry[2] or "", attributes)


def _without_comments(lines: Iterable[str]) -> Iterable[str]:
    """Yield lines without comments; what runs on behind a backslash in an attribute is one line."""
    block, closes, kept = "", "", ""
    for line in lines:
        if block:
            block = "" if line.rstrip() == block else block
            continue
        marked = _VERBATIM.fullmatch(line)
        if marked:
            closes = "" if closes == marked[1] else closes or marked[1]
        if not closes and _COMMENT.fullmatch(line):
            block = line.rstrip()
            continue
        if not closes and line.startswith("//") and not line.startswith("///"):
            continue
        if (kept or _ENTRY.match(line)) and line.endswith(" \\") and len(kept) < 2_000:
            kept += line[:-1]
            continue
        yield kept + line.lstrip() if kept else line
        kept = ""


def _conditions_met(lines: Iterable[str], attributes: dict[str, str]) -> Iterable[str]:
    """Yield the lines whose conditions hold; where nobody can know, nothing is left out.

    Which attributes an included file or a build sets is not known here: only what the document sets itself,
    and that no renderer is at work, decides.
    """
    open_now: list[bool] = []
    for line in lines:
        told = _CONDITION.fullmatch(line)
        if told is None:
            if all(open_now):
                yield line
            continue
        kind, names, inside = told[1], told[2], told[3]
        if kind == "endif":
            open_now = open_now[:-1]
            continue
        holds = kind == "ifeval" or _holds(kind, names, attributes)
        if kind != "ifeval" and inside.strip():
            if holds and all(open_now):
                yield inside
        elif len(open_now) < _MOST_CONDITIONS:
            open_now.append(holds)


def _holds(kind: str, names: str, attributes: dict[str, str]) -> bool:
    each = [name.strip().lower() for name in re.split(r"[,+]", names)]
    if any(name in attributes for name in each):
        return kind == "ifdef"
    if all(_RENDERERS.match(name) for name in each):
        return kind == "ifndef"
    return True
