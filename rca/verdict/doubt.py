"""What to say when the evidence carries no answer: that nothing stands out, with what was looked at, or what
would decide: the next thing to look at, named by what is missing or tied."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.counting import counted, in_series
from domain.investigation.evidence import ENTRY, IncidentCase
from rca.collect import Collected
from rca.culprits.standing_failure import standing_failure
from rca.families import Family, words_of
from rca.findings import Finding, clean
from rca.reach import reached
from rca.verdict.confidence import felt, plainest
from rca.verdict.ranking import Ranked, Weights

_TIED = 0.85
_PLAIN = 0.45
"""Among hundreds of series the largest moves so far by chance: about five times its usual variation."""
_OWN = 0.1
_FAR, _NEXT_TO_NOTHING = 6.0, 0.05
"""Work that fell so many times its usual variation, to such a share of what it was, has gone elsewhere."""
_BEHIND, _SEVERAL = frozenset({"lag", "backlog", "undelivered", "unacked", "oldest"}), 2.0
_UNFELT = 0.34
"""Of the few who would feel it the worst moves by three times its usual variation by chance, too."""
_FELT = frozenset({Family.LATENCY, Family.SUCCESS, Family.ERRORS})
_FROM_INSIDE = frozenset({"cpu", "memory", "disk", "saturation", "silence", "new_errors", "own_time"})
_ELSEWHERE = "If it is felt all the same: look at its users, its entrance and outside, and ask again."


def would_decide(
    case: IncidentCase,
    seen: Collected,
    ranked: Sequence[Ranked],
    supported: bool,
    usual: str,
    shared: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return up to four sentences; empty when the diagnosis is supported and untied.

    `usual` says what is as usual where nothing stands out, `shared` what is the trouble of several.
    """
    sentences = list(shared)
    if usual:
        return (_ELSEWHERE,)
    gone, of = seen.metrics.silent_together()
    if gone:
        sentences.append(
            f"{gone} of {counted(of, 'service')} stopped reporting at once: look at who collects their "
            "series, and at what they all stand on."
        )
    if look_alike(ranked):
        first, second = ranked[0].service, ranked[1].service
        sentences.append(
            f"{first} and {second} look alike: compare which of them turned first, or restart one of them."
        )
    sentences += unseen_below(seen, ranked)
    if supported:
        return tuple(sentences)
    sentences += [said for said in (standing_failure(case, seen.onset), _unasked(case, seen)) if said]
    if not case.telemetry.metrics.series:
        sentences.append("Metrics of the services around the alert: none could be read.")
    if len(case.telemetry.spans) == 0:
        sentences.append("Traces of requests that failed or were slow: none could be read.")
    if len(case.telemetry.logs) == 0:
        sentences.append("Log lines of the suspected services: none could be read.")
    if case.reference is None and not sentences:
        sentences.append("A fault-free hour of the same system, to tell the usual from the unusual.")
    if not sentences and ranked and ranked[0].findings:
        first = clean(ranked[0].service, 60)
        sentences.append(f"{first} stands out most, and too little to carry an answer: look at it first.")
    if not sentences:
        sentences.append(_ELSEWHERE)
    return tuple(sentences[:4])


def look_alike(ranked: Sequence[Ranked]) -> bool:
    """Return whether nearly as much speaks for the second as for the first."""
    return len(ranked) > 1 and ranked[0].score > 0 and ranked[1].score >= _TIED * ranked[0].score


def unseen_below(seen: Collected, ranked: Sequence[Ranked]) -> list[str]:
    """Return a word about callees that report nothing, where the first shows only what it may suffer."""
    if not ranked or ranked[0].score <= 0:
        return []
    first = ranked[0]
    inside = _FROM_INSIDE - {"saturation"}  # who waits for others has more under way
    if any(points >= _OWN and f.family in inside for points, f in first.findings):
        return []
    below = sorted({to for by, to in seen.calls if by == first.service and to not in seen.services})
    if not below:
        return []
    named = in_series([clean(name, 60) for name in below[:3]], last="or")
    return [f"{clean(first.service, 60)} calls {named}, of which nothing is told: it may begin there."]


