"""What no single service did: more users than usual, or something that all of them stand on.

Somebody comes first in every ranking. Where the load of all rose and several are slow alike, or where
services that do not call each other begin to write the same error, the first one is no answer.
"""

import string
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, EvidenceKind, IncidentCase
from rca.collect import Collected
from rca.culprits.shared_node import lone_nodes, moved
from rca.families import Family
from rca.findings import Finding, clean, quoted
from rca.logs.line_forms import plain
from rca.logs.log_templates import blank
from rca.logs.named_services import services_named
from rca.reach import reached
from rca.series.metric_signals import SeriesDeviation
from rca.verdict.alone_silent import SILENCE, silent_at_once
from rca.verdict.ranking import Ranked, Weights

_RISEN, _RISEN_Z, _FEWEST, _NEARLY_ALL = 1.5, 4.0, 3, 0.8
_ALIKE, _PLAIN = 0.7, 0.45
_BY_LOAD = frozenset({
    "latency", "client_latency", "own_time", "call_gap", "cpu", "saturation", "load", "network", "node",
    "other", "cache", "alerted", "entrance", "first",
})  # fmt: skip
"""What more users alone bring about."""
_BY_OVERLOAD = frozenset({"errors", "success", "failed_spans", "blamed", "complains", "untold"})
_SLOW = frozenset({"latency", "own_time", "saturation", "call_gap"})
_OWN = frozenset({"cpu", "memory", "disk"})
_FAILS = frozenset({"errors", "success", "failed_spans", "latency", "own_time"})
_PERHAPS = 0.79
"""No more than *perhaps*, where as plain a cause was measured of which nothing says whom it hurts, or that
more users are."""
_ALONG, _HARDLY_MORE, _WORKS_BEYOND, _PATIENCE = 0.7, 1.1, 1.3, 1.5
_LINES = frozenset({"new_errors", "complains"})
_READ = 400


@dataclass(frozen=True, slots=True)
class SharedTrouble:
    """Sentences for people, whether who comes first should not be named, how sure one may be at most, and
    what the sentences rest on."""

    sentences: tuple[str, ...] = ()
    is_nobodys: bool = False
    most_sure: float = 1.0
    rests_on: tuple[Finding, ...] = ()


def shared_trouble(
    case: IncidentCase, seen: Collected, ranked: Sequence[Ranked], weights: Weights
) -> SharedTrouble:
    """Return what is said of trouble that is shared; nothing where there is none."""
    # What all stand on fails all of them at once: who turned before the others did it, or passes it on.
    is_first = bool(ranked) and any(finding.family == "first" for _, finding in ranked[0].findings)
    lines, rests_on = ("", []) if is_first else _same_lines(case, seen)
    surge, times, asked = _surge(seen)
    rests_on += [_load_of(asked)] if asked else []
    complaining = [one for one in ranked[:_FEWEST] if "new_errors" in _plain(one, weights)]
    lines_too = frozenset({"new_errors"} if len(complaining) > 1 else ())
    lines_too |= {"disk"} if surge and ranked and _reads_along(ranked[0], times) else set()
    is_by_load = bool(surge) and bool(ranked) and _shows_only_load(ranked[0], weights, lines_too)
    patience = _PATIENCE * (case.sample_seconds or 60.0)
    is_nobodys = bool(lines) or (
        is_by_load and (_are_alike(ranked) or _rose_along(ranked[0], seen, times, patience))
    )
    if lost := seen.lost_names:
        lines, rests_on = lost.sentence, [*seen.lost_rows, *rests_on]
        is_nobodys = not ranked or not (
            ranked[0].service == lost.answers or _is_ill_itself(ranked[0], lost.services, weights)
        )
    node = next((node for node in seen.busy_nodes if not node.taken_by), None)
    if node and ranked and ranked[0].service in node.suffering and not (lines or surge):
        lines, rests_on = node.sentence, [_load_of(node.series)]
        is_nobodys |= _shows_only_load(ranked[0], weights)
    if (
        not (lines or surge)
        and (silent := silent_at_once(case, seen))
        and _misses_some(ranked, seen, weights)
    ):
        lines, is_nobodys = silent, True
    nodes = _not_after(ranked, lone_nodes(seen.metrics), patience)
    node_said = _maybe_on(nodes, ranked, weights)
    said = tuple(said for said in (lines, surge, node_said) if said)
    return SharedTrouble(said, is_nobodys, _PERHAPS if node_said or is_by_load else 1.0, tuple(rests_on))


