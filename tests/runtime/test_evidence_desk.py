"""The desk asks everybody at once, waits for nobody too long, and says what is missing; the map follows."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.errors import OutsideTrouble
from domain.ids import IncidentId
from domain.investigation.diagnosis import Verdict
from domain.investigation.evidence import LogTable, MetricTable, SpanTable, Telemetry
from domain.ports.diagnostician import Gathered, Inquiry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery, EvidenceSource
from rca.report import find_causes
from runtime.wiring.investigating.evidence import EvidenceDesk, services_named_in
from runtime.wiring.investigating.evidence_gatherer import TelemetryGatherer
from runtime.wiring.investigating.topology import TopologyKeeper
from telemetry.case_building import build_case
from telemetry.columnar_store import ColumnarStore
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.segments import store_segment
from telemetry.write_ahead import Frame, WriteAheadLog
from tests.telemetry.bodies import now_ns, trace_request

_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Told:
    """A source that answers what it is told to; a double of any of them."""

    name: str
    telemetry: Telemetry = field(default_factory=Telemetry)
    calls: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    trouble: str = ""
    hangs: threading.Event | None = None
    asked: list[EvidenceQuery] = field(default_factory=list)

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        self.asked.append(query)
        if self.hangs is not None:
            self.hangs.wait(20)
        if self.trouble:
            raise OutsideTrouble(self.trouble, say=self.trouble)
        return EvidenceAnswer(self.name, self.telemetry, self.calls, (), self.missing)


def lines(*messages: str) -> Telemetry:
    count = len(messages)
    blank = [""] * count
    return Telemetry(logs=LogTable([-5.0] * count, ["pay"] * count, blank, blank, blank, list(messages)))


async def test_what_one_source_cannot_give_does_not_hide_what_others_gave() -> None:
    over = threading.Event()
    sources = [
        Told("Loki", lines("boom"), missing=("only the newest lines",)),
        Told("Jaeger", trouble="Jaeger can't be reached."),
        Told("Prometheus", hangs=over),
    ]
    desk = EvidenceDesk(sources, now=lambda: _NOW, budget_seconds=0.5)

    gathered = await desk.gather("i1")  # while one of them hangs
    over.set()
    desk.close()

    assert gathered.case.telemetry.logs.message == ["boom"]
    assert gathered.case.unavailable == (
        "Jaeger: Jaeger can't be reached.",
        "Prometheus did not answer within 0 s",
        "Loki: only the newest lines",
    )
    assert [report.answered for report in gathered.reports] == [True, False, False]


async def test_a_source_that_hangs_takes_no_thread_of_another_while_many_ask() -> None:
    over = threading.Event()
    desk = EvidenceDesk(
        [Told("Loki", lines("boom")), Told("Prometheus", hangs=over)], now=lambda: _NOW, budget_seconds=2.0
    )

    gathered = await asyncio.gather(*(desk.gather(f"i{n}") for n in range(6)))
    over.set()
    desk.close()

    assert [[report.answered for report in one.reports] for one in gathered] == [[True, False]] * 6


async def test_the_window_is_about_the_anomaly_and_never_ahead_of_now() -> None:
    source = Told("store")
    desk = EvidenceDesk([source], now=lambda: _NOW)

    await desk.gather("i1", anomaly=_NOW + timedelta(hours=1))
    desk.close()

    window, usual = sorted(source.asked, key=lambda query: query.end, reverse=True)
    assert (window.begin, window.end, window.anomaly) == (_NOW - timedelta(minutes=30), _NOW, _NOW)
    assert usual.end < window.begin


async def test_in_a_large_system_only_the_neighbourhood_is_asked_about() -> None:
    calls = (*((f"s{n}", f"s{n + 1}") for n in range(200)),)
    source = Told("store")
    desk = EvidenceDesk([source], now=lambda: _NOW, known_calls=lambda: calls)

    await desk.gather("i1", "why is S50 slow?")
    desk.close()

    assert source.asked[0].services == ("s48", "s49", "s50", "s51", "s52")


def test_services_are_found_as_whole_words() -> None:
    known = {"pay", "pay-api", "cart"}

    assert services_named_in("Is pay-api down?", known) == {"pay-api"}
    assert services_named_in("payment is late", known) == set()


def test_a_gatherer_says_where_each_kind_of_evidence_is_from() -> None:
    desk = EvidenceDesk([Told("Loki", lines("boom")), Told("store", lines("bang"))], now=lambda: _NOW)
    inquiry = Inquiry(IncidentId("i1"), "service/pay", "pay is slow", _NOW, _NOW)

    found = TelemetryGatherer(desk).gather(inquiry)

    assert found.where_from == {"log": "Loki, store"}
    assert found.case.alert.service == "pay"
    assert sorted(found.case.telemetry.logs.message) == ["bang", "boom"]


def test_what_two_sources_tell_is_kept_once() -> None:
    nan = float("nan")
    query = EvidenceQuery(_NOW - timedelta(minutes=2), _NOW, _NOW, step_seconds=60)
    begin = query.begin.timestamp()
    spans = SpanTable(["t"], ["s"], ["-1"], ["pay"], ["GET"], [0.0], [1.0], [False])
    first = Telemetry(
        MetricTable([begin + 30, begin + 90], {("pay", "cpu"): [1.0, nan]}), spans, lines("a").logs
    )
    second = Telemetry(
        MetricTable([begin + 30, begin + 90], {("pay", "cpu"): [9.0, 2.0]}), spans, lines("a", "b").logs
    )

    case = build_case("i1", query, [EvidenceAnswer("one", first), EvidenceAnswer("two", second)])

    assert list(case.telemetry.metrics.series[("pay", "cpu")]) == [1.0, 2.0]
    assert len(case.telemetry.spans) == 1
    assert case.telemetry.logs.message == ["a", "b"]


def keep(root: Path, *bodies: bytes) -> None:
    from domain.ports.telemetry_intake import Dialect

    log = WriteAheadLog(root / "wal")
    for body in bodies:
        log.append(Frame(Dialect.OTLP_TRACES, "col", now_ns() // 1000, body), lambda trouble: None)
    log.close()
    for segment in sorted((root / "wal").glob("*.wal")):
        store_segment(segment, root, AttributeCache())


def test_the_map_joins_traces_the_cluster_feeds_and_what_people_declared(tmp_path: Path) -> None:
    callee = trace_request("pay", count=2)
    del callee.resource_spans[0].scope_spans[0].spans[0]
    keep(tmp_path, trace_request("cart").SerializeToString(), callee.SerializeToString())
    declared = tmp_path / "topology.yaml"
    declared.write_text("edges:\n  - {from: pay, to: orders-db, kind: calls}\n")
    deployment = {"kind": "Deployment", "metadata": {"name": "mail"}, "spec": {}}
    feeds = [{"name": "fx_trades", "reads": ["raw.trades"], "service": "pay"}]

    keeper = TopologyKeeper(
        ColumnarStore(tmp_path), objects=lambda: [deployment], feeds=lambda: feeds, declared=declared
    )

    assert {("cart", "pay"), ("pay", "orders-db"), ("fx_trades", "pay")} <= set(keeper.call_pairs())
    assert "mail" in keeper.names()
    around = keeper.around("PAY")
    assert ("cart", "pay") in around.edges
    assert keeper.around("nobody").nodes == ()


def test_what_a_feed_no_longer_needs_leaves_the_map(tmp_path: Path) -> None:
    told = [{"name": "fx", "reads": ["raw.trades"], "after": ["ref"]}]
    keeper = TopologyKeeper(ColumnarStore(tmp_path), feeds=lambda: told, fresh_seconds=0.0)
    before = set(keeper.call_pairs())

    told[0] = {"name": "fx", "reads": ["raw.deals"]}

    assert before == {("fx", "raw.trades"), ("fx", "ref")}
    assert keeper.call_pairs() == (("fx", "raw.deals"),)


def test_a_cluster_that_is_away_does_not_empty_the_map(tmp_path: Path) -> None:
    def away() -> list[dict[str, object]]:
        raise OutsideTrouble("kubernetes: away", say="Kubernetes can't be reached.")

    keeper = TopologyKeeper(
        ColumnarStore(tmp_path), objects=away, feeds=lambda: [{"name": "fx", "after": ["ref"]}]
    )

    assert keeper.call_pairs() == (("fx", "ref"),)


class Night:
    """A source that holds one night of two services, one of which fails the other for twenty minutes."""

    name = "store"
    begin, trouble = _NOW - timedelta(hours=18), _NOW - timedelta(hours=7, minutes=25)

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        step = query.step_seconds
        count = int((query.end - query.begin).total_seconds() // step)
        times = [query.begin.timestamp() + step * (place + 0.5) for place in range(count)]
        times = [at for at in times if self.begin.timestamp() <= at <= _NOW.timestamp()]
        bad = [0.0 <= at - self.trouble.timestamp() < 1200.0 for at in times]
        noise = [1.0 + 0.03 * ((at // step * 7919) % 7 - 3) for at in times]
        shown = {
            ("web", "latency_p95_ms"): [n * (900.0 if b else 200.0) for n, b in zip(noise, bad, strict=True)],
            ("db", "latency_p95_ms"): [n * (700.0 if b else 20.0) for n, b in zip(noise, bad, strict=True)],
            ("db", "cpu_pct"): [n * (97.0 if b else 20.0) for n, b in zip(noise, bad, strict=True)],
        }
        series = {k: v for k, v in shown.items() if times and (not query.services or k[0] in query.services)}
        return EvidenceAnswer(
            self.name, Telemetry(metrics=MetricTable(times if series else [], series)), (("web", "db"),)
        )


def asked_of_then(since: datetime, until: datetime, source: EvidenceSource | None = None) -> Gathered:
    desk = EvidenceDesk([source or Night()], now=lambda: _NOW)
    inquiry = Inquiry(
        IncidentId("i1"), "service/web", "why was it slow?", since, _NOW, since=since, until=until
    )
    gathered = TelemetryGatherer(desk).gather(inquiry)
    desk.close()
    return gathered


def test_in_hours_that_are_over_the_look_is_at_where_it_turned_worse() -> None:
    night = asked_of_then(_NOW - timedelta(hours=14), _NOW - timedelta(hours=4))

    assert night.looked == (
        "I looked at 02 Mar 04:05 to 05:05 UTC, where web turned worse at 04:35 (latency_p95_ms)"
    )
    found = find_causes(night.case)
    assert found.hypotheses[0].service == "db"
    assert found.verdict is Verdict.SUPPORTED


def test_hours_in_which_nothing_turned_or_of_which_nothing_is_kept_are_said() -> None:
    quiet = asked_of_then(_NOW - timedelta(hours=12), _NOW - timedelta(hours=11))
    gone = asked_of_then(_NOW - timedelta(hours=40), _NOW - timedelta(hours=39))

    assert quiet.looked == "I looked at 01 Mar 23:30 to 02 Mar 01:00 UTC"
    assert find_causes(quiet.case).as_usual
    assert gone.looked == (
        "No source of telemetry holds anything of 28 Feb 19:30 to 21:00 UTC:"
        " it was never sent, or is deleted by now"
    )


def test_hours_that_were_not_searched_are_not_said_to_be_well() -> None:
    month = Told("store", lines("boom"))
    looked = asked_of_then(_NOW - timedelta(days=30), _NOW - timedelta(days=1), month).looked
    away = asked_of_then(
        _NOW - timedelta(hours=3), _NOW - timedelta(hours=2), Told("Loki", trouble="It is away.")
    )

    assert looked.endswith(" UTC; the hours after it I could not search: ask about some of them")
    assert max(query.end - query.begin for query in month.asked) < timedelta(hours=4)
    assert away.looked == (
        "No source of telemetry told me anything of 02 Mar 08:30 to 10:00 UTC; Loki did not answer"
    )


def test_a_cluster_that_hangs_holds_up_nobody_but_who_asked_it(tmp_path: Path) -> None:
    hangs, asked, may_answer = threading.Event(), threading.Event(), threading.Event()

    def objects() -> list[dict[str, object]]:
        if hangs.is_set():
            asked.set()
            assert may_answer.wait(60)
        return [{"kind": "Deployment", "metadata": {"name": "mail"}, "spec": {}}]

    keeper = TopologyKeeper(ColumnarStore(tmp_path), objects=objects, fresh_seconds=0.0)
    assert "mail" in keeper.names() or keeper.around("mail").nodes
    hangs.set()
    with ThreadPoolExecutor(2) as threads:
        looking = threads.submit(keeper.call_pairs)
        assert asked.wait(60)
        try:
            others = threads.submit(lambda: (keeper.names(), keeper.around("mail").nodes)).result(30)
        finally:
            may_answer.set()
        looking.result(30)

    assert others[0] == ["mail"]
    assert others[1] == (("mail", "service"),)


def test_a_map_that_is_walked_does_not_change_under_whoever_walks_it(tmp_path: Path) -> None:
    told = [{"name": "fx", "after": ["ref"]}]
    keeper = TopologyKeeper(ColumnarStore(tmp_path), feeds=lambda: told, fresh_seconds=0.0)
    walked = keeper.graph()

    told.append({"name": "gold", "after": ["ref"]})

    assert "gold" in {node.name for node in keeper.graph().nodes()}
    assert "gold" not in {node.name for node in walked.nodes()}
    assert walked.needed_by("ref") == ("fx",)
