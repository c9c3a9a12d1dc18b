"""Kubernetes, by what a real API server answered (tests/integrations/test_real_kubernetes.py)."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.ports.evidence_source import EvidenceQuery
from integrations.kubernetes_api import KubernetesSource, workload
from tests.integrations.kubernetes_facts import check_evidence, check_objects
from tests.integrations.recorded import Replay, read_answers

_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_ASKED = EvidenceQuery(_NOW - timedelta(minutes=30), _NOW, _NOW)


def test_what_a_real_cluster_answered_is_read() -> None:
    told = read_answers("kubernetes")
    begin, end = (datetime.fromisoformat(told[name]) for name in ("begin", "end"))
    source = KubernetesSource("https://kubernetes", lambda: "t", transport=Replay(told["answers"]))

    check_evidence(source.fetch(EvidenceQuery(begin, end, end)))
    check_objects(source.objects())


def event(number: int, **more: object) -> dict[str, object]:
    return {
        "type": "Warning", "reason": "BackOff", "message": f"m{number}",
        "involvedObject": {"kind": "Pod", "name": "pay-7d9f8b6c4-x2x9z"}, **more,
    }  # fmt: skip


def test_an_event_of_the_newer_kind_counts_in_its_series_and_is_dated_by_its_last_time() -> None:
    began, last = "2026-03-02T03:00:00.000000Z", "2026-03-02T11:59:00.000000Z"
    series = event(1, eventTime=began, series={"count": 12, "lastObservedTime": last})

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [series] if "events" in request.url.path else []})

    logs = KubernetesSource("https://k", transport=httpx.MockTransport(answer)).fetch(_ASKED).telemetry.logs

    assert list(logs.t_ms) == [-60_000.0]
    assert "for the 12. time" in logs.message[0]


@pytest.mark.parametrize("namespaces", [(), ("shop",)])
def test_lists_are_followed_to_their_end_and_a_list_without_end_is_cut_in_words(
    namespaces: tuple[str, ...],
) -> None:
    pages = {"": ("a", [event(1, lastTimestamp="2026-03-02T11:50:00Z")]), "a": ("", [])}
    pages["a"] = ("b", [event(2, lastTimestamp="2026-03-02T11:51:00Z")])

    def answer(request: httpx.Request) -> httpx.Response:
        if "events" not in request.url.path:
            return httpx.Response(200, json={"items": []})
        after, items = pages.get(request.url.params.get("continue", ""), ("c", []))
        return httpx.Response(200, json={"items": items, "metadata": {"continue": after}})

    source = KubernetesSource("https://k", namespaces=namespaces, transport=httpx.MockTransport(answer))
    told = source.fetch(_ASKED)
    pages["b"] = ("", [])
    ended = source.fetch(_ASKED)

    assert [message[:12] for message in told.telemetry.logs.message] == ["BackOff: m1 ", "BackOff: m2 "]
    assert told.missing == ("only 2 events were read",)
    assert ended.missing == ()


@pytest.mark.parametrize(
    ("kind", "name", "belongs_to"),
    [
        ("ReplicaSet", "pay-7d9f8b6c4", "pay"),
        ("Pod", "pay-7d9f8b6c4-x2x9z", "pay"),
        ("Pod", "orders-db-0", "orders-db-0"),
        ("Deployment", "pay", "pay"),
    ],
)
def test_an_object_belongs_to_its_workload(kind: str, name: str, belongs_to: str) -> None:
    assert workload(kind, name) == belongs_to