def _misses_some(ranked: Sequence[Ranked], seen: Collected, weights: Weights) -> bool:
    """Return whether the first fell silent, or calls somebody who did and is short of nothing itself: who is
    plainly ill may have stopped them."""
    if not ranked or any(finding.family == SILENCE for _, finding in ranked[0].findings):
        return True
    gone = {finding.service for finding in seen.findings if finding.family == SILENCE}
    calls_them = bool(gone & reached(ranked[0].service, seen.calls))
    return calls_them and not _OWN & _plain(ranked[0], weights)


def _not_after(
    ranked: Sequence[Ranked], nodes: Sequence[SeriesDeviation], patience: float
) -> list[SeriesDeviation]:
    """Return the nodes that got busier no later than the first turned: what comes after it is no cause."""
    began = min((f.at for one in ranked[:1] for _, f in one.findings if f.bad and f.at), default=None)
    return [node for node in nodes if not (began and node.onset and node.onset > began + patience)]


def _maybe_on(nodes: Sequence[SeriesDeviation], ranked: Sequence[Ranked], weights: Weights) -> str:
    """Return that a node got busier where the first shows only what it may suffer there; else empty."""
    if not nodes or not ranked or ranked[0].score <= 0 or not _shows_only_load(ranked[0], weights):
        return ""
    if any(f.family == "cpu" and weights.plainness(f) >= _PLAIN for _, f in ranked[0].findings):
        return ""
    most = max(nodes, key=lambda one: (one.deviation.z, one.service))
    first, node = clean(ranked[0].service, 60), clean(most.service, 60)
    return f"On {node} {moved(most)}: see whether {first} stands there, and what else does."


def _load_of(series: SeriesDeviation) -> Finding:
    """Return how a series rose as a finding that counts for nobody."""
    reference, text = f"metric:{series.service}|{series.metric}", moved(series)
    return Finding(series.service, "load", 0.0, EvidenceKind.METRIC, text, reference, series.onset)


def _surge(seen: Collected) -> tuple[str, float, SeriesDeviation | None]:
    """Return that the system is asked for much more than before, at its doors and by most, how many times as
    much, and the series that says so; else empty, 1 and None.

    Who retries asks for more as well, but only whom it calls.
    """
    rise: dict[str, float] = {}
    most: dict[str, SeriesDeviation] = {}
    for series in seen.metrics.series:
        found = series.deviation
        if series.family is not Family.LOAD or ">" in series.service or found.before <= 0:
            continue
        times = found.after / found.before
        is_plain = times >= _RISEN and found.z >= _RISEN_Z
        if times >= rise.get(series.service, 0.0) and is_plain:
            most[series.service] = series
        rise[series.service] = max(rise.get(series.service, 0.0), times if is_plain else 0.0)
    risen = {service for service, times in rise.items() if times}
    callees = {callee for _, callee in seen.calls}
    doors = sorted(name for name in rise if name == ENTRY or name not in callees)
    told = set(doors) & rise.keys()
    if len(rise) < _FEWEST or 2 * len(risen) <= len(rise):
        return "", 1.0, None
    if not (risen & told if told else len(risen) >= _NEARLY_ALL * len(rise)):
        return "", 1.0, None
    # Who reads a queue is called by nobody either: the door is through which most are reached.
    door = max(
        risen & told or risen,
        key=lambda name: (name == ENTRY, len(reached(name, seen.calls)), rise[name], name),
    )
    if not told or (not seen.calls and door != ENTRY):  # who is a door, or what of it, is not known
        said = f"Most services are asked for up to {rise[door]:.1f} times as much as before"
    else:
        name = "The system" if door == ENTRY else clean(door, 60)
        said = f"{name} is asked for {rise[door]:.1f} times as much as before, and so are most"
    said += ": look at who asks; a surge slows down whoever is nearest to their limit."
    return said, rise[door], most.get(door)


def _are_alike(ranked: Sequence[Ranked]) -> bool:
    """Return whether the second has as much to show as the first."""
    return len(ranked) > 1 and ranked[1].score >= _ALIKE * ranked[0].score


def _shows_only_load(first: Ranked, weights: Weights, besides: frozenset[str] = frozenset()) -> bool:
    """Return whether the first shows only what more users bring: who is overrun fails, too, but slowly."""
    plain = _plain(first, weights) - besides
    if plain <= _BY_LOAD:
        return True
    # Whom it waits for may explain that it is slow: slow it is all the same.
    slow = any(f.bad and f.family in _SLOW and f.strength >= _RISEN_Z for _, f in first.findings)
    return slow and plain <= _BY_LOAD | _BY_OVERLOAD


