"""Read lists as SQL consoles and report writers print them: names, a rule of dashes, records in its columns.

The rule says where each column lies, so page headings, repeated names and closing lines are told from records
by what stands between the columns.
"""

import re
from itertools import pairwise

from config_gen.samples.parsed import Parsed, unique_names
from config_gen.types.kinds import PARTICULAR, kind_of
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import FixedField, Header
from domain.counting import counted

_RULE = re.compile(r" *[-=]{2,}(?: +[-=]{1,})+\s*")
_GROUP = re.compile(r"[-=]+")
_LOOKED_AT = 30
_FEWEST_RECORDS = 2
_LONGEST_RULE = 4_000
_CLOSING = re.compile(r"\s*\(?\d[\d,.]* (?:rows?|records?)\b.*", re.IGNORECASE)


def rule_of(text: str) -> int | None:
    """Return which line, from 0, is a rule below the names of columns; None where there is none.

    A row of dashes below numbers holds no values; and what tabs part is no list in columns.
    """
    lines = text.split("\n", _LOOKED_AT)[:_LOOKED_AT]
    for n, line in enumerate(lines[1:], start=1):
        above = lines[n - 1]
        if len(line) <= _LONGEST_RULE and _RULE.fullmatch(line) and not _RULE.fullmatch(above):
            names = [above[a:b].strip() for a, b in _spans(line)]
            are_names = any(name and kind_of(name) not in PARTICULAR for name in names)
            return n if are_names and sum(map(bool, names)) >= 0.8 * len(names) else None
    return None


def read_ruled(lines: list[str], rule: int, most: int) -> Parsed | None:
    """Return the records below a rule as columns, or None where hardly a line keeps to the columns.

    Args:
        lines: All lines, the names of the columns just above the rule.
        rule: Which line is the rule.
        most: How many records at most.
    """
    spans = _spans(lines[rule])
    gaps = [n for (_, end), (start, _) in pairwise(_groups(lines[rule])) for n in range(end, start)]
    head = lines[rule - 1].rstrip()
    below = [line.strip("\r\f").rstrip() for line in lines[rule + 1 :]]
    filled = [line for line in below if line.strip() and line != head and not _RULE.fullmatch(line)]
    kept = [line for line in filled if _keeps_to(gaps, line) and not _CLOSING.fullmatch(line)]
    if len(kept) < _FEWEST_RECORDS or len(kept) < 0.6 * len(filled):
        return None
    names = unique_names([head[a:b].strip() for a, b in spans], len(spans))
    rows = [[line[a:b].strip() for a, b in spans] for line in kept[:most]]
    parsed = Parsed(
        FormatKind.FIXED_WIDTH,
        f"a list of {counted(len(kept), 'line')} in {counted(len(spans), 'column')} under a rule of dashes",
    )
    parsed.header = Header(present=True, row=rule - 1, evidence="a rule of dashes stands below the names")
    widest = max(len(row[-1]) for row in rows) or 1
    parsed.fixed = tuple(
        FixedField(name=name, start=a, length=widest if b is None else b - a)
        for name, (a, b) in zip(names, spans, strict=True)
    )
    parsed.names = names
    parsed.columns = [list(column) for column in zip(*rows, strict=True)]
    parsed.records = parsed.estimated = len(rows)
    if others := len(filled) - len(kept):
        said = counted(others, "line below the names is no record", "lines below the names are no records")
        parsed.warnings.append(f"{said} (headings of pages, totals, notes); left out.")
    return parsed


def _keeps_to(gaps: list[int], line: str) -> bool:
    return all(line[n : n + 1] in ("", " ") for n in gaps)


def _groups(rule: str) -> list[tuple[int, int]]:
    return [match.span() for match in _GROUP.finditer(rule)]


def _spans(rule: str) -> list[tuple[int, int | None]]:
    """Return where each column begins and ends; the last one ends with its line."""
    groups = _groups(rule)
    return [(a, b) for a, b in groups[:-1]] + [(groups[-1][0], None)]
