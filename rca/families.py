"""Which family a series belongs to, read from the words of its name, never from a known system's spelling.

The family decides which direction is bad and on which scale a change is judged; the weight of a family is
data (`verdict/weights.json`). The words are those of common exporters (Prometheus, OpenTelemetry, cAdvisor,
Istio, JVM, Go, Kafka, PostgreSQL, Redis, CloudWatch). Order matters: `node_cpu_pct` speaks about the node,
`request_error_latency` about errors, and `cpu_time` about the processor, not about time.
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
    CACHE = "cache"
    OTHER = "other"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NODE = _words("node host machine")
_ERRORS = _words(
    """error errors errored err errs fail failed failure failures failing fails 5xx 4xx 500 502 503 504 401
    403 exception exceptions timeout timeouts restart restarts oom oomkills killed reject rejected rejects
    panic panics crash crashes crashloop unauthorized denied refused drop dropped drops discarded retransmit
    retransmits retrans fault faults abort aborted aborts retries retry expired invalid unhealthy unavailable
    unsuccessful loss lost evicted evictions throttle throttled throttles throttling deadlock deadlocks
    deadletter dlq dead rollback rollbacks conflicts nack nacks backoff misconfigured unauthenticated
    underreplicated offline"""
)
_CODES_OF_RPC = _words("exceeded exhausted internal unknown unimplemented cancelled canceled precondition")
"""Codes of gRPC, which mean failure where it is calls that are told of."""
_CALLS = _words("grpc rpc")
_SUCCESS = _words("success successes succeeded availability available avail ok healthy ready up 2xx apdex")
_SATURATION = _words(
    """pool queue queued queues wait waits waiting waiters backlog lag threads thread connections connection
    conn conns clients goroutines pending saturation inflight flight active activity open slots sockets socket
    leases leased borrowed descriptors fds depth unacked sessions outstanding undelivered visible oldest age
    concurrent concurrency occupancy lock locks locked blocked buffered pressure workers executor hikaricp
    congestion backends"""
)
_LATENCY = _words("latency latencies duration durations lat rt rtt roundtrip ttfb p50 p75 p90 p95 p99 p999")
_TIME = _words("time response elapsed delay seconds ms milliseconds millis handling took")
_COUNTS = _words("count counts total sum size bytes")
_BYTES = _words("bytes byte size kib mib")
_CPU = _words("cpu vcpu cpus millicores cores processor load1 load5 load15 loadavg steal cfs")
_MEMORY = _words(
    "mem memory memstats rss wss heap nonheap workingset swap gc metaspace eden tenured alloc allocated anon"
)
_DISK = _words(
    """disk disks diskio blkio fs filesystem io iops iowait read write reads writes storage volume inode
    inodes fsync flush flushes compaction compactions tablespace wal ebs"""
)
_NETWORK = _words(
    """net network rx tx tcp udp packets packet bytes octets bandwidth receive received recv transmit
    transmitted sent ingress egress conntrack"""
)
_LOAD = _words(
    """requests request req reqs rq rps qps tps load workload throughput traffic count counts calls ops
    operations rate invocations messages queries transactions commit commits processed published
    consumed produced delivered events records hits responses questions statements rows enqueued dequeued
    handled started served"""
)
_PASSED = _words(
    "published publish delivered deliver sent send received receive consumed acked acknowledged deleted"
)
"""What is done with messages: how many pass is load, whatever they pass through."""
_HITS = _words("hit hits miss misses")
_OF_ALL = _words("ratio rate pct percent percentage share cache keyspace")
_SHARES = _words("ratio rate pct percent percentage share")
_FREE = _words("free freeable available avail remaining headroom idle")
_OUTWARD = _words("client caller outbound upstream egress dependency")
_ORDER: tuple[tuple[Family, frozenset[str]], ...] = (
    (Family.NODE, _NODE),
    (Family.ERRORS, _ERRORS),
    (Family.SUCCESS, _SUCCESS),
    (Family.SATURATION, _SATURATION),
    (Family.LATENCY, _LATENCY),
    (Family.CPU, _CPU),
    (Family.MEMORY, _MEMORY),
    (Family.DISK, _DISK),
    (Family.NETWORK, _NETWORK),
    (Family.LATENCY, _TIME),
    (Family.LOAD, _LOAD),
)
_RESOURCES = ((Family.MEMORY, _MEMORY), (Family.DISK, _DISK | {"space"}), (Family.CPU, _CPU))
_NOTHING: frozenset[str] = frozenset()
_TOGETHER = (
    # One word of each is needed, none of the next may be there; the first that fits decides.
    ((_words("uptime"),), _NOTHING, Family.OTHER),  # grows with the clock; only a fall says something
    ((_NODE, _words("unhealthy")), _NOTHING, Family.ERRORS),
    ((_NODE, _words("healthy")), _NOTHING, Family.SUCCESS),
    ((_NODE,), _NOTHING, Family.NODE),
    ((_HITS, _OF_ALL), _NOTHING, Family.CACHE),
    ((_words("under"), _words("replicated")), _NOTHING, Family.ERRORS),
    ((_words("gc"),), _ERRORS, Family.MEMORY),  # how long it pauses is told of memory, not of requests
    ((_CALLS, _CODES_OF_RPC), _LATENCY | _TIME, Family.ERRORS),
    ((_words("queue queues"), _words("ready")), _NOTHING, Family.SATURATION),
    ((_words("messages"), _PASSED), _ERRORS | _LATENCY | _TIME | _BYTES, Family.LOAD),
    ((_words("network"), _words("io")), _DISK - {"io"}, Family.NETWORK),
    ((_CPU, _words("throttled throttling throttles")), _NOTHING, Family.CPU),
    ((_words("load"), _words("avg average")), _NOTHING, Family.CPU),
    ((_MEMORY, _words("failures faults failcnt")), _NOTHING, Family.MEMORY),  # page faults
    *(((_FREE, known), _NOTHING, family) for family, known in _RESOURCES),
)
_DIFFERENCES = frozenset({Family.ERRORS, Family.SUCCESS, Family.CACHE})
_REST = 3
"""So many letters may be left of words written as one: a unit, mostly."""
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_PLAIN = _words(
    "unhealthy keyspace usage use used util utilization length http status code pod container cnt partitions"
)
_KNOWN = frozenset().union(*(known for _, known in _ORDER), _COUNTS, _HITS, _OF_ALL, _FREE, _OUTWARD, _PLAIN)


@lru_cache(maxsize=8192)
def words_of(metric: str) -> frozenset[str]:
    """Return the lower-case words of a metric's name; of words written as one, the known ones in it."""
    written = [word.lower() for word in _SPLIT.split(metric.replace("UnHealthy", "Unhealthy")) if word]
    return frozenset(part for word in written for part in _apart(word))


