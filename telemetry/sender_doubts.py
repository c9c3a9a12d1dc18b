"""Evidence of a sender that is silent, refused or ahead of time counts less, and why is said."""

from collections.abc import Mapping, Sequence

from domain.investigation.evidence import Doubt
from domain.ports.telemetry_intake import Dialect
from domain.ports.telemetry_store import DOUBTFUL_FROM, SourceHealth
from telemetry.records import Kind
from telemetry.store_questions import Columns

_KIND_OF = {
    Dialect.OTLP_TRACES: Kind.SPANS,
    Dialect.OTLP_TRACES_JSON: Kind.SPANS,
    Dialect.OTLP_LOGS: Kind.LOGS,
    Dialect.OTLP_LOGS_JSON: Kind.LOGS,
    Dialect.OTLP_METRICS: Kind.METRICS,
    Dialect.OTLP_METRICS_JSON: Kind.METRICS,
    Dialect.PROMETHEUS: Kind.METRICS,
    Dialect.FLUENT_BIT: Kind.LOGS,
    Dialect.ELASTIC: Kind.LOGS,
    Dialect.SYSLOG: Kind.LOGS,
}
_WORD = {Kind.SPANS: "span", Kind.LOGS: "log", Kind.METRICS: "metric"}
_WHOLE = 60.0
_LEAST = 0.4
"""What the worst sender's evidence still counts: it is doubtful, not false."""


def unreliable_kinds(health: Sequence[SourceHealth]) -> frozenset[Kind]:
    """Return the kinds of telemetry that an unreliable sender sends."""
    return frozenset(kind for one in health if (kind := _kind(one)) and one.doubt >= DOUBTFUL_FROM)


def doubts_of(health: Sequence[SourceHealth], told: Mapping[Kind, Columns]) -> tuple[Doubt, ...]:
    """Return what counts less: of a service that good senders tell of as well, only their share less.

    Args:
        health: How good each sender is.
        told: Kind of telemetry to who (source) sent how many records (total) of which service.
    """
    found = []
    for kind, columns in told.items():
        bad = {one.source: one for one in health if _kind(one) is kind and one.doubt >= DOUBTFUL_FROM}
        of_service: dict[str, list[tuple[str, int]]] = {}
        rows = zip(*(columns.get(name, []) for name in ("service", "source", "total")), strict=True)
        for service, source, total in rows:
            of_service.setdefault(str(service), []).append((str(source), int(str(total))))
        for service, senders in of_service.items():
            every = sum(total for _, total in senders)
            worst = min(senders, key=lambda pair: -bad[pair[0]].doubt if pair[0] in bad else 0.0)[0]
            if worst not in bad or not every:
                continue
            weight = sum(total * (_weight(bad[one]) if one in bad else 1.0) for one, total in senders) / every
            why = "; ".join(bad[worst].doubts[:2])
            found.append(Doubt(service, _WORD[kind], round(weight, 2), worst, why))
    return tuple(sorted(found, key=lambda one: (one.weight, one.sender, one.service, one.kind)))


def _weight(sender: SourceHealth) -> float:
    return max(_LEAST, 1.0 - sender.doubt / _WHOLE)


def _kind(sender: SourceHealth) -> Kind | None:
    return next((kind for dialect, kind in _KIND_OF.items() if dialect.value == sender.dialect), None)
