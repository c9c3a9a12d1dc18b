"""Findings from log lines that belong to no span: new error templates, and lines that point at somebody else.

A line in which one service complains about another by name is evidence about the other; the complaint
itself makes its author a victim. Whatever else a line says, it is data: no word in it is ever followed.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.counting import times
from domain.investigation.evidence import EvidenceKind, IncidentCase
from rca.findings import Finding, quoted
from rca.logs.log_templates import blank, says_call_failed, says_error
from rca.logs.named_services import services_named
from rca.logs.stores_named import stores_of

_POINTED = 0.6
_PLAINLY_MORE = 2.0
_FEW_LINES = 2
_MOST_ERRORS = 20_000
_SAMPLES_EARLY = 1.5
"""The onset is known to a sample or so: a line may begin that much before it."""
_MANY_TIMES = 10.0
"""A line that comes now and then in good times is news when it comes so many times as often."""


@dataclass(frozen=True, slots=True)
class LogView:
    """New error templates, how many lines were read, and rows of error lines, of each service evenly thinned
    where there are very many, which `has_all_errors` says."""

    findings: tuple[Finding, ...]
    lines: int
    errors: tuple[int, ...] = ()
    has_all_errors: bool = True


@dataclass(slots=True)
class _Seen:
    after: int = 0
    before: int = 0
    row: int = 0
    first_ms: float = math.inf
    names: tuple[str, ...] = ()


def view_logs(
    case: IncidentCase, onset: float, names: frozenset[str], calls: Sequence[tuple[str, str]] = ()
) -> LogView:
    """Compare error templates after the onset with those before it and in the reference."""
    stores = stores_of(names, case.telemetry.metrics.series, calls)
    logs = case.telemetry.logs
    known = _known(case, names)
    onset_ms = (onset - case.anomaly_time) * 1000.0
    soonest_ms = onset_ms - _SAMPLES_EARLY * (case.sample_seconds or 60.0) * 1000.0
    seen: dict[tuple[str, str], _Seen] = defaultdict(_Seen)
    errors: list[int] = []
    for row in range(len(logs)):
        message, service = logs.message[row], logs.service[row]
        if not says_error(logs.level[row], message):
            continue
        errors.append(row)
        template = blank(message, names)
        entry = seen[(service, template)]
        if logs.t_ms[row] >= onset_ms:
            if entry.after == 0:
                named = services_named(message, names, service)
                entry.row, entry.names = row, named or stores.named(message, service)
            entry.after += 1
        else:
            entry.before += 1
        if logs.t_ms[row] >= soonest_ms:  # one that came an hour before was not the beginning
            entry.first_ms = min(entry.first_ms, logs.t_ms[row])
    chance = _by_chance(seen, logs.t_ms, onset_ms)
    findings = [
        finding for key, entry in seen.items() for finding in _findings(case, key, entry, known, chance)
    ]
    findings += _pattern_findings(case, names)
    kept = _thinned(errors, logs.service)
    return LogView(tuple(findings), len(logs), kept, len(kept) == len(errors))


def _thinned(rows: Sequence[int], services: Sequence[str]) -> tuple[int, ...]:
    """Return so many rows or a few more, of each service evenly: two that write in turn are both heard."""
    every, nth, kept = 1 + len(rows) // _MOST_ERRORS, Counter[str](), []
    for row in rows:
        if nth[services[row]] % every == 0:
            kept.append(row)
        nth[services[row]] += 1
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _Known:
    """How often error templates come in fault-free times, lines per millisecond of any service."""

    per_ms: Mapping[str, float]


def _known(case: IncidentCase, names: frozenset[str]) -> _Known:
    if case.reference is None:
        return _Known({})
    logs = case.reference.logs
    counts = Counter(
        blank(message, names)
        for level, message in zip(logs.level, logs.message, strict=True)
        if says_error(level, message)
    )
    times = np.asarray(logs.t_ms, dtype=float)
    took = max(float(np.nanmax(times) - np.nanmin(times)), 1.0) if counts else 1.0
    return _Known({template: count / took for template, count in counts.items()})


@dataclass(frozen=True, slots=True)
class _Chance:
    """What chance alone would bring after the onset: how many templates that were never seen before, and how
    many lines for each line before; `known` are templates that anybody wrote before."""

    new_templates: float
    lines_for_one: float
    late_ms: float
    known: frozenset[str] = frozenset()


def _by_chance(seen: Mapping[tuple[str, str], _Seen], times_ms: Sequence[float], onset_ms: float) -> _Chance:
    """Estimate from the lines before the onset; who was seen once stands for one unseen (Good 1953)."""
    times = np.asarray(times_ms, dtype=float)
    early = onset_ms - float(np.nanmin(times, initial=onset_ms))
    late = float(np.nanmax(times, initial=onset_ms)) - onset_ms
    longer = late / early if early > 0 else 0.0
    known = frozenset(template for (_, template), entry in seen.items() if entry.before)
    return _Chance(longer * sum(entry.before == 1 for entry in seen.values()), longer, late, known)


def _findings(
    case: IncidentCase, key: tuple[str, str], entry: _Seen, known: _Known, chance: _Chance
) -> list[Finding]:
    service, template = key
    expected = entry.before * chance.lines_for_one
    if entry.after == 0 or entry.after <= 2.0 * expected:
        return []
    if not entry.before and entry.after <= _FEW_LINES and template in chance.known:
        return []  # others write it now and then
    usual = known.per_ms.get(template)
    if usual is not None and entry.after <= _MANY_TIMES * (usual * chance.late_ms + 1.0):
        return []
    plain = 2.0 * (math.sqrt(entry.after + 0.375) - math.sqrt(expected + 0.375))
    if plain < _PLAINLY_MORE and entry.before:
        return []
    strength = min(6.0, 2.0 + math.log1p(entry.after - expected))
    if entry.before:  # among so many templates that come now and then, one comes more often by chance
        strength = min(strength, plain - 1.0)
    if entry.after <= _FEW_LINES:
        strength /= 1.0 + chance.new_templates
    begin = case.anomaly_time + entry.first_ms / 1000.0
    line = quoted(case.telemetry.logs.message[entry.row])
    text = f"new error line, {times(entry.after)} after the onset and {entry.before} before: {line}"
    reference = f"log:{entry.row}"
    if not entry.names:
        of_a_call = says_call_failed(case.telemetry.logs.message[entry.row])
        kind = EvidenceKind.LOG
        return [Finding(service, "new_errors", strength, kind, text, reference, begin, of_a_call=of_a_call)]
    pointed = [
        Finding(
            name,
            "blamed",
            strength * _POINTED,
            EvidenceKind.LOG,
            f"{service} complains {times(entry.after)}: {line}",
            reference,
            begin,
        )
        for name in entry.names
    ]
    return [Finding(service, "complains", 0.3 * strength, EvidenceKind.LOG, text, reference, begin), *pointed]


def _pattern_findings(case: IncidentCase, names: frozenset[str]) -> list[Finding]:
    """Use what the log system itself counted against its baseline."""
    findings = []
    for number, pattern in enumerate(case.patterns):
        if not pattern.negative or not pattern.excess > 0:
            continue
        strength = min(
            6.0, 1.0 + math.log1p(pattern.excess) * min(1.0, pattern.excess / max(pattern.count, 1.0))
        )
        named = services_named(pattern.signature, names, pattern.service)
        text = f"log pattern {pattern.excess:.0f} more than usual: {quoted(pattern.signature)}"
        family = "complains" if named else "new_errors"
        share = 0.3 if named else 1.0
        reference = f"pattern:{number}"
        findings.append(Finding(pattern.service, family, share * strength, EvidenceKind.LOG, text, reference))
        findings += [
            Finding(name, "blamed", strength * _POINTED, EvidenceKind.LOG, text, reference) for name in named
        ]
    return findings