def _reads_along(first: Ranked, times: float) -> bool:
    """Return whether the disk of the first does no more beyond before than what it is asked for."""
    found = [f for _, f in first.findings if f.family == "disk" and f.bad]
    return all(
        f.measure and f.before > 0 and f.change <= (_HARDLY_MORE * times - 1) * f.before for f in found
    )


def _is_ill_itself(first: Ranked, victims: Sequence[str], weights: Weights) -> bool:
    """Return whether the first is none of these, plainly short of something of its own, and slow or fails."""
    plain = _plain(first, weights)
    return first.service not in victims and bool(_OWN & plain) and bool(_FAILS & plain)


def _plain(one: Ranked, weights: Weights) -> set[str]:
    return {f.family for _, f in one.findings if f.bad and weights.plainness(f) >= _PLAIN}


def _rose_along(first: Ranked, seen: Collected, times: float, patience: float) -> bool:
    """Return whether the first is asked for more as the system is, before it was slow, and works as much more
    as that brings: who works hardly more waits for something."""
    own = [one for one in seen.metrics.series if one.service == first.service and one.deviation.before > 0]
    grew = {
        family: max((s.deviation.after / s.deviation.before for s in own if s.family is family), default=0.0)
        for family in (Family.LOAD, Family.NETWORK, Family.CPU)
    }
    if not any(one.family is Family.LOAD for one in own):  # what it is sent tells how much it is asked for
        grew[Family.LOAD] = grew[Family.NETWORK]
    asked = min((s.onset for s in own if s.family is Family.LOAD and s.onset), default=None)
    slow = min((f.at for _, f in first.findings if f.bad and f.family in _SLOW and f.at), default=None)
    if (asked and slow and slow < asked - patience) or 0.0 < grew[Family.CPU] < _HARDLY_MORE:
        return False
    return grew[Family.LOAD] >= _ALONG * times and grew[Family.CPU] <= _WORKS_BEYOND * grew[Family.LOAD]


def _same_lines(case: IncidentCase, seen: Collected) -> tuple[str, list[Finding]]:
    """Return that services which do not call each other began to write the same error, and those lines; else
    empty.

    Where all of them need somebody who is in trouble, that one explains it.
    """
    names = frozenset(seen.services)
    authors: dict[str, dict[str, Finding]] = defaultdict(dict)
    bad = {finding.service for finding in seen.findings if finding.bad and finding.strength >= _RISEN_Z}
    for finding in seen.findings:
        if finding.family in _LINES and finding.reference.startswith("log:") and finding.strength > 0:
            row = int(finding.reference.removeprefix("log:"))
            said = plain("", case.telemetry.logs.message[row])[1]
            if bad.intersection(services_named(said, names, finding.service)):
                continue  # it says whose trouble it suffers, and that one has some
            template = blank(_without_hosts(said), names)
            authors[template].setdefault(finding.service, finding)
    below = {name: reached(name, seen.calls) for name in {caller for caller, _ in seen.calls} | names}
    for template, found in sorted(authors.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        who = sorted(found)
        apart = any(
            one not in below[other] and other not in below[one] for one in who for other in who if one < other
        )
        shared = set.intersection(*({one} | below[one] for one in who)) if who else set()
        if len(who) < _FEWEST or not apart or not seen.calls or shared & bad:
            continue
        named = in_series([clean(name, 60) for name in who], most=_FEWEST)
        said = f"{named} began to write the same error, {quoted(template)}, and"
        if untold := [clean(name, 60) for name in sorted(shared - {*seen.services, *who})]:
            where = f"all need {in_series(untold, most=_FEWEST)}, of which nothing is told: look there."
            return f"{said} {where}", list(found.values())
        return (
            f"{said} need nobody in common that is in trouble: look at what they stand on, such as the name "
            "service, the network or a certificate."
        ), list(found.values())
    return "", []


def _without_hosts(message: str) -> str:
    """Return the beginning of a message with hosts and files as `#`, whatever stands behind them kept."""
    words = [(word, word.rstrip(string.punctuation)) for word in message[:_READ].split()]
    return " ".join(f"#{word[len(name) :]}" if "." in name else word for word, name in words)
