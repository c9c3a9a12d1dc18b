"""Find the fields of fixed-width records: where blanks stand in every line, where characters change kind."""

import re
from collections import Counter

from config_gen.samples.adjoining import parted
from config_gen.samples.header import detect_header
from config_gen.samples.parsed import Parsed, unique_names
from config_gen.samples.report_lines import about_the_file, edges_told, titles_around
from config_gen.samples.tagged import several_kinds
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import FixedField, Header
from domain.counting import counted, in_series

_LINES_READ = 400
_SHORTEST = 12
_LONG = 60
_LINES_NEEDED = 5
_DAY_DIGITS = 8
_SIGNED = 0.8
"""Of more lines than that a dash parts something, such as a day's month."""
_POWER = re.compile(r"\d[eE][+-]\d")
_DAY = re.compile(r"(?:19[5-9]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_OVERPUNCHED = frozenset("{ABCDEFGHI}JKLMNOPQR")
_LOOK = 20_000
_MOSTLY = 0.8
_PARTING = re.compile(r"(?<!\d),(?! )|,(?![\d ])")
"""A comma that is neither inside a number nor before a blank."""
_MOMENTS = (12, 14, 17)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3})?)?$")


def even_lines(text: str) -> list[str]:
    """Return the lines when nearly all are equally long, as fixed-width records are; else an empty list."""
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()][:_LINES_READ]
    if len(text) > 60_000 and len(lines) > 2:
        lines = lines[:-1]
    if len(lines) < 2:
        return []
    length, count = Counter(map(len, lines)).most_common(1)[0]
    needed = 0.9 if length < _LONG else 0.7
    return lines if length >= _SHORTEST and count >= needed * len(lines) and count > 1 else []


