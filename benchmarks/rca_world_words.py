"""What a made-up system calls its services and its series, and in which unit it counts.

Every thing that can be measured has spellings of exporters that exist and of people who wrote their own; a
system draws one for each thing it measures, so that hardly two systems speak alike.
"""

from dataclasses import dataclass

import numpy as np

THINGS = (
    "cpu", "throttled", "memory", "memory_free", "disk_io", "disk_free", "net", "retransmits", "connections",
    "queue", "locks", "restarts", "load", "errors", "success", "p50", "p90", "p99", "caller_p90", "hit_ratio",
)  # fmt: skip
"""What may be measured of a service."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a thing is written down: its name, the factor to its unit, and whether it is counted up."""

    name: str
    factor: float = 1.0
    is_counter: bool = False
    is_count: bool = False


def _plain(factor: float, names: str) -> tuple[Spelling, ...]:
    return tuple(Spelling(name, factor) for name in names.split())


def _counters(factor: float, names: str) -> tuple[Spelling, ...]:
    return tuple(Spelling(name, factor, is_counter=True) for name in names.split())


def _counts(names: str) -> tuple[Spelling, ...]:
    return tuple(Spelling(name, is_count=True) for name in names.split())


_LATENCY = {
    "p50": "p50 median 50th_percentile",
    "p90": "p90 90p q90",
    "p99": "p99 99p max",
}
_PREFIXES = ("http.request.duration", "response_time", "respTime", "rt", "server_latency", "rpc_handling")
_UNITS = (("_ms", 1.0), ("_seconds", 1e-3), ("_us", 1e3), ("", 1.0), (".nanos", 1e6))
_WORDS: dict[str, tuple[Spelling, ...]] = {
    "cpu": (
        *_plain(1.0, "cpu system.cpu.user cpu_pct CPUUtilization cpuLoad container.cpu.percent"),
        *_plain(0.01, "process_cpu_usage k8s.pod.cpu.utilization cpu_ratio"),
        *_plain(10.0, "cpu_millicores"),
        *_counters(0.01, "container_cpu_usage_seconds_total process_cpu_seconds_total"),
    ),
    "throttled": (
        *_counters(1.0, "container_cpu_cfs_throttled_periods_total"),
        *_plain(0.01, "cpu_throttled_share nr_throttled"),
    ),
    "memory": (
        *_plain(1.0, "mem_mib heapUsedMb memory"),
        *_plain(1_048_576.0, "container_memory_working_set_bytes jvm_memory_used_bytes rss go_memstats"),
        *_plain(0.05, "mem_pct MemoryUtilization"),
    ),
    "memory_free": _plain(1.0, "mem_available_mib FreeableMemory heap_free"),
    "disk_io": (
        *_plain(1.0, "diskio disk.write.ops WriteIOPS iowaitPct blkio_write"),
        *_counters(1.0, "container_fs_writes_bytes_total node_disk_io_time_seconds_total"),
    ),
    "disk_free": _plain(1.0, "disk_free_pct FreeStorageSpace filesystem.available"),
    "net": (
        *_plain(1.0, "net_tx_kib NetworkOut bytes_out_per_s"),
        *_counters(1.0, "container_network_transmit_bytes_total"),
    ),
    "retransmits": (
        *_plain(1.0, "tcp_retransmits packet_loss_pct"),
        *_counters(1.0, "node_netstat_Tcp_RetransSegs_total"),
    ),
    "connections": _plain(1.0, "hikaricp_connections_active sockets db_sessions DatabaseConnections conns"),
    "queue": _plain(1.0, "queue_depth jvm_threads_live backlog inflight ApproximateAgeOfOldestMessage"),
    "locks": _plain(1.0, "pg_locks_waiting innodb_row_lock_waits blocked_sessions"),
    "restarts": (*_plain(1.0, "restarts"), *_counters(1.0, "kube_pod_container_status_restarts_total")),
    "load": (
        *_plain(1.0, "requests_per_s tput qps workload"),
        *_counts("RequestCount requests_sum hits"),
        *_counters(1.0, "http_requests_total istio_requests_total"),
    ),
    "errors": (
        *_plain(1.0, "error_ratio error errors_share"),
        *_plain(100.0, "errPct"),
        *_counts("HTTPCode_Target_5XX_Count errCnt failed_requests"),
        *_counters(1.0, "http_server_errors_total"),
    ),
    "success": (*_plain(100.0, "availability success_pct"), *_plain(1.0, "success_ratio")),
    "caller_p90": _plain(1.0, "client_latency_p90 outbound.duration.p90"),
    "hit_ratio": (*_plain(1.0, "cache_hit_ratio"), *_plain(100.0, "keyspace_hit_pct")),
}  # fmt: skip
# How often a system measures a thing at all.
_OFTEN = {
    "cpu": 0.9, "throttled": 0.2, "memory": 0.85, "memory_free": 0.15, "disk_io": 0.5, "disk_free": 0.35,
    "net": 0.5, "retransmits": 0.25, "connections": 0.5, "queue": 0.4, "locks": 0.3, "restarts": 0.3,
    "load": 0.85, "errors": 0.6, "success": 0.3, "p50": 0.5, "p90": 0.85, "p99": 0.4, "caller_p90": 0.3,
    "hit_ratio": 0.3,
}  # fmt: skip


def vocabulary(chance: np.random.Generator) -> dict[str, Spelling]:
    """Return what a system measures and how it spells it; at least one thing that users feel."""
    bare = chance.random() < 0.2  # a mesh or a balancer in front, nothing from inside
    prefix, (unit, factor) = _PREFIXES[chance.integers(len(_PREFIXES))], _UNITS[chance.integers(len(_UNITS))]
    chosen: dict[str, Spelling] = {}
    for thing in THINGS:
        often = _OFTEN[thing] if not bare or thing in ("load", "errors", "success", "p50", "p90") else 0.0
        if chance.random() >= often:
            continue
        if thing in _LATENCY:
            quantiles = _LATENCY[thing].split()
            chosen[thing] = Spelling(f"{prefix}{unit}.{quantiles[chance.integers(len(quantiles))]}", factor)
        else:
            spellings = _WORDS[thing]
            chosen[thing] = spellings[int(chance.integers(len(spellings)))]
    if not chosen.keys() & {"errors", "success", "p50", "p90", "p99"}:
        chosen["p90"] = Spelling(f"{prefix}{unit}.p90", factor)
    return chosen


def service_names(count: int, chance: np.random.Generator) -> list[str]:
    """Return distinct names in one of several manners, some of which say nothing at all."""
    stems = [
        "".join(chance.choice(list("bdfgklmnprst")) + chance.choice(list("aeiou")) for _ in range(3))
        for _ in range(count)
    ]
    manner = int(chance.integers(7))
    forms = (
        lambda stem, row: f"{stem}-{row}",
        lambda stem, row: f"{stem.capitalize()}{row}Service",
        lambda stem, row: f"{stem}{row}_AWS::{chance.choice(['Lambda::Function', 'ECS::Fargate', 'RDS'])}",
        lambda stem, row: f"prod/{stem}-{row}-{chance.integers(16**5):05x}",
        lambda stem, row: f"team{row % 4}.{stem}{row}.api",
        lambda stem, row: f"{chance.integers(16**8):08x}{row:02x}",
        lambda stem, row: f"{stem}{row}@host-{row % 9}",
    )
    return [forms[manner](stem, row) for row, stem in enumerate(stems)]
