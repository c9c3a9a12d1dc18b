"""Incidents of systems that nobody has seen: a few services to dozens, made up from a seed with their faults.

Load runs down a random call graph, time and failures run up it; users who wait send less. Names, words for
metrics, sampling, history, noise and what is missing differ from case to case, so that nothing but the shape
of a fault is left to go by. The truth is known because it was made.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.investigation.evidence import ENTRY, Alert, IncidentCase, MetricTable, Telemetry
from rca.cases.case_labels import Label

Floats = NDArray[np.float64]
FAULTS = ("cpu", "memory", "disk", "delay", "loss", "sockets", "errors", "gone")
_START = 1_700_000_000.0
# Words of common exporters for the same nine things; a service shows those that its style has.
_STYLES: tuple[dict[str, str], ...] = (
    {
        "cpu": "cpu",
        "memory": "mem",
        "disk": "diskio",
        "sockets": "socket",
        "load": "workload",
        "errors": "error",
        "p50": "latency-50",
        "p90": "latency-90",
    },
    {
        "cpu": "CPUUtilization",
        "memory": "MemoryUtilization",
        "disk": "DiskWriteOps",
        "load": "RequestCount",
        "errors": "HTTPCode_Target_5XX_Count",
        "p90": "TargetResponseTime",
        "net": "NetworkOut",
    },
    {
        "cpu": "container_cpu_usage_seconds_total",
        "memory": "container_memory_working_set_bytes",
        "disk": "container_fs_writes_bytes_total",
        "net": "container_network_transmit_bytes_total",
        "load": "istio_requests_total",
        "p90": "istio_request_duration_milliseconds_p90",
        "p50": "istio_request_duration_milliseconds_p50",
        "sockets": "container_sockets",
    },
    {
        "cpu": "process_cpu_usage",
        "memory": "jvm_memory_used_bytes",
        "sockets": "hikaricp_connections_active",
        "load": "http_server_requests_seconds_count",
        "errors": "http_server_errors_total",
        "p90": "http_server_requests_seconds_p90",
    },
    {
        "load": "rpc.server.requests_per_rpc",
        "success": "success_ratio",
        "p90": "rpc.server.duration.p90",
        "p50": "rpc.server.duration.p50",
        "cpu": "k8s.pod.cpu.utilization",
        "memory": "k8s.pod.memory.usage",
    },
)
_COUNTED = frozenset({"load", "errors", "net", "disk", "cpu"})


@dataclass(slots=True)
class _System:
    """One made-up system: services in an order in which callers come first."""

    names: list[str]
    callees: list[list[int]]
    own_ms: Floats
    per_request: Floats
    noise: Floats
    jumpy: NDArray[np.bool_]
    share: Floats
    style: dict[str, str]
    edges: tuple[tuple[str, str], ...] = field(default=())


def _system(chance: np.random.Generator) -> _System:
    count = int(chance.choice([4, 8, 12, 20, 35, 50]))
    callees: list[list[int]] = [[] for _ in range(count)]
    for callee in range(1, count):
        for caller in set(chance.integers(max(0, callee - 6), callee, size=chance.integers(1, 3)).tolist()):
            callees[caller].append(callee)
    share = np.zeros(count)
    share[0] = 1.0
    for caller in range(count):
        for callee in callees[caller]:
            share[callee] += share[caller] * float(chance.uniform(0.3, 1.2))
    letters = list("bdfgklmnprst")
    names = [
        "".join(chance.choice(letters) + chance.choice(list("aeiou")) for _ in range(3)) + f"-{row}"
        for row in range(count)
    ]
    return _System(
        names,
        callees,
        np.exp(chance.normal(2.0, 0.8, count)),
        np.exp(chance.normal(-1.0, 0.7, count)),
        np.exp(chance.normal(-2.6, 0.6, count)),
        chance.random(count) < 0.15,
        share,
        _STYLES[int(chance.integers(len(_STYLES)))],
        tuple((names[a], names[b]) for a in range(count) for b in callees[a]),
    )


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: str
    at: int
    service: int
    size: float
    slows: float


Rows = dict[str, Floats]


def _wobble(chance: np.random.Generator, spread: float, shape: tuple[int, int]) -> Floats:
    heavy = chance.standard_t(4, shape) * spread
    return np.exp(np.clip(heavy, -1.5, 1.5))


def _run(
    system: _System, length: int, per_day: float, fault: _Fault | None, chance: np.random.Generator
) -> Rows:
    """Return what every service does in `length` samples, one row a service."""
    count = len(system.names)
    shape = (count, length)
    on = np.zeros(length)
    if fault is not None:
        on[fault.at :] = 1.0
    ramp = np.cumsum(on) / max(float(on.sum()), 1.0)
    day = 1.0 + 0.3 * np.sin(2 * math.pi * (np.arange(length) / per_day + chance.random()))
    users = 50.0 * day * np.exp(chance.normal(0, 0.08, length))
    own = system.own_ms[:, None] * _wobble(chance, 1.0, shape) ** system.noise[:, None]
    failing = np.full(shape, 0.0015) * _wobble(chance, 0.4, shape)
    jumps = (chance.random(shape) < 0.02) & system.jumpy[:, None]
    own = np.where(jumps, own * np.exp(chance.uniform(1, 4, shape)), own)
    extra: dict[str, Floats] = {
        name: np.ones(shape) for name in ("cpu", "memory", "disk", "sockets", "net", "alive")
    }
    if fault is not None:
        _inject(fault, on, ramp, own, failing, extra)
    total, errors = _carried_up(system, own, failing)
    calm = float(np.median(total[0][: max(3, int(length * 0.3))]))
    patience = float(chance.uniform(0.0, 0.4))
    users = users / (1.0 + patience * np.maximum(total[0] / calm - 1.0, 0.0))
    load = system.share[:, None] * users * _wobble(chance, 0.06, shape)
    level = system.per_request[:, None] * load
    rows: Rows = {
        "load": load * extra["alive"],
        "p50": total * _wobble(chance, 0.05, shape),
        "p90": total * 1.8 * _wobble(chance, 0.15, shape),
        "errors": errors,
        "success": 1.0 - errors,
        "cpu": (3.0 + level * _wobble(chance, 0.12, shape)) * extra["cpu"] * extra["alive"],
        "memory": 200.0 * np.exp(np.cumsum(chance.normal(0, 0.002, shape), axis=1)) * extra["memory"],
        "disk": (5.0 + 0.2 * level) * _wobble(chance, 0.4, shape) * extra["disk"],
        "sockets": (20.0 + 0.1 * load * total / 50.0) * _wobble(chance, 0.08, shape) * extra["sockets"],
        "net": load * 1.5 * _wobble(chance, 0.1, shape) * extra["net"] * extra["alive"],
    }
    gone = extra["alive"] < 0.5
    return {name: np.where(gone & (name != "load"), np.nan, row) for name, row in rows.items()}


def _inject(
    fault: _Fault, on: Floats, ramp: Floats, own: Floats, failing: Floats, extra: dict[str, Floats]
) -> None:
    row, size, slows = fault.service, fault.size, fault.slows
    if fault.kind in ("cpu", "disk", "sockets"):
        extra[fault.kind][row] += on * size
        own[row] *= 1.0 + on * slows
    elif fault.kind == "memory":
        extra["memory"][row] += ramp * size * 0.5
        extra["cpu"][row] += on * 0.3
        own[row] *= 1.0 + on * slows
    elif fault.kind == "delay":
        own[row] += on * 40.0 * size
    elif fault.kind == "loss":
        own[row] += on * 15.0 * size
        failing[row] += on * min(0.03 * size, 0.5)
        extra["net"][row] *= 1.0 - 0.2 * on
    elif fault.kind == "errors":
        failing[row] += on * min(0.06 * size, 0.9)
    elif fault.kind == "gone":
        extra["alive"][row] *= 1.0 - on
        failing[row] += on * 0.95
        own[row] *= 1.0 - 0.9 * on


def _carried_up(system: _System, own: Floats, failing: Floats) -> tuple[Floats, Floats]:
    total, errors = own.copy(), failing.copy()
    for caller in range(len(system.names) - 1, -1, -1):
        for callee in system.callees[caller]:
            total[caller] += 0.8 * total[callee]
            errors[caller] = 1.0 - (1.0 - errors[caller]) * (1.0 - 0.6 * errors[callee])
    return total, errors


def _table(
    system: _System, rows: Rows, times: Floats, chance: np.random.Generator, missing: frozenset[str]
) -> MetricTable:
    series: dict[tuple[str, str], list[float]] = {}
    for number, name in enumerate(system.names):
        for thing, word in system.style.items():
            if thing in missing:
                continue
            values = rows[thing][number]
            if word.endswith("_total") and thing in _COUNTED:
                values = np.cumsum(np.nan_to_num(values)) + 1e4
            values = np.where(chance.random(values.size) < 0.01, np.nan, values)
            series[(name, word)] = values.tolist()
    series[(ENTRY, "latency_p90")] = rows["p90"][0].tolist()
    series[(ENTRY, "error_ratio")] = rows["errors"][0].tolist()
    return MetricTable(times.tolist(), series)


def incident(seed: int) -> tuple[IncidentCase, Label]:
    """Return the incident of a seed and its truth."""
    chance = np.random.default_rng(seed)
    system = _system(chance)
    sample, before, after = (
        (1.0, 300, 300),
        (5.0, 120, 60),
        (15.0, 80, 24),
        (30.0, 60, 12),
        (60.0, 40, 8),
        (60.0, 8, 5),
        (300.0, 3, 3),
    )[int(chance.integers(7))]
    with_reference = before < 20 or chance.random() < 0.3
    length = before + after
    kind = FAULTS[int(chance.integers(len(FAULTS)))]
    begin = before + int(chance.integers(-min(2, before // 3), 2))
    size = float(np.exp(chance.normal(1.4, 0.6)))
    slows = float(np.exp(chance.normal(0.0, 1.0)))
    fault = _Fault(kind, begin, int(chance.integers(len(system.names))), size, slows)
    per_day = 86_400.0 / sample
    rows = _run(system, length, per_day, fault, chance)
    kinds = ("disk", "sockets", "net", "load", "p50", "memory")
    missing = frozenset(name for name in kinds if chance.random() < 0.2)
    times = np.asarray(_START + (np.arange(length) - before) * sample, dtype=np.float64)
    reference = None
    if with_reference:
        before_times = np.asarray(_START + np.arange(240) * sample, dtype=np.float64)
        usual = _run(system, 240, per_day, None, chance)
        reference = Telemetry(_table(system, usual, before_times, chance, missing))
    alert = Alert(ENTRY, str(chance.choice(["", "latency_p90"])) if kind not in ("errors", "gone") else "")
    return IncidentCase(
        case_id=f"simulated-{seed}",
        anomaly_time=_START,
        sample_seconds=sample,
        alert=alert,
        telemetry=Telemetry(_table(system, rows, times, chance, missing)),
        reference=reference,
        calls=system.edges if chance.random() < 0.6 else (),
    ), Label(f"simulated-{seed}", (system.names[fault.service],), fault=kind)


def incidents(count: int, first: int = 0) -> Iterator[tuple[IncidentCase, Label]]:
    """Yield so many incidents, seeds from `first`."""
    for seed in range(first, first + count):
        yield incident(seed)
