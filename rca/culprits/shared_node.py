"""What stands on one node, read off series of the node that are the same for several services, and who of
them takes what the others lack.

A service whose neighbour takes the processor is slow, and so are all its neighbours; the neighbour itself may
answer nobody.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.counting import in_series
from domain.investigation.evidence import ENTRY, EvidenceKind, IncidentCase
from rca.culprits.untold import MOST, UNTOLD
from rca.families import Family, is_bad_when_low, words_of
from rca.findings import Finding, clean, figure
from rca.series.metric_signals import MetricView, SeriesDeviation

_PLAIN, _RISEN = 6.0, 1.4
_BUSY = frozenset({"cpu", "load", "load1", "load5", "pressure", "iowait"})
_FELT = frozenset({Family.LATENCY, Family.CLIENT_LATENCY})
_OWN = frozenset({Family.CPU, Family.MEMORY, Family.DISK})
_BEYOND_NEXT, _BEYOND_LOAD = 2.0, 1.5
_FEWEST, _MOST_NAMED = 2, 3


@dataclass(frozen=True, slots=True)
class BusyNode:
    """A node that got busier, by the series that says so, who stands on it, who suffers there, and who takes
    it, empty where none of them does."""

    series: SeriesDeviation
    services: tuple[str, ...]
    suffering: tuple[str, ...]
    taken_by: str = ""

    @property
    def sentence(self) -> str:
        """Return what to look at where nobody of those who are known takes it."""
        who = in_series([clean(name, 60) for name in self.services], most=_MOST_NAMED)
        return f"{who} stand on one node, where {moved(self.series)}: look at what else runs there."


def busy_nodes(case: IncidentCase, view: MetricView, calls: Sequence[tuple[str, str]]) -> list[BusyNode]:
    """Return the nodes that got plainly busier, where somebody suffers whose callees do not explain it."""
    judged: dict[tuple[str, str], SeriesDeviation] = {(s.service, s.metric): s for s in view.series}
    alike: dict[tuple[str, tuple[float, ...]], list[str]] = defaultdict(list)
    for (service, metric), values in case.telemetry.metrics.series.items():
        series = judged.get((service, metric))
        if series is None or series.family is not Family.NODE or service == ENTRY or ">" in service:
            continue
        if words_of(metric) & _BUSY:  # a sample that is missing here and there makes no other node
            alike[metric, tuple(value if value == value else -1.0 for value in values)].append(service)
    found = []
    for (metric, _), services in sorted(alike.items()):
        series = judged[services[0], metric]
        if _is_busier(series) and len(services) >= _FEWEST:
            found.append(_of(series, services, view, calls))
    return [node for node in found if node.suffering]


def node_findings(nodes: Sequence[BusyNode]) -> list[Finding]:
    """Return what speaks against who takes a node that others stand on."""
    findings = []
    for node in nodes:
        if not node.taken_by:
            continue
        who = in_series([clean(name, 60) for name in node.suffering], most=_MOST_NAMED)
        text = f"it works most on a node where {moved(node.series)}, and {who} beside it suffer"
        text = text if len(node.suffering) > 1 else text.removesuffix("suffer") + "suffers"
        reference = f"metric:{node.taken_by}|{node.series.metric}"
        explains = frozenset(node.services)
        at = node.series.onset
        findings.append(
            Finding(node.taken_by, UNTOLD, MOST, EvidenceKind.METRIC, text, reference, at, explains=explains)
        )
    return findings


def _is_busier(series: SeriesDeviation) -> bool:
    found = series.deviation
    return found.z >= _PLAIN and found.after >= _RISEN * found.before and not is_bad_when_low(series.measure)


def _of(
    series: SeriesDeviation, services: Sequence[str], view: MetricView, calls: Sequence[tuple[str, str]]
) -> BusyNode:
    slow = {s.service for s in view.series if s.family in _FELT and s.deviation.z >= _PLAIN}
    own = {  # who is short of something of its own does not suffer from a neighbour
        s.service
        for s in view.series
        if s.family in _OWN
        and abs(s.deviation.z) >= _PLAIN
        and (s.deviation.z < 0) == is_bad_when_low(s.measure)
    }
    passed_on = {caller for caller, callee in calls if callee in slow and callee != caller}
    taken_by = _heaviest(services, view)
    suffering = sorted((slow & set(services)) - passed_on - own - {taken_by})
    return BusyNode(series, tuple(sorted(services)), tuple(suffering), taken_by)


def _heaviest(services: Sequence[str], view: MetricView) -> str:
    """Return whose own work grew by far the most, and beyond what it is asked for; empty: nobody's did."""
    asked: dict[str, float] = {}
    grew: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for series in view.series:
        now = series.deviation
        if series.service not in services or not now.before > 0:
            continue
        if series.family is Family.LOAD and now.z > 0:
            asked[series.service] = max(asked.get(series.service, 1.0), now.after / now.before)
        if series.family is Family.CPU and not is_bad_when_low(series.measure):
            grew[series.metric].append((now.after - now.before if now.z >= _PLAIN else 0.0, series.service))
    for metric in sorted(grew):
        ordered = sorted(grew[metric], key=lambda pair: (-pair[0], pair[1]))
        first, service = ordered[0]
        second = ordered[1][0] if len(ordered) > 1 else 0.0
        most = next(s.deviation for s in view.series if (s.service, s.metric) == (service, metric))
        beyond_load = most.after >= _BEYOND_LOAD * asked.get(service, 1.0) * most.before
        if first > 0 and first >= _BEYOND_NEXT * second and beyond_load:
            return service
    return ""


def lone_nodes(view: MetricView) -> list[SeriesDeviation]:
    """Return how nodes got plainly busier that are told of under their own names: who stands there is not
    known."""
    families: dict[str, set[Family]] = defaultdict(set)
    for series in view.series:
        families[series.service].add(series.family)
    nodes = [name for name, kinds in families.items() if kinds == {Family.NODE} and name != ENTRY]
    return [s for s in view.series if s.service in nodes and words_of(s.metric) & _BUSY and _is_busier(s)]


def moved(series: SeriesDeviation) -> str:
    """Return how a series of a node rose, in words."""
    found = series.deviation
    return f"{clean(series.metric, 60)} rose from {figure(found.before)} to {figure(found.after)}"
