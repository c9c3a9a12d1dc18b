"""The desk asks everybody at once, waits for nobody too long, and says what is missing; the map follows."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.errors import OutsideTrouble
from domain.evidence import LogTable, MetricTable, SpanTable, Telemetry
from domain.ids import IncidentId
from domain.ports.diagnostician import Inquiry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from runtime.wiring.evidence import EvidenceDesk, services_named_in
from runtime.wiring.evidence_gatherer import TelemetryGatherer
from runtime.wiring.topology import TopologyKeeper
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


def test_a_cluster_that_is_away_does_not_empty_the_map(tmp_path: Path) -> None:
    def away() -> list[dict[str, object]]:
        raise OutsideTrouble("kubernetes: away", say="Kubernetes can't be reached.")

    keeper = TopologyKeeper(
        ColumnarStore(tmp_path), objects=away, feeds=lambda: [{"name": "fx", "after": ["ref"]}]
    )

    assert keeper.call_pairs() == (("fx", "ref"),)