def as_usual(case: IncidentCase, seen: Collected, ranked: Sequence[Ranked], weights: Weights) -> str:
    """Return what was looked at where nothing stands out, as a sentence without its full stop.

    Empty where something does, where nothing could be read, and where nothing tells of what was asked about:
    that others are well says nothing of it.
    """
    asked = case.alert.service
    counts = (
        (seen.metrics.looked_at, "series", "series"),
        (seen.spans.spans, "span", "spans"),
        (seen.logs.lines, "log line", "log lines"),
    )
    read = [counted(count, one, many) for count, one, many in counts if count]
    if not read or (asked not in ("", ENTRY) and asked not in seen.services):
        return ""
    if seen.metrics.silent_together()[0] or plainest(seen.findings, weights) >= _PLAIN:
        return ""
    if standing_failure(case, seen.onset) or _unasked(case, seen):
        return ""
    since = f"{datetime.fromtimestamp(seen.onset, UTC):%d %b %H:%M} UTC"
    whom = counted(len(seen.services), "service")
    if case.reference is None:  # trouble that is older than all that was read would look like this as well
        return f"{in_series(read)} of {whom} are since {since} as shortly before; I know no older time"
    return f"{in_series(read)} of {whom} are as usual since {since}{_most_moved(ranked, weights)}"


def unfelt(case: IncidentCase, seen: Collected, ranked: Sequence[Ranked], weights: Weights) -> str:
    """Return that the first works harder and nobody would feel anything of it, as a sentence; else empty.

    A nightly job takes a processor and harms nobody. Where what is felt of the first is not measured, as of a
    database, its callers would feel it, or the users and most others where its callers are not known. Where
    theirs is not measured nothing is known of that, and where an alert names its measure something is felt
    for sure.
    """
    if case.alert.metric or not ranked:
        return ""
    first = ranked[0]
    told = {one.service for one in seen.metrics.series if one.family in _FELT}
    callers = {caller for caller, callee in seen.calls if callee == first.service}
    above = reached(first.service, [(callee, caller) for caller, callee in seen.calls])
    hurt = {name for _, finding in first.findings for name in finding.explains}  # its neighbours, too
    near = [f for f in seen.findings if not callers or f.service in {first.service, ENTRY, *above, *hurt}]
    if felt(near, weights) >= (_UNFELT if callers else _PLAIN):
        return ""
    measured = [f for _, f in first.findings if f.measure and f.bad and f.family in _FROM_INSIDE]
    would_tell = callers <= told if callers else ENTRY in told or 2 * len(told) >= len(seen.services)
    if not measured or not (first.service in told or would_tell):
        return ""
    if any(piles_up(f) for _, f in first.findings):  # who waits for what is not done yet feels that
        return ""
    if measured[0].family == "memory":  # a job works; memory that is kept is felt once there is none left
        return ""
    name = clean(first.service, 60)
    return (
        f"{name} works harder than usual ({measured[0].text}), but nothing that its users or callers would "
        "feel moved with it: it may be a job of its own, and no trouble."
    )


def piles_up(finding: Finding) -> bool:
    """Return whether what others put into a queue or a log, to be read by somebody, grew to several times
    what it was."""
    if finding.family != "saturation" or not finding.bad or finding.strength < _FAR:
        return False
    return bool(words_of(finding.measure) & _BEHIND) and finding.change >= _SEVERAL * abs(finding.before)


def _most_moved(ranked: Sequence[Ranked], weights: Weights) -> str:
    """Return what moved most; load, or a series of unknown meaning, may move far beyond chance."""
    measured = [f for candidate in ranked for _, f in candidate.findings if f.measure]
    if not measured:
        return ""
    most = max(measured, key=lambda f: (f.strength, f.reference))
    is_chance = weights.plainness(replace(most, own=1.0)) < _PLAIN
    word = "; what moved most is within chance" if is_chance else ", but for what need be no trouble"
    return f"{word}: {clean(most.service, 60)}, {most.text}"


def _unasked(case: IncidentCase, seen: Collected) -> str:
    """Return that next to nothing is asked any more of what the question is about; empty otherwise."""
    asked = case.alert.service or ENTRY
    found = [
        one.deviation for one in seen.metrics.series if one.service == asked and one.family is Family.LOAD
    ]
    if not any(one.z <= -_FAR and 0.0 <= one.after <= _NEXT_TO_NOTHING * one.before for one in found):
        return ""
    whom = "The system" if asked == ENTRY else clean(asked, 60)
    return f"{whom} is asked for next to nothing any more: look at who asks, and at what lies between."
