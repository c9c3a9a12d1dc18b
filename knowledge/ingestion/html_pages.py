"""Read a web page, or one that a wiki exported, as Markdown: steps keep their numbers, tables their rows.

Wikis put a paragraph into every step and every cell, and frames around warnings. What a browser shows on one
line stays on one here: answers quote lines, and begin a procedure with its first step.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SILENT = frozenset(
    "script style noscript template iframe object svg head nav title ac:parameter".split()  # noqa: SIM905  a list of tags
)
_EMPTY = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905  the same
_BLOCKS = frozenset(
    "p div section article header main blockquote dl dt dd fieldset form figure hr address details".split()  # noqa: SIM905  the same
)
_CODE = frozenset({"pre", "ac:plain-text-body"})
_LISTS = frozenset({"ol", "ul"})
_CELLS = frozenset({"td", "th"})
_ENDED_BY = {"li": {"li"}, "tr": {"tr", "td", "th"}, "td": _CELLS, "th": _CELLS, "dt": {"dt", "dd"},
             "dd": {"dt", "dd"}, "p": {"p"}, "body": {"head"}}  # fmt: skip
"""What an opening tag ends, where its closing tag was left out."""
_HOLDS = {"li": _LISTS, "tr": {"table"}, "td": {"table"}, "th": {"table"}, "p": {"li", "div", *_CELLS}}
"""Beyond this nothing is ended: the step of a list inside a step leaves the outer one open."""
_ABOUT_THE_PAGE = frozenset({"breadcrumbs", "breadcrumb-section", "footer", "page-metadata"})
"""What a wiki writes around its pages: where a page hangs, who made it and when."""
_FRAME = re.compile(
    r"(?:information-macro-|panel-|alert-|admonition[ -])(warning|caution|danger|important|note)\b"
)
_NAMED = re.compile(
    r"(?i)\A(?:\*\*(?:warning|caution|danger|important|note)[:!]?\*\*[:!]?"
    r"|(?:warning|caution|danger|important|note)[:!])\s+(?=\S)"
)
"""A frame that says in words what its colour says."""
_TITLE = re.compile(r"(?:^|[\s-])title(?:\s|$)")
_HEADING = re.compile("h[1-6]")
_WIKI_TITLE = "title-text"
_DEEPEST = 100


@dataclass(eq=False)
class _Element:
    """One element with what it holds, in order."""

    tag: str
    about: dict[str, str]
    holds: list["_Element | str"] = field(default_factory=list)


class _Tree(HTMLParser):
    """Builds the elements of a page; deeper ones than anybody writes are flattened into their parent."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, after those that it ends without a word."""
        for n in range(len(self._open) - 1, 0, -1):
            if self._open[n].tag in _HOLDS.get(tag, ()):
                break
            if self._open[n].tag in _ENDED_BY.get(tag, ()):
                del self._open[n:]
        element = _Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].holds.append(element)
        # What is not shown stays in its element however deep: it must not become a text of its parent.
        deepest = _DEEPEST if tag not in _SILENT else 2 * _DEEPEST
        if tag not in _EMPTY and len(self._open) < deepest:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element of that name, and whatever was left open inside."""
        for n in range(len(self._open) - 1, 0, -1):
            if self._open[n].tag == tag:
                del self._open[n:]
                return

    def handle_data(self, data: str) -> None:
        """Keep a text where it stands."""
        self._open[-1].holds.append(data)

    def unknown_decl(self, data: str) -> None:
        """Keep what a wiki's own form wraps up: the commands of its pages stand in there."""
        if data.startswith("CDATA["):
            self._open[-1].holds.append(data.removeprefix("CDATA["))


def page_as_markdown(page: str) -> tuple[str, str]:
    """Return (title, text) of a page, without scripts, styles, frames and what a wiki puts around it."""
    tree = _Tree()
    tree.feed(page)
    tree.close()
    titles = [element for element in _all(tree.root) if element.about.get("id") == _WIKI_TITLE]
    titles = titles or [element for element in _all(tree.root) if element.tag == "title"][:1]
    title = " ".join(_plain(titles[0]).split()) if titles else ""
    if titles and titles[0].tag != "title":
        titles[0].tag = "title"
        title = title.rpartition(" : ")[2]  # a wiki's space stands before it
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", _blocks(tree.root))).strip()
    first = re.match(r"# (.*)\n", text)
    same = first is not None and first[1].strip().lower() == title.lower()
    return title, text[first.end() :].strip() if first and same else text


def _all(element: _Element) -> list[_Element]:
    found: list[_Element] = []
    waiting = [element]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [child for child in reversed(one.holds) if isinstance(child, _Element)]
    return found


def _plain(element: _Element) -> str:
    """Return the text of an element as it was written, lines and all, without what is not shown."""
    return "".join(
        child if isinstance(child, str) else "\n" if child.tag == "br" else _plain(child)
        for child in element.holds
        if isinstance(child, str) or not _is_silent(child)
    )


def _is_silent(element: _Element) -> bool:
    names = {element.about.get("id", ""), *element.about.get("class", "").split()}
    return element.tag in _SILENT or bool(names & _ABOUT_THE_PAGE)