def ragged_columns(text: str) -> list[str]:
    """Return the lines when they align in columns parted by two blanks or more; else an empty list."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()][:_LINES_READ]
    if len(lines) < 4 or any("\t" in line for line in lines[:50]):
        return []
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    gutters = [all(line[n : n + 2] == "  " for line in padded) for n in range(width - 1)]
    gaps = sum(1 for n in range(1, width - 1) if gutters[n] and not gutters[n - 1])
    inner = sum(1 for line in lines if "  " in line.strip()) / len(lines)
    return padded if gaps >= 1 and inner >= 0.8 else []


def parts_thousands(text: str, delimiter: str) -> bool:
    """Tell whether all commas of a text part thousands, as those of a printed list do."""
    head = text[:_LOOK].rpartition("\n")[0] or text[:_LOOK]
    is_in_columns = all(" " in line.strip() for line in head.splitlines() if line.strip())
    return delimiter == "," and is_in_columns and not re.search(r"(?<!\d),|,(?!\d{3}(?!\d))", head)


def stands_in_columns(text: str, delimiter: str) -> bool:
    """Tell whether blanks part the columns, and commas only stand in words and numbers: `4,50`, `Lee, Jo`.

    Cells of a padded CSV have their blanks at the edges; and a comma that parts cells stands between any two.
    """
    head = text[:_LOOK].rpartition("\n")[0] or text[:_LOOK]
    lines = [line.rstrip() for line in head.splitlines() if line.strip()][:_LINES_READ]
    if delimiter != "," or '"' in head or "\t" in head or len(lines) < _LINES_NEEDED or _PARTING.search(head):
        return False
    gaps = sum(any("  " in cell.strip() for cell in line.split(",")) for line in lines)
    width = max(map(len, lines))
    blank = [all(line[n : n + 1] in ("", " ") for line in lines) for n in range(width)]
    gutters = sum(1 for n in range(1, width) if blank[n] and not blank[n - 1])
    return gaps >= _MOSTLY * len(lines) and gutters >= max(line.count(",") for line in lines)


def read_fixed(lines: list[str], records: list[str]) -> Parsed:
    """Return the fields as columns.

    Args:
        lines: The lines that the layout is found on.
        records: All lines to be cut by that layout.
    """
    filled = [line for line in records if line.strip()]
    above, below = titles_around(filled)
    first, last = about_the_file(filled[above : len(filled) - below])
    told = edges_told(first, last, above, below)
    first, last = first + above, last + below
    lines = lines[first : len(lines) - (last if len(lines) >= len(filled) else 0)]
    filled = filled[first : len(filled) - last]
    width = max(map(len, lines))
    starts = _parted_days(_starts(lines), lines, width)
    ends = [*starts[1:], width]
    cut = [[line[a:b].strip() for a, b in zip(starts, ends, strict=True)] for line in filled]
    header = _header_of(cut)
    if header.present and len(lines) >= _LINES_NEEDED:
        # What no name stands above is a word of the column before: a department called `R and D`.
        named = [n for n, cell in enumerate(cut[header.row]) if cell or not n or _is_apart(lines, starts[n])]
        starts = [starts[n] for n in named]
        ends = [*starts[1:], width]
        cut = [[line[a:b].strip() for a, b in zip(starts, ends, strict=True)] for line in filled]
    elif not header.present:
        starts = parted(starts, lines, width)
        ends = [*starts[1:], width]
        cut = [[line[a:b].strip() for a, b in zip(starts, ends, strict=True)] for line in filled]
    names = unique_names(cut[header.row] if header.present else [], len(starts))
    body = cut[header.row + 1 :] if header.present else cut
    fields = tuple(
        FixedField(name=name, start=a, length=max(1, *(len(line[a:b].rstrip()) for line in lines)))
        for name, a, b in zip(names, starts, ends, strict=True)
    )
    parsed = Parsed(
        FormatKind.FIXED_WIDTH,
        f"{len(lines):,} lines of {width} characters with {counted(len(starts), 'aligned field')}",
    )
    parsed.header, parsed.fixed, parsed.names = header, fields, names
    parsed.columns = [list(column) for column in zip(*body, strict=True)] if body else [[] for _ in names]
    parsed.records = parsed.estimated = len(body)
    parsed.trailer_rows = last
    parsed.warnings += told
    if not header.present:
        parsed.warnings += _guessed_edges(starts, lines, names)
    parsed.warnings += filter(None, [several_kinds(filled[header.row + 1 if header.present else 0 :])])
    return parsed


def _header_of(cut: list[list[str]]) -> Header:
    if len(cut) <= 2:
        return Header(present=False, evidence="too few records to tell a header")
    found = detect_header(cut[:100])
    if found.present and len(cut[0]) == 1 and not cut[found.row][0][:1].isalpha():
        return Header(present=False, evidence="the first record begins with no letter")
    return found


def _guessed_edges(starts: list[int], lines: list[str], names: list[str]) -> list[str]:
    """Return that edges without a blank are a guess, with where they are."""
    adjoin = [n for n, at in enumerate(starts) if n and any(line[at - 1 : at].strip() for line in lines)]
    if not adjoin:
        return []
    pairs = in_series([f"{names[n - 1]} and {names[n]}" for n in adjoin], most=3)
    places = ", ".join(str(at + 1) for at in starts)
    return [
        f"Nothing parts {pairs}: these edges are a guess from what stands there. Compare them with the"
        f" sender's layout; I read fields from the characters {places}."
    ]


def _is_apart(lines: list[str], start: int) -> bool:
    """Tell whether two blanks or more part a field from the one before in all lines: it has no name."""
    return not any(line[start - 2 : start].strip() for line in lines)


def _starts(lines: list[str]) -> list[int]:
    """Return where fields begin: after a gutter of blanks, and where letters turn into digits or back."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    kinds = [_column_kind([line[n] for line in padded]) for n in range(width)]
    starts = [0]
    powers = _powers(padded)
    for n in range(1, width):
        before, here = kinds[n - 1], kinds[n]
        if here == "blank" or n in powers:
            continue
        opens = before == "blank"
        turns = (
            len(lines) >= 2
            and {before, here} <= {"digit", "alpha", "padded digit", "padded alpha"}
            and before.split()[-1] != here.split()[-1]
        ) or (before == "sign" and n > 1 and kinds[n - 2].endswith("digit"))
        jumps = (
            len(lines) >= 5
            and before.startswith("padded")
            and not here.startswith("padded")
            and _mostly_blank(padded, n - 1)
            and not _is_aligned_right(padded, n)
        )
        if set(kinds[:n]) == {"blank"}:
            continue  # the first field is aligned right: it begins where the line does
        if (opens or turns or jumps) and not (opens and _same_words(padded, n)):
            starts.append(n)
    return starts


