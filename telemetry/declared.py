"""Read how much a sender says it sent: in a trailer record, a manifest, or the name of a file.

Labelled numbers are believed first (`records=120`, a key `row_count`, a cell after one that says *COUNT*).
Without labels the form of most trailers holds: a tag, the number of rows, totals in their columns' order.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from telemetry.signs import sign_led

_COUNTS = re.compile(
    r"(?:^|[^a-z])(?:n|no|num|number|nb|nr|cnt|count|counts|rows?|records?|recs?|lines?|entries|transactions?|"
    r"anzahl|zeilen|saetze|lignes|nombre|registros|filas)(?:[^a-z]|$)"
)
_SUMS = re.compile(
    r"(?:^|[^a-z])(?:sum|summe|total|totals?|amount|amt|hash|control|somme|suma|betrag)(?:[^a-z]|$)"
)
_TAG = re.compile(r"t|tr|trl|tlr|trailer|trail|eof|ftr|footer|end|totals?|sum|z|9{1,6}|\W*", re.IGNORECASE)
# What was matched is never given back: a filler of blanks would be tried in every way of sharing it out.
_LABELLED = re.compile(
    r"^\s*+(?P<label>(?>[^\d=:]*[^\d=:\s+-]))?+\s*+(?:[=:]|-\s)?+\s*+(?P<number>[+-]?\d[\d.,' ]*+)"
    r"\s*+(?P<after>[^\d]*)$"
)
_DAY = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:19|20)\d\d")
_ISO_DAY = re.compile(r"(?:19|20)\d\d[-_.][01]\d[-_.][0-3]\d")
_IN_NAME = re.compile(
    r"(?P<label>[A-Za-z]*)[_.\-=]?(?P<number>\d+(?:\.\d+(?=[_\-]|\.[A-Za-z]))?)(?P<after>[A-Za-z]*)"
)
_OF = re.compile(r"(\d+)[_\-. ]?of[_\-. ]?(\d+)", re.IGNORECASE)
_FILE_KEYS = ("file", "file_name", "filename", "name", "path", "url", "key")
_LONGEST_COUNT = 12
_LARGEST_MANIFEST = 5_000_000


@dataclass(frozen=True)
class Said:
    """What a sender declared of one file; what it did not say is None or missing."""

    rows: int | None = None
    sums: Mapping[str, Decimal] | None = None
    words: str = ""


@dataclass(frozen=True)
class Spelling:
    """How the sender writes: names of summed columns as it may call them, and its decimal point."""

    columns: Mapping[str, tuple[str, ...]]
    decimal_char: str = "."
    group_char: str = ""
    affix: str = ""
    negative: str = ""

    def number(self, text: str) -> Decimal | None:
        """Return a number, None for what is none."""
        plain = sign_led(re.sub(r"[\s']", "", text), re.sub(r"\s", "", self.affix), self.negative)
        if self.group_char:
            plain = plain.replace(self.group_char, "")
        if self.decimal_char != ".":
            plain = plain.replace(self.decimal_char, ".")
        try:
            return Decimal(plain)
        except InvalidOperation:
            return None

    def names(self, word: str) -> bool:
        """Return whether a word says what a number beside it is."""
        called = any(_is_called(word, (column, *names)) for column, names in self.columns.items())
        return bool(_COUNTS.search(word) or _SUMS.search(word)) or called


@dataclass(frozen=True)
class _Token:
    label: str
    value: Decimal
    text: str

    @property
    def may_count(self) -> bool:
        return self.value == self.value.to_integral_value() and self.value >= 0 and "." not in self.text

    @property
    def is_day(self) -> bool:
        return _DAY.fullmatch(self.text) is not None


def is_trailer(cells: Sequence[str], width: int) -> bool:
    """Return whether a record closes a file: it is tagged so, or shorter than the rows."""
    filled = sum(1 for cell in cells if cell.strip())
    return bool(cells) and (_TAG.fullmatch(cells[0].strip()) is not None or filled < width)


def said_by_trailer(cells: Sequence[str], spelling: Spelling) -> Said:
    """Return what a trailer record declares."""
    tokens = list(_tokens(cells, spelling))
    has_tag = bool(cells) and _TAG.fullmatch(cells[0].strip()) is not None
    if has_tag and tokens and tokens[0].text == cells[0].strip():
        tokens = tokens[1:]
    return _said(tokens, spelling, " ".join(cells)[:120])


def said_by_name(name: str, pattern: str, day_forms: Iterable[str], spelling: Spelling) -> Said:
    """Return what the name of a file declares: numbers that are neither its day nor part of its pattern."""
    left = _OF.sub("_", _without(name, day_forms))
    fixed = set(re.findall(r"\d+", pattern))
    tokens = []
    for found in _IN_NAME.finditer(left):
        value = spelling.number(found["number"])
        if value is not None and found["number"] not in fixed:
            tokens.append(_Token(f"{found['label']} {found['after']}".lower(), value, found["number"]))
    if not any(_COUNTS.search(token.label) for token in tokens):
        # Of several numbers without a label the last one is it: a time of day stands before it.
        tokens = [t for t in tokens if t.may_count][-1:] + [t for t in tokens if _SUMS.search(t.label)]
    said = _said(tokens, spelling, name[:120])
    labelled = {t.value for t in tokens if t.label.strip()}
    sums = {column: value for column, value in (said.sums or {}).items() if value in labelled}
    return Said(said.rows, sums, said.words)


def number_in_name(name: str, pattern: str, day_forms: Iterable[str]) -> int | None:
    """Return the running number in a file's name, None without one."""
    found = said_by_name(name, pattern, day_forms, Spelling({}))
    return found.rows