def _apart(word: str) -> tuple[str, ...]:
    """Return `cpuusage` as cpu and usage, `latency50` as latency; a word that is known stays one."""
    if word in _KNOWN:
        return (word,)
    found: list[str] = []
    rest = word
    while rest:
        part = next((rest[:end] for end in range(len(rest), 2, -1) if rest[:end] in _KNOWN), "")
        without_digits = rest.lstrip("0123456789")
        if not part and without_digits == rest:
            break
        found += [part] if part else []
        rest = rest[len(part) :] if part else without_digits
    return tuple(found) if found and len(rest) <= _REST else (word,)


@lru_cache(maxsize=8192)
def family_of(metric: str) -> Family:
    """Return the family of a metric by the words of its name; `other` when none is known."""
    words = words_of(metric)
    special = _special(words)
    if special is not None:
        return special
    if words & _LATENCY and words & {"count", "counts"} and not words & _ERRORS:
        words -= _LATENCY  # how often something took its time, not how long
    for family, known in _ORDER:
        if not words & known or (known is _TIME and words & _COUNTS):
            continue
        if family is Family.LATENCY and words & _OUTWARD:
            return Family.CLIENT_LATENCY
        return family
    return Family.OTHER


def _special(words: frozenset[str]) -> Family | None:
    """Return the family where two words together mean something else than each alone."""
    for needed, barring, family in _TOGETHER:
        if all(words & some for some in needed) and not words & barring:
            return family
    return None


@lru_cache(maxsize=8192)
def is_bad_when_low(metric: str) -> bool:
    """Return whether a fall of the metric is the bad direction: shares of success, and what is left free."""
    family = family_of(metric)
    if family is Family.SUCCESS:
        return True
    words = words_of(metric)
    if "uptime" in words:
        return True
    if family is Family.CACHE:
        return not words & {"miss", "misses"} and bool(words & _SHARES)
    return bool(words & _FREE) and any(family is one and words & known for one, known in _RESOURCES)


def on_ratio_scale(family: Family) -> bool:
    """Return whether factors matter (latency, cpu) rather than differences (shares, counts of errors)."""
    return family not in _DIFFERENCES