def _blocks(element: _Element) -> str:
    """Return what an element holds, its blocks parted by empty lines."""
    return "".join(
        re.sub(r"\s+", " ", child) if isinstance(child, str) else _block(child) for child in element.holds
    )


def _block(element: _Element) -> str:
    if _is_silent(element):
        return ""
    tag = element.tag
    if _HEADING.fullmatch(tag):
        return f"\n\n{'#' * int(tag[1])} {_line(element)}\n\n"
    if tag in _CODE:
        return f"\n\n{_code(element)}\n\n"
    if tag in _LISTS:
        return f"\n\n{_list(element)}\n\n"
    if tag == "table":
        return f"\n\n{_table(element)}\n\n"
    if tag == "br":
        return "\n"
    frame = _FRAME.search(element.about.get("class", ""))
    if frame:
        element = _Element(tag, element.about, [one for one in element.holds if not _names(one, frame[1])])
    said = _inline(element) or _blocks(element)
    if frame:
        inside = _NAMED.sub("", said.strip(), count=1)
        inside = inside if re.search(r"\n(?:```|- |\d+\. |\|)", inside) else " ".join(inside.split())
        said = f"**{frame[1].capitalize()}:** {inside}"
    return f"\n\n{said.strip()}\n\n" if tag in _BLOCKS else said


def _names(one: "_Element | str", kind: str) -> bool:
    """Tell whether a part of a frame is its title and only says of which kind the frame is."""
    if isinstance(one, str) or not _TITLE.search(one.about.get("class", "")):
        return False
    return _line(one).strip(" :!*").lower() == kind


def _inline(element: _Element) -> str:
    """Return a command or strong words with their marks; nothing for any other element."""
    marks = {"code": "`", "tt": "`", "kbd": "`", "strong": "**", "b": "**"}
    mark, said = marks.get(element.tag, ""), _line(element) if element.tag in marks else ""
    return f"{mark}{said}{mark}" if said and mark not in said else said


def _line(element: _Element) -> str:
    """Return what an element holds on one line."""
    parts: list[str] = []
    for child in element.holds:
        if isinstance(child, str):
            parts.append(child)
        elif not _is_silent(child):
            marks = {"code", "tt", "kbd", "strong", "b"}
            said = _inline(child) if child.tag in marks else _line(child)
            is_apart = child.tag in _BLOCKS or child.tag in _CODE or child.tag == "br"
            parts.append(f" {said} " if is_apart else f"{said}; " if child.tag == "li" else said)
    return " ".join("".join(parts).split()).rstrip(";")


def _code(element: _Element) -> str:
    text = _plain(element).strip("\n").rstrip()
    return f"```\n{text}\n```"


def _list(element: _Element) -> str:
    """Return the steps or items of a list, each beginning a line, with those of inner lists set in."""
    start = element.about.get("start", "")
    number = int(start) if re.fullmatch(r"\d{1,3}", start) else 1
    lines: list[str] = []
    for child in element.holds:
        if isinstance(child, str) or _is_silent(child):
            continue
        if child.tag in _LISTS:  # an inner list that stands beside its step instead of inside
            lines += [f"   {line}" for line in _list(child).split("\n")]
            continue
        mark = f"{number}." if element.tag == "ol" else "-"
        number += 1
        said = re.sub(r"\n\s*\n", "\n", _item(child)).strip()
        lines.append(f"{mark} {said}")
    return "\n".join(lines)


def _item(element: _Element) -> str:
    """Return what a step says: a command of one line on the step's own, inner steps set in."""
    parts: list[str] = []
    for child in element.holds:
        if isinstance(child, _Element) and child.tag in _LISTS:
            parts += ["\n", *(f"   {line}\n" for line in _list(child).split("\n"))]
        elif isinstance(child, _Element) and child.tag in _CODE and not "".join(parts).strip():
            said = _plain(child).strip()
            parts.append(f"\n{_code(child)}\n" if "\n" in said else f"`{said}`")
        else:
            parts.append(re.sub(r"\s+", " ", child) if isinstance(child, str) else _block(child))
    return "".join(parts)


def _table(element: _Element) -> str:
    """Return a table's rows below its head; one that only places blocks on a page gives these."""
    rows = [
        [cell for cell in row.holds if isinstance(cell, _Element) and cell.tag in _CELLS]
        for row in _rows(element)
    ]
    rows = [row for row in rows if row]
    if max(map(len, rows), default=0) < 2 or len(rows) < 2:
        return "\n\n".join(_blocks(cell) for row in rows for cell in row)
    lines = [f"| {' | '.join(_line(cell).replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def _rows(table: _Element) -> list[_Element]:
    """Return the rows of a table; those of tables inside its cells are text of these cells."""
    found: list[_Element] = []
    waiting = [table]
    while waiting:
        one = waiting.pop()
        if one.tag == "tr":
            found.append(one)
        elif one is table or one.tag != "table":
            waiting += [child for child in reversed(one.holds) if isinstance(child, _Element)]
    return found
