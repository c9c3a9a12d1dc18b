"""Which family a series belongs to, read from the words of its name, never from a known system's spelling.

The family decides which direction is bad and on which scale a change is judged; the weight of a family is
data (`rca/weights.json`). Order matters: `node_cpu_pct` speaks about the node, `request_error_latency` about
errors.
"""

import re
from enum import StrEnum
from functools import lru_cache


class Family(StrEnum):
    """Kinds of series."""

    NODE = "node"
    ERRORS = "errors"
    SUCCESS = "success"
    SATURATION = "saturation"
    CLIENT_LATENCY = "client_latency"
    LATENCY = "latency"
    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"
    NETWORK = "network"
    LOAD = "load"
    OTHER = "other"


_WORDS: tuple[tuple[Family, frozenset[str]], ...] = (
    (Family.NODE, frozenset({"node", "host", "machine"})),
    (
        Family.ERRORS,
        frozenset(
            [
                "error",
                "errors",
                "err",
                "errs",
                "fail",
                "failed",
                "failure",
                "failures",
                "fails",
                "5xx",
                "4xx",
                "500",
                "503",
                "401",
                "403",
                "exception",
                "exceptions",
                "timeout",
                "timeouts",
                "restart",
                "restarts",
                "oom",
                "killed",
                "reject",
                "rejected",
                "rejects",
                "panic",
                "panics",
                "crash",
                "crashes",
                "unauthorized",
                "refused",
                "drop",
                "dropped",
                "drops",
                "retransmit",
                "fault",
                "faults",
                "abort",
                "aborted",
                "retries",
                "retry",
                "expired",
                "invalid",
                "unhealthy",
                "loss",
                "lost",
                "evicted",
                "throttled",
            ]
        ),
    ),
    (
        Family.SUCCESS,
        frozenset(
            [
                "success",
                "succeeded",
                "availability",
                "available",
                "avail",
                "ok",
                "healthy",
                "ready",
                "up",
                "hit",
            ]
        ),
    ),
    (
        Family.SATURATION,
        frozenset(
            [
                "pool",
                "queue",
                "queued",
                "wait",
                "waiting",
                "backlog",
                "lag",
                "threads",
                "thread",
                "connections",
                "connection",
                "conn",
                "conns",
                "goroutines",
                "pending",
                "saturation",
                "inflight",
                "active",
                "open",
                "slots",
                "sockets",
                "socket",
                "leases",
                "descriptors",
                "fds",
                "depth",
            ]
        ),
    ),
    (
        Family.LATENCY,
        frozenset(
            [
                "latency",
                "duration",
                "lat",
                "rt",
                "response",
                "elapsed",
                "p50",
                "p90",
                "p95",
                "p99",
                "time",
                "delay",
                "rtt",
            ]
        ),
    ),
    (Family.CPU, frozenset(["cpu", "millicores", "cores", "load1", "load5"])),
    (Family.MEMORY, frozenset(["mem", "memory", "rss", "heap", "workingset", "swap", "gc"])),
    (
        Family.DISK,
        frozenset(
            [
                "disk",
                "diskio",
                "fs",
                "io",
                "iops",
                "read",
                "write",
                "reads",
                "writes",
                "storage",
                "volume",
                "inode",
            ]
        ),
    ),
    (
        Family.NETWORK,
        frozenset(
            [
                "net",
                "network",
                "rx",
                "tx",
                "tcp",
                "packets",
                "packet",
                "bytes",
                "bandwidth",
                "receive",
                "transmit",
                "ingress",
                "egress",
            ]
        ),
    ),
    (
        Family.LOAD,
        frozenset(
            [
                "requests",
                "request",
                "rps",
                "qps",
                "workload",
                "throughput",
                "count",
                "calls",
                "ops",
                "rate",
                "invocations",
                "messages",
            ]
        ),
    ),
)
BAD_WHEN_LOW = frozenset({Family.SUCCESS})
RATIO_SCALE = frozenset(
    {
        Family.NODE,
        Family.SATURATION,
        Family.CLIENT_LATENCY,
        Family.LATENCY,
        Family.CPU,
        Family.MEMORY,
        Family.DISK,
        Family.NETWORK,
        Family.LOAD,
        Family.OTHER,
    }
)
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=8192)
def family_of(metric: str) -> Family:
    """Return the family of a metric by the words of its name; `other` when none is known."""
    words = {word.lower() for word in _SPLIT.split(metric) if word}
    for family, known in _WORDS:
        if words & known:
            if family is Family.LATENCY and words & {"client", "caller", "outbound", "upstream"}:
                return Family.CLIENT_LATENCY
            return family
    return Family.OTHER