def _powers(lines: list[str]) -> set[int]:
    """Return the places of the `e-05` behind numbers, where no field begins; line one may hold names."""
    width, found = len(lines[0]), set[int]()
    for n in range(1, width - 2):
        cells = [line[n - 1 : n + 3] for line in lines[1:]]
        filled = [cell for cell in cells if cell[1] != " "]
        if filled and all(map(_POWER.fullmatch, filled)) and len(filled) >= _MOSTLY * len(cells):
            found |= {n, n + 1, n + 2}
    return found


def _parted_days(starts: list[int], lines: list[str], width: int) -> list[int]:
    """Return where fields begin, with days parted from the digits that stand before or behind them."""
    if len(lines) < _LINES_NEEDED:
        return starts
    found: list[int] = []
    for begin, end in zip(starts, [*starts[1:], width], strict=True):
        cells = [line[begin:end].strip().rstrip("+-") for line in lines]
        wide = {len(cell) for cell in cells}
        found.append(begin)
        shift = len(lines[0][begin:end]) - len(lines[0][begin:end].lstrip())
        at = _day_within(cells) if len(wide) == 1 else None
        if at is not None:
            length = max(wide)
            found += [begin + shift + place for place in (at, at + _DAY_DIGITS) if 0 < place < length]
    return sorted(set(found))


def _day_within(cells: list[str]) -> int | None:
    """Return where a day of eight digits stands in longer fields of digits; None in moments."""
    length = len(cells[0])
    if (
        length <= _DAY_DIGITS
        or not all(cell.isdecimal() for cell in cells)
        or len(set(cells)) < _LINES_NEEDED
    ):
        return None
    places = [at for at in range(length - _DAY_DIGITS + 1) if all(_DAY.match(cell, at) for cell in cells)]
    if len(places) != 1:
        return None
    rest = [cell[_DAY_DIGITS:] for cell in cells]
    is_moment = places[0] == 0 and length in _MOMENTS and all(map(_CLOCK.match, rest))
    return None if is_moment and any(not cell.startswith("00") for cell in rest) else places[0]


def _column_kind(chars: list[str]) -> str:
    digits = sum(char.isdigit() for char in chars)
    blanks = chars.count(" ")
    filled = len(chars) - blanks
    if not filled:
        return "blank"
    if _OVERPUNCHED.issuperset(chars) and {"{", "}"} & set(chars):
        return "sign"  # the last digit of a number with its sign, as COBOL writes both in one
    if set(chars) <= {"+", "-", " "} and 0 < chars.count("-") < _SIGNED * len(chars):
        return "sign"
    if digits == filled:
        return "padded digit" if blanks else "digit"
    if digits == 0 and sum(char.isalpha() for char in chars) == filled:
        return "padded alpha" if blanks else "alpha"
    return "mixed"


def _mostly_blank(lines: list[str], position: int) -> bool:
    return sum(line[position] == " " for line in lines) >= 0.6 * len(lines)


def _is_aligned_right(lines: list[str], position: int) -> bool:
    """Tell whether a field gets wider towards the position, as numbers do, or only a header fills it."""
    filled = [sum(line[n] != " " for line in lines) for n in (position - 2, position - 1)]
    return position < 2 or filled[1] < 2 or filled[0] < filled[1]


def _same_words(lines: list[str], position: int) -> bool:
    """Tell whether one blank parts words or a date from its time inside a field, as in `2013-01-01 12:00`."""
    if position < 2 or any(line[position - 2] == " " for line in lines):
        return False
    before, after = (
        {line[position - 3 : position - 1] for line in lines},
        {line[position : position + 2] for line in lines},
    )
    times = all(
        len(line) > position + 2 and line[position : position + 2].isdigit() and line[position + 2] == ":"
        for line in lines
    )
    dates = all(text.isdigit() for text in before)
    return times and dates and len(after) >= 1
