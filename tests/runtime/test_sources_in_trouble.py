"""Every source that can be configured, asked through the one desk while its server is not well."""

import gzip
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.ports.evidence_source import EvidenceSource
from runtime.settings.house import Settings
from runtime.wiring.investigating.evidence import EvidenceDesk, SourceReport
from runtime.wiring.investigating.evidence_sources import open_sources
from tests.counterparts.fault_proxy import Fault, FaultKind, FaultProxy
from tests.counterparts.processes import free_ports

ASKED = ("prometheus", "loki", "elasticsearch", "jaeger", "tempo", "airflow", "kubernetes")
NAMES = {"Prometheus", "Loki", "Elasticsearch", "Jaeger", "Tempo", "Airflow", "Kubernetes"}
_SECRET = "sesame"
_BOMB = gzip.compress(b" " * (40 << 20), 1)
_NOWHERE = "http://169.254.169.254/"
_ANSWER = FaultKind.ANSWER

TROUBLES = {
    "refused": (Fault(_ANSWER, status=401, body=_SECRET.encode()), "refuses our token"),
    "not allowed": (Fault(_ANSWER, status=403), "refuses our token"),
    "broken": (Fault(_ANSWER, status=500, body=b"at Main.java:42"), "error 500"),
    "a sign-in page": (Fault(_ANSWER, status=200, body=b"<html>sign in</html>"), "not JSON"),
    "nested without end": (Fault(_ANSWER, status=200, body=b"[" * 100_000), "not JSON"),
    "sent elsewhere": (Fault(_ANSWER, status=302, headers={"location": _NOWHERE}), "error 302"),
    "huge when unpacked": (
        Fault(_ANSWER, status=200, headers={"content-encoding": "gzip"}, body=_BOMB),
        "more than 32 MiB",
    ),
    "packed another way": (
        Fault(_ANSWER, status=200, headers={"content-encoding": "br"}, body=b"1234"),
        "packs its answers",
    ),
    "huge": (Fault(_ANSWER, status=200, body=b" " * (33 << 20)), "more than 32 MiB"),
    "hung up": (Fault(FaultKind.HANG_UP), "can't be reached"),
    "silent": (Fault(FaultKind.SLOW, seconds=7.0), "did not answer within 5 s"),
    "a byte at a time": (Fault(FaultKind.DRIP, seconds=0.5, body=b" " * 99), "too slow"),
}


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    made = FaultProxy("http://127.0.0.1:9", free_ports())
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, proxy: FaultProxy) -> Settings:
    monkeypatch.chdir(tmp_path)
    for name in ASKED:
        monkeypatch.setenv(f"DOGWATCH_TELEMETRY__{name.upper()}_URL", proxy.url)
        kind = "KEY" if name == "elasticsearch" else "TOKEN"
        monkeypatch.setenv(f"DOGWATCH_TELEMETRY__{name.upper()}_{kind}", _SECRET)
    return Settings()


async def gather(sources: Sequence[EvidenceSource]) -> tuple[SourceReport, ...]:
    # Each source keeps to its own seconds; the desk's own, hardly more, would cut it off on a busy machine.
    desk = EvidenceDesk(sources, now=lambda: datetime.now(UTC), budget_seconds=60.0)
    try:
        return (await desk.gather("case")).reports
    finally:
        desk.close()


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_source_in_trouble_is_named_with_its_trouble(
    trouble: str, settings: Settings, proxy: FaultProxy
) -> None:
    fault, words = TROUBLES[trouble]
    proxy.add(*[fault] * 400)

    sources = open_sources(settings)
    # Of the largest bodies one at a time: seven of them would share the seconds that each has.
    asked = [[source] for source in sources] if trouble == "huge" else [sources]
    told = [report for some in asked for report in await gather(some)]

    assert {report.source for report in told} == NAMES
    for report in told:
        assert not report.answered
        assert words in report.said[0], report.said
        assert _SECRET not in repr(report)
        assert "Main.java" not in repr(report)


async def test_sources_that_are_away_are_named(settings: Settings, proxy: FaultProxy) -> None:
    await proxy.stop()

    told = await gather(open_sources(settings))

    assert {report.source for report in told if "can't be reached" in report.said[0]} == NAMES


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"data": null, "items": null, "hits": {}, "traces": []}'])
async def test_a_source_that_has_nothing_says_so(body: bytes, settings: Settings, proxy: FaultProxy) -> None:
    proxy.add(*[Fault(_ANSWER, status=200, body=body)] * 400)

    told = await gather(open_sources(settings))

    for report in told:
        assert report.answered, report
        assert report.rows == 0
        assert report.said