def parts_in_name(name: str) -> int | None:
    """Return of how many parts a file's name says it is one, such as 3 in `trades_1of3.csv`."""
    found = _OF.search(name)
    return int(found[2]) if found else None


def said_by_manifest(text: str, name: str, spelling: Spelling, size: int = -1) -> Said | None:
    """Return what a manifest declares of a file; None when it says nothing of it.

    A number that is the file's `size` in bytes is not taken for its rows.
    """
    if len(text) > _LARGEST_MANIFEST:
        return None
    document = _parsed(text)
    if document is not None:
        entry = _entry(document, name)
        told = json.dumps(entry)[:120]
        return None if entry is None else _said(_but(size, _of_mapping(entry, spelling)), spelling, told)
    lines = [line for line in text.splitlines() if line.strip()]
    own = [line for line in lines if name in line]
    if own:
        head = lines[0] if lines[0] != own[0] else ""
        return _said(_but(size, _of_line(own[0], head, name, spelling)), spelling, own[0][:120])
    if _names_files(lines):
        return None
    tokens = _but(size, [token for line in lines for token in _tokens([line], spelling)])
    return _said(tokens, spelling, " ".join(lines)[:120]) if tokens else None


def files_of_manifest(text: str) -> tuple[str, ...]:
    """Return the names of files that a manifest lists."""
    document = _parsed(text)
    if document is not None:
        found = [
            one[key] for one in _objects(document) for key in _FILE_KEYS if isinstance(one.get(key), str)
        ]
        return tuple(dict.fromkeys(one.rsplit("/", 1)[-1] for one in found if "." in one))
    words = [word.rsplit("/", 1)[-1] for line in text.splitlines() for word in re.split(r"[\s,;|=\"]+", line)]
    return tuple(dict.fromkeys(word for word in words if _is_file_name(word)))


def _said(tokens: Sequence[_Token], spelling: Spelling, words: str) -> Said:
    count = next((t for t in tokens if t.may_count and _COUNTS.search(t.label) and not t.is_day), None)
    sums: dict[str, Decimal] = {}
    for column, names in spelling.columns.items():
        named = next((t for t in tokens if t is not count and _is_called(t.label, (column, *names))), None)
        if named is None and len(spelling.columns) == 1:
            named = next((t for t in tokens if t is not count and _SUMS.search(t.label)), None)
        if named is not None:
            sums[column] = named.value
    used = {id(count), *(id(t) for t in tokens if any(t.value == one for one in sums.values()) and t.label)}
    free = [t for t in tokens if id(t) not in used and not t.label.strip() and not t.is_day]
    if count is None and free:
        first = next((t for t in free if t.may_count and len(t.text) <= _LONGEST_COUNT), None)
        count, free = first, free[free.index(first) + 1 :] if first is not None else free
    missing = [column for column in spelling.columns if column not in sums]
    sums |= {column: token.value for column, token in zip(missing, free, strict=False)}
    return Said(int(count.value) if count is not None else None, sums, words)


