"""The log lines of a window: all of them, or a fair choice of too many, and what was left out in words."""

import re

from domain.ports.evidence_source import EvidenceQuery
from telemetry.log_sampling import LogSample, choose_lines, with_rare
from telemetry.records import Kind
from telemetry.store_questions import Columns, Questioner, StoreQuestions

# As in the questions of the store.
_SHAPE = re.compile("([A-Za-z][^0-9]{0,23})[ /:=]")


def read_lines(files: Questioner, sql: StoreQuestions, query: EvidenceQuery, missing: list[str]) -> Columns:
    """Return at most `most_rows` lines in the order of time; what was left out is added to `missing`."""
    asked = (Kind.LOGS, query.begin, query.end)
    counted = files.ask(*asked, sql.log_counts, query.services)
    names, totals, bad = _texts(counted, "service"), _whole(counted, "total"), _whole(counted, "bad")
    sample = choose_lines(dict(zip(names, zip(totals, bad, strict=True), strict=True)), query.most_rows)
    if sample.kept_bad < sample.bad:
        shapes = files.ask(*asked, sql.log_shapes, query.services)
        keys = zip(_texts(shapes, "service"), _texts(shapes, "shape"), strict=True)
        sample = with_rare(sample, dict(zip(keys, _whole(shapes, "total"), strict=True)))
    if not said_of(sum(totals), query.most_rows, "log lines", missing, sample.words):
        return {}
    rare = _rare_lines(files, sql, query, sample)
    chosen = files.ask(
        *asked,
        sql.logs,
        query.services,
        most=query.most_rows,
        quiet=sample.quiet,
        most_bad=sample.most_bad,
        bad_parts=sample.bad_parts,
        rest_parts=sample.rest_parts,
    )
    return _joined(rare, chosen, sample, query.most_rows) if rare else chosen


def said_of(total: int, most: int, noun: str, missing: list[str], kept: str = "") -> bool:
    """Return whether there is something to read, and say when it is nothing or too much."""
    if total > most:
        said = f"{total - most:,} of {total:,} {noun} of the window were left out: too many"
        missing.append(f"{said}; {kept}" if kept else said)
    if not total:
        missing.append(f"no {noun} were pushed for this window")
    return total > 0


def _rare_lines(files: Questioner, sql: StoreQuestions, query: EvidenceQuery, sample: LogSample) -> Columns:
    if not sample.rare:
        return {}
    return files.ask(
        Kind.LOGS,
        query.begin,
        query.end,
        sql.rare_logs,
        query.services,
        most=query.most_rows,
        rare=tuple(f"{service}|{shape}" for service, shape in sample.rare),
        rare_services=tuple({service for service, _ in sample.rare}),
    )


def _joined(rare: Columns, chosen: Columns, sample: LogSample, most: int) -> Columns:
    """Return the rare lines, and of those that chance chose as many others as there is room for."""
    keys = frozenset(sample.rare)
    lines = list(zip(*rare.values(), strict=True))
    texts = zip(_texts(chosen, "service"), _texts(chosen, "level"), _texts(chosen, "message"), strict=True)
    others = [
        line
        for line, (service, level, message) in zip(zip(*chosen.values(), strict=True), texts, strict=True)
        if level not in ("warn", "error", "fatal") or (service, _shape(message)) not in keys
    ]
    room = max(most - len(lines), 0)
    if len(others) > room:
        # Evenly over the window: what is cut must not be its end.
        others = [others[place * len(others) // room] for place in range(room)]
    lines = sorted([*lines, *others], key=lambda line: int(str(line[0])))
    return {name: list(column) for name, column in zip(chosen, zip(*lines, strict=True), strict=True)}


def _shape(message: str) -> str:
    found = _SHAPE.search(message)
    return found[1] if found else ""


def _texts(told: Columns, name: str) -> list[str]:
    return [str(value) for value in told.get(name, ())]


def _whole(told: Columns, name: str) -> list[int]:
    return [int(str(value)) for value in told.get(name, ())]
