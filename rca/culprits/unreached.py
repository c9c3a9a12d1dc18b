"""A service that its callers can't connect to: it shows nothing, as what does not arrive makes no trouble.

Behind a broken network, a closed port or an expired certificate a service looks idle and well, and who
can't reach it looks sick. What tells are lines about the connection itself, of most who call it, and that it
is asked for less. Where only one of several complains, or one of several callees alone, the trouble is at
that one's end.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.counting import in_series, times
from domain.investigation.evidence import EvidenceKind, LogTable, SpanTable
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, is_bad_when_low
from rca.findings import Finding, clean, quoted
from rca.logs.named_services import services_named
from rca.reach import reached
from rca.series.metric_signals import MetricView, SeriesDeviation

_READ = 400
_CONNECTS = re.compile(
    r"(?i)connection (?:to \S{1,120} )?(?:refused|timed out)|connect(?:ing)?:? (?:timed ?out|timeout)|"
    r"i/o timeout|\beconnrefused\b|\betimedout\b|\behostunreach\b|no route to host|network is unreachable|"
    r"timed out connecting|(?:could not|can't|cannot|unable to|failed to) connect|x509: |handshake|"
    r"certificate (?:has |of \S{1,120} )?expired|cert_has_expired|"
    r"verify (?:the )?certificate|certificate verif|pkix path|certpath|no healthy upstream"
)
_FEWEST_LINES, _TIMES_MORE = 3, 3
_FELL_Z, _FELL_TO, _PLAIN_Z = 4.0, 0.7, 6.0
_FEWEST_SPANS = 20
_HARDLY_ASKED, _NOT_ASKED = 0.3, 0.02
_ALL, _LONE = 1.0, 0.8
_UNTOLD_LOAD = 0.75
_MOST_NAMED = 3
_TELLS = frozenset({Family.LOAD, Family.LATENCY, Family.ERRORS, Family.SUCCESS})
_FELT = frozenset({Family.LATENCY, Family.ERRORS, Family.SUCCESS})
_ILL = frozenset({Family.LATENCY, Family.ERRORS, Family.SUCCESS, Family.CPU, Family.SATURATION})


def unreached_findings(
    logs: LogTable,
    errors: Iterable[int],
    onset_ms: float,
    names: frozenset[str],
    calls: Sequence[tuple[str, str]],
    view: MetricView,
    spans: SpanTable,
    *,
    counts_all: bool,
) -> list[Finding]:
    """Return at most one finding for each service that its callers can't connect to any more, by rows of
    error lines; `counts_all` says whether these are all that were written."""
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        callers[callee].add(caller)
    asked_less, answered = _asked_less(view), _answered_share(spans, onset_ms)
    told = {s.service for s in view.series if s.family in _TELLS}
    shares = {**answered, **asked_less}
    unasked = {name for name, share in shares.items() if share <= _HARDLY_ASKED}
    complaints = _complaints(logs, errors, onset_ms, names, lambda author: _only_lost(author, calls, unasked))
    reaches_nobody = Counter(author for authors in complaints.values() for author in authors)
    found = []
    for name, authors in sorted(complaints.items()):
        if len(authors) == 1 and reaches_nobody[next(iter(authors))] > 1:
            continue
        others = callers[name] - authors.keys()
        share = asked_less.get(name)
        if share is None and name not in told:  # its spans tell how much it is asked for
            share = answered.get(name)
            if share is not None and share > _FELL_TO:
                continue
        if (share is None and name in told) or len(authors) <= len(others & set(logs.service)):
            continue
        who = in_series([clean(one, 60) for one in sorted(authors)], most=_MOST_NAMED)
        lines = sum(len(rows) for rows in authors.values())
        row = min(row for rows in authors.values() for row in rows)
        often = times(lines) if counts_all else f"at least {times(lines)}"
        text = f"{who} can't connect to it ({often}, {quoted(logs.message[row])}), and " + (
            f"it is asked for {100 * share:.0f}% of what it was"
            if share is not None
            else "its load is not told"
        )
        is_plain = len(authors) > 1 or (share is not None and share <= _HARDLY_ASKED)
        strength = MOST * (_ALL if is_plain else _LONE) * (_UNTOLD_LOAD if share is None else 1.0)
        known = Finding(name, UNTOLD, strength, EvidenceKind.LOG, text, f"log:{row}", view.onset)
        found.append(replace(known, explains=frozenset(authors)))
    return found or _unasked_by_all(view, callers, asked_less)


def _unasked_by_all(
    view: MetricView, callers: Mapping[str, set[str]], asked_less: Mapping[str, float]
) -> list[Finding]:
    """Return at most one finding, where no line says so: about who is hardly asked any more, while all who
    call it are asked as ever and suffer, and nobody else whom they call is asked so much less."""
    suffers = {s.service for s in view.series if s.family in _FELT and _is_worse(s)}
    load = [s for s in view.series if s.family is Family.LOAD and s.deviation.before > 0]
    loaded = {s.service for s in load}
    fell = {
        s.service
        for s in load
        if s.deviation.z <= -_FELL_Z and s.deviation.after <= _FELL_TO * s.deviation.before
    }
    calls = [(caller, callee) for callee, above in callers.items() for caller in above]
    unasked = [
        name for name in sorted(asked_less.keys() & callers.keys()) if asked_less[name] <= _HARDLY_ASKED
    ]
    # Who is asked for less only because a caller gets nothing to do is no second one.
    below = {name: reached(name, calls) - {name} for name in unasked}
    lost = [
        name
        for name in unasked
        if (len(callers[name]) > 1 or _only_it(name, callers, asked_less, loaded))
        and callers[name] <= suffers - fell
        and not any(name in below[other] and other not in below[name] for other in unasked)
        and not any(callers[name] & callers[other] for other in fell - below[name] - {name})
    ]
    if len(lost) != 1:
        return []
    name = lost[0]
    least = min(
        (s for s in load if s.service == name),
        key=lambda s: (s.deviation.after / s.deviation.before, s.metric),
    )
    who = in_series([clean(one, 60) for one in sorted(callers[name])], most=_MOST_NAMED)
    share = f"{100 * asked_less[name]:.0f}% of what it was"
    as_ever = ", who are asked as ever" if callers[name] <= loaded else ""
    text = f"it is asked for {share}, and all who call it suffer, {who}{as_ever}"
    reference, explains = f"metric:{name}|{least.metric}", frozenset(callers[name])
    return [
        Finding(
            name, UNTOLD, MOST * _LONE, EvidenceKind.METRIC, text, reference, least.onset, explains=explains
        )
    ]


def _only_it(
    name: str, callers: Mapping[str, set[str]], asked_less: Mapping[str, float], loaded: set[str]
) -> bool:
    """Return whether nothing at all comes to a service any more from its one caller, which asks somebody
    else as ever: who fails before it calls anybody asks nobody."""
    others = {other for other, above in callers.items() if above & callers[name] and other != name}
    return asked_less[name] <= _NOT_ASKED and bool(others & loaded)


def _is_worse(series: SeriesDeviation) -> bool:
    is_bad = (series.deviation.z < 0) == is_bad_when_low(series.measure)
    return is_bad and abs(series.deviation.z) >= _PLAIN_Z


def _complaints(
    logs: LogTable,
    errors: Iterable[int],
    onset_ms: float,
    names: frozenset[str],
    only_lost: Callable[[str], Sequence[str]],
) -> Mapping[str, Mapping[str, Sequence[int]]]:
    """Return the rows since the onset in which somebody can't connect to a service, by service and author; a
    line that names nobody is about the only callee that its author hardly asks any more."""
    lost: dict[str, Sequence[str]] = {}
    before: Counter[tuple[str, str]] = Counter()
    after: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in errors:
        message = logs.message[row]
        if not _CONNECTS.search(message[:_READ]):
            continue
        author = logs.service[row]
        named: Sequence[str] = services_named(message, names, author)
        if not named:
            named = lost[author] = lost[author] if author in lost else tuple(only_lost(author))
        for name in named:
            if logs.t_ms[row] < onset_ms:
                before[name, author] += 1
            else:
                after[name, author].append(row)
    found: dict[str, dict[str, Sequence[int]]] = defaultdict(dict)
    for (name, author), rows in after.items():
        if len(rows) >= max(_FEWEST_LINES, _TIMES_MORE * before[name, author]):
            found[name][author] = rows
    return found


def _only_lost(author: str, calls: Sequence[tuple[str, str]], unasked: set[str]) -> list[str]:
    """Return the one callee of a service that is hardly asked any more; none where others are not either:
    who fails before it calls anybody calls nobody."""
    callees = {callee for caller, callee in calls if caller == author and callee != author}
    lost = sorted(callees & unasked)
    return lost if len(lost) == 1 and author not in unasked else []


def _answered_share(spans: SpanTable, onset_ms: float) -> Mapping[str, float]:
    """Return to which share of before the spans of each service fell, where it made enough to tell."""
    times_ms = [at for at in spans.start_ms if at == at]
    early, late = onset_ms - min(times_ms, default=onset_ms), max(times_ms, default=onset_ms) - onset_ms
    if early <= 0 or late <= 0:
        return {}
    before = Counter(s for s, at in zip(spans.service, spans.start_ms, strict=True) if at < onset_ms)
    after = Counter(s for s, at in zip(spans.service, spans.start_ms, strict=True) if at >= onset_ms)
    return {
        name: (after[name] / late) / (count / early)
        for name, count in before.items()
        if count >= _FEWEST_SPANS
    }


def _asked_less(view: MetricView) -> Mapping[str, float]:
    """Return to which share of before the load of those fell that show no trouble of their own."""
    own: Iterable[tuple[str, Family, float, float]] = (
        (s.service, s.family, s.deviation.z, s.deviation.after / s.deviation.before)
        for s in view.series
        if s.deviation.before > 0
    )
    fell: dict[str, float] = {}
    ill: set[str] = set()
    for service, family, z, share in own:
        if family is Family.LOAD and z <= -_FELL_Z and share <= _FELL_TO:
            fell[service] = min(fell.get(service, 1.0), share)
        elif family in _ILL and family is not Family.SUCCESS and z >= 2 * _FELL_Z:
            ill.add(service)
    return {service: share for service, share in fell.items() if service not in ill}