def _tokens(cells: Sequence[str], spelling: Spelling) -> Iterator[_Token]:
    """Yield the numbers of a record, each with the words in its own cell or in the cell before."""
    before = ""
    for place, cell in enumerate(cells):
        for part in re.split(r"[|;\t]|,(?=\s*[A-Za-z])", cell):
            found = _LABELLED.match(part)
            value = spelling.number(found["number"]) if found else None
            if found is None or value is None:
                before = part.strip() if place else ""
                continue
            own = f"{found['label'] or ''} {found['after'] or ''}".strip().strip("()")
            # What stands in a cell of its own may be anything: it names a number only where it says so.
            label = _meant(own.lower()) or (before.lower() if spelling.names(before.lower()) else "")
            yield _Token(label, value, found["number"].strip())
            before = ""


def _meant(label: str) -> str:
    """Return a label without what is none: the tag of a record, or a currency."""
    word = label.strip("*#-_ ")
    is_currency = len(word) == 3 and word.isalpha() and not (_COUNTS.search(word) or _SUMS.search(word))
    return "" if _TAG.fullmatch(word) or is_currency else label


def _of_mapping(found: Mapping[str, Any], spelling: Spelling) -> list[_Token]:
    tokens = []
    for key, value in found.items():
        if isinstance(value, Mapping):
            tokens += _of_mapping(value, spelling)
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            number = spelling.number(value) if isinstance(value, str) else Decimal(str(value))
            if number is not None:
                tokens.append(_Token(_spaced(key), number, str(value)))
    return tokens


def _but(size: int, tokens: Sequence[_Token]) -> list[_Token]:
    return [one for one in tokens if one.value != size]


def _of_line(line: str, head: str, name: str, spelling: Spelling) -> list[_Token]:
    """Return the numbers in a line of a manifest, by the names in its first line where it has any."""
    parts, titles = re.split(r"[,;|\t]|\s{1,}", line.strip()), re.split(r"[,;|\t]|\s{1,}", head.strip())
    has_titles = len(parts) == len(titles) and not any(spelling.number(one) is not None for one in titles)
    tokens = []
    for place, part in enumerate(parts):
        value = None if name in part else spelling.number(part.strip('"'))
        if value is not None:
            tokens.append(_Token(_spaced(titles[place]) if has_titles else "", value, part.strip('"')))
    return tokens


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _entry(document: Any, name: str) -> Mapping[str, Any] | None:
    """Return the part of a manifest that speaks of a file: the one that names it, or all of it."""
    lists_files = False
    for one in _objects(document):
        if isinstance(one.get(name), Mapping):
            return one[name]  # type: ignore[no-any-return]  # parsed JSON
        told = [one[key] for key in _FILE_KEYS if isinstance(one.get(key), str)]
        if any(str(path).rsplit("/", 1)[-1] == name for path in told):
            return one
        lists_files = lists_files or any("." in str(path) for path in told)
    return document if isinstance(document, Mapping) and not lists_files else None


def _objects(document: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [document]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Mapping):
            yield one
            waiting += list(one.values())
        elif isinstance(one, list):
            waiting += one


def _is_called(label: str, names: Iterable[str]) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", label)
    return any(plain and re.sub(r"[^a-z0-9]", "", name.lower()) in plain for name in names if name)


def _spaced(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-.\"]", " ", key).lower()


def _without(name: str, day_forms: Iterable[str]) -> str:
    stem = _ISO_DAY.sub("_", name.rsplit("/", 1)[-1])
    for form in sorted(day_forms, key=len, reverse=True):
        stem = stem.replace(form, "_")
    return stem


def _names_files(lines: Sequence[str]) -> bool:
    return any(_is_file_name(word) for line in lines for word in re.split(r"[\s,;|=\"]+", line))


def _is_file_name(word: str) -> bool:
    return re.fullmatch(r"[\w.\-/]+\.[A-Za-z][A-Za-z0-9]{1,7}", word) is not None
