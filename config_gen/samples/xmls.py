"""Read XML safely: no document type, no entities, bounded depth; repeated elements become records."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from config_gen.samples.jsons import MUCH_LONGER
from config_gen.samples.limits import Limits
from config_gen.samples.parsed import Parsed
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import bounded
from domain.counting import in_series
from domain.errors import BadInput

_PIECE = 1 << 16
_BETWEEN = "; "
_LEAVES = 400
_LEVELS_SEARCHED = 6


def read_xml(text: str, name: str, limits: Limits, complete: bool = True) -> Parsed:
    """Return the element that repeats most as records, its leaves as columns.

    Raises:
        BadInput: Not well-formed, too deep, or with a document type, which can hide bombs and fetches.
    """
    _refuse_declarations(text, name)
    root = _parse(text, name, limits, complete)
    path, records = _repeating(root)
    tag = path.rsplit(".", 1)[-1] or _local(root.tag)
    parsed = Parsed(
        FormatKind.XML,
        f"{len(records):,} × <{bounded(tag, 60)}> inside <{bounded(_local(root.tag), 60)}>",  # noqa: RUF001  these characters stand in files
        subformat=_local(root.tag),
        record_path=path,
    )
    parsed.warnings += _other_lists(root, path)
    rows: list[dict[str, str]] = []
    names: dict[str, None] = {}
    several: Counter[str] = Counter()
    for record in records[: limits.records]:
        row: dict[str, str] = {}
        _leaves(record, "", row, several)
        row = {key: _said_once(text) if _is_attribute(key) else text for key, text in row.items()}
        names.update(dict.fromkeys(row))
        rows.append(row)
    own = _local(records[0].tag)
    if len(names) > 1 and not any(map(len, records)) and not any(row.get(own) for row in rows):
        names.pop(own, None)  # the records hold nothing between their tags, only attributes
    if len(names) > limits.columns:
        raise BadInput(
            f"{name}: {len(names)} leaves",
            say=f"The records of **{name}** have more than {limits.columns:,} different leaves.",
            next_step="Send a part with one kind of record.",
        )
    parsed.names = [bounded(key) for key in names]
    parsed.columns = [[row.get(key, "") for row in rows] for key in names]
    if several:
        parsed.warnings.append(_joined(several))
    parsed.records = parsed.estimated = len(rows)
    return parsed


def _refuse_declarations(text: str, name: str) -> None:
    # The parser below expands internal entities; without a document type there are none to expand.
    for mark in ("<!DOCTYPE", "<!ENTITY"):
        place = text.find(mark)
        if place >= 0:
            line = text.count("\n", 0, place) + 1
            raise BadInput(
                f"{name}: {mark} in line {line}",
                say=f"**{name}** declares {mark[2:].lower()} in line {line:,}; such declarations can hide"
                " endless expansions and fetches, so I do not read them.",
                next_step="Remove the declaration and drop the file again.",
            )


def _parse(text: str, name: str, limits: Limits, complete: bool) -> Element:
    body = text.lstrip("\ufeff \t\r\n\0")
    if body.startswith("<?xml"):
        body = body[body.find("?>") + 2 :]
    # Document types and entities were refused above.
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    root: Element | None = None
    depth = 0
    try:
        for start in range(0, len(body), _PIECE):
            parser.feed(body[start : start + _PIECE])
            for event, element in _events(parser):
                depth += 1 if event == "start" else -1
                root = element if root is None else root
                if depth > limits.xml_depth:
                    raise BadInput(
                        f"{name}: XML deeper than {limits.xml_depth}",
                        say=f"**{name}** nests more than {limits.xml_depth} elements deep.",
                        next_step="Send the part that holds the records.",
                    )
        if complete:
            parser.close()
    except ParseError as error:
        line, column = error.position
        raise BadInput(
            f"{name}: {error}",
            say=f"**{name}** begins like XML but is not well-formed: line {line:,}, character {column + 1:,}"
            f" ({bounded(str(error).split(':')[0], 60)}).",
            next_step="Mend that place and drop the file again.",
        ) from error
    if root is None:
        raise BadInput(
            f"{name}: no element",
            say=f"**{name}** has no XML element.",
            next_step="Drop a file with records.",
        )
    return root


def _events(parser: "XMLPullParser[Element]") -> Iterator[tuple[str, Element]]:
    for event in parser.read_events():
        kind, element = event[0], event[-1]
        if isinstance(element, Element):
            yield str(kind), element


def _repeating(root: Element) -> tuple[str, list[Element]]:
    """Return the siblings of one name that are most numerous; the outer level counts unless an inner is
    much longer.

    What repeats inside of what repeats belongs to it. The name is the path to them below the root; empty for
    the root itself.
    """
    best: tuple[str, list[Element]] = ("", [root])
    frontier = [("", root)]
    for _ in range(_LEVELS_SEARCHED):
        outer = len(best[1]) if best[0] else 0
        following: list[tuple[str, Element]] = []
        for path, parent in frontier:
            counts = Counter(child.tag for child in parent)
            for tag, count in counts.most_common(1):
                if count > max(len(best[1]), MUCH_LONGER * outer) and any(
                    len(child) or child.attrib for child in parent if child.tag == tag
                ):
                    best = (f"{path}{_local(tag)}", [child for child in parent if child.tag == tag])
            following += [
                (f"{path}{_local(child.tag)}.", child) for child in parent if counts[child.tag] == 1
            ]
        frontier = following[:2000]
    return best


def _other_lists(root: Element, path: str) -> list[str]:
    """Return which elements repeat beside those that were read, in lists of their own: other feeds."""
    holder, _, _own = path.rpartition(".")
    outer = holder.rpartition(".")[0]
    node = root
    for name in filter(None, outer.split(".")):
        node = next((child for child in node if _local(child.tag) == name), node)
    lists = [child for child in node if _local(child.tag) != holder.rpartition(".")[2]] if holder else []
    found = [
        f"{_local(one.tag)} ({len(one):,})"
        for one in lists
        if len(one) > 1 and len({child.tag for child in one}) == 1 and len(one[0])
    ]
    own = holder.rpartition(".")[2]
    if not found:
        return []
    return [
        f"Other lists of records stand beside “{own}”: {in_series(found, most=3)}. Each is a feed of its own."
    ]


def _joined(several: Counter[str]) -> str:
    """Return the sentence that values are joined; `several` has the most of each that a record holds."""
    found = [f"{bounded(path, 60)} (up to {most:,})" for path, most in several.most_common()]
    return (
        f"Some records hold several {in_series(found, most=3)}: their values are joined by “; ” in one cell."
        " Who needs a row for each asks the sender for them as a list of their own."
    )


def _leaves(element: Element, prefix: str, row: dict[str, str], several: Counter[str]) -> None:
    for key, value in element.attrib.items():
        _put(row, f"{prefix}@{_local(key)}", value)
    text = (element.text or "").strip()
    if len(element) == 0:
        # Also of an element that is empty today: a column that comes and goes by day is no column.
        _put(row, prefix.rstrip(".") or _local(element.tag), text)
        return
    for tag, times in Counter(child.tag for child in element).items():
        if times > 1:
            several[f"{prefix}{_local(tag)}"] = max(times, several[f"{prefix}{_local(tag)}"])
    for child in element:
        if len(row) < _LEAVES:
            _leaves(child, f"{prefix}{_local(child.tag)}.", row, several)


def _put(row: dict[str, str], key: str, text: str) -> None:
    row[key] = f"{row[key]}{_BETWEEN}{text}" if row.get(key) and text else row.get(key) or text


def _is_attribute(key: str) -> bool:
    return key.rpartition(".")[2].startswith("@")


def _said_once(text: str) -> str:
    """Return an attribute that all elements of a record have alike, such as a currency, only once."""
    said = set(text.split(_BETWEEN))
    return said.pop() if len(said) == 1 else text


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
