"""Which store or broker a line speaks of that names its kind alone: *psycopg2: too many clients already*.

Drivers say what they talk to and seldom where it stands. Where the author calls one of that kind, or, without
a map, only one is known, it is meant, but only where the line says that it can't be had: a wrong query is its
author's own.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.investigation.evidence import ENTRY

_READ = 400
_KINDS = {
    "kafka": frozenset({"kafka", "redpanda"}),
    "redis": frozenset({"redis", "valkey"}),
    "postgres": frozenset({"postgres", "postgresql", "pg", "pgsql"}),
    "mysql": frozenset({"mysql", "mariadb"}),
    "rabbit": frozenset({"rabbitmq", "rabbit"}),
    "mongo": frozenset({"mongo", "mongodb"}),
    "elastic": frozenset({"elasticsearch", "opensearch"}),
    "memcached": frozenset({"memcached", "memcache"}),
    "cassandra": frozenset({"cassandra", "scylla"}),
}
"""Words of names, and the first words of the metrics, of each kind."""
_SPEAKS_OF = {
    "kafka": re.compile(r"(?i)\bkafka"),
    "redis": re.compile(r"(?i)redis(?!tri|cov|cou|pla|pat|pos)|\bjedis\b|\blettuce\b"),
    "postgres": re.compile(r"(?i)psycopg|\bpq: |psqlexception|postgres|npgsql|\bpgx\b"),
    "mysql": re.compile(r"(?i)mysql|mariadb"),
    "rabbit": re.compile(r"(?i)rabbit|\bamqps?\b|amqp\w{0,20}(?:error|exception)"),
    "mongo": re.compile(r"(?i)mongo"),
    "elastic": re.compile(r"(?i)elasticsearch|opensearch"),
    "memcached": re.compile(r"(?i)memcache"),
    "cassandra": re.compile(r"(?i)cassandra|scylla"),
}
_CANT_BE_HAD = re.compile(
    r"(?i)too many (?:clients|connections)|connection slots|timeout|timed out|"
    r"connection (?:refused|reset|closed|lost)|(?:could not|can't|cannot|unable to|failed to) connect|"
    r"no (?:available )?brokers?\b|available brokers|not present in metadata|update metadata|unavailable|"
    r"no longer available|starting up|shutting down|recovery mode|"
    r"no space left|read-only|readonly|is loading the dataset|cluster ?down|master_?down|"
    r"no (?:primary|master)\b|"
    r"not (?:primary|master)\b|no server|server selection|gone away|lost connection|broken pipe|no route"
)
_ITS_OWN = re.compile(
    r"(?i)\bpoll(?:ing)? (?:timeout|interval)|max\.poll\.|statement timeout|lock (?:wait )?timeout"
)
"""What a driver says of its own program: it reads too slowly, asks too much, or waits for another such."""
_OF_CLIENTS = frozenset({"consumer", "producer", "client", "driver", "streams", "listener", "template"})
"""Words of what a program tells of its own driver, not of the store."""
_OTHERS = frozenset({
    "exporter", "consumer", "producer", "worker", "client", "backup", "connect", "sync", "writer", "reader",
    "streams", "monitor", "mirror", "listener", "importer", "loader", "indexer", "adapter", "bridge", "ui",
    "operator", "job", "api", "svc", "service", "app", "proxy", "admin", "manager",
})  # fmt: skip
"""Who bears the name of a kind and only uses one."""
_OF_PROCESSES = frozenset({"process", "go", "node", "container", "jvm", "kube", "docker", "system"})
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores and brokers of a system by kind, and who calls whom."""

    of_kind: Mapping[str, frozenset[str]]
    callees: Mapping[str, frozenset[str]]

    @property
    def all(self) -> frozenset[str]:
        """Return the stores and brokers of every kind."""
        return frozenset().union(*self.of_kind.values())

    def named(self, message: str, author: str) -> tuple[str, ...]:
        """Return the store that a line says can't be had; nothing where none or several may be meant."""
        text = message[:_READ]
        if not self.of_kind or not _CANT_BE_HAD.search(text) or _ITS_OWN.search(text):
            return ()
        found: set[str] = set()
        for kind, stores in self.of_kind.items():
            if author not in stores and _SPEAKS_OF[kind].search(text):
                called = stores & self.callees.get(author, frozenset())
                found |= called if self.callees.get(author) else stores
        return tuple(found) if len(found) == 1 else ()


def stores_of(
    names: Iterable[str], series: Iterable[tuple[str, str]], calls: Sequence[tuple[str, str]]
) -> Stores:
    """Return who is a store or a broker, by its name or by what most of its series begin with."""
    begins: dict[str, list[str]] = defaultdict(list)
    for service, metric in series:
        parts = [part.lower() for part in _SPLIT.split(metric) if part] or [""]
        if ">" not in service and service != ENTRY and parts[0] not in _OF_PROCESSES:
            begins[service].append("" if _OF_CLIENTS.intersection(parts) else parts[0])
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        words = {part.lower().rstrip("0123456789") for part in _SPLIT.split(name) if part}
        for kind, known in _KINDS.items():
            first = begins.get(name, [])
            by_series = 2 * sum(word in known for word in first) > len(first) > 0
            if by_series or (words & known and not words & _OTHERS):
                found[kind].add(name)
    callees: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        callees[caller].add(callee)
    return Stores(
        {kind: frozenset(of) for kind, of in found.items()},
        {caller: frozenset(of) for caller, of in callees.items()},
    )
