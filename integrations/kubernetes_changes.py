"""Roll-outs and roll-backs, read off a cluster's ReplicaSets and events."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.investigation.evidence import Change, ChangeKind
from domain.ports.evidence_source import EvidenceQuery
from integrations.evidence_client import listed, text_at, unix_of

_BEFORE_SECONDS = 3_600
"""How long before the window a change may have begun."""
_REVISION = "deployment.kubernetes.io/revision"
_REUSED = "deployment.kubernetes.io/revision-history"


def rollouts(sets: Sequence[Mapping[str, Any]], query: EvidenceQuery) -> list[Change]:
    """Return the roll-outs: each new ReplicaSet of a Deployment is one that began at its making."""
    found = []
    for one in sets:
        service, made = _deployment(one), _made(one)
        if _is_asked(service, made, query):
            found.append(_change(one, service, made, f"roll-out of {_images(one)}"))
    return found


def rollbacks(
    sets: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]], query: EvidenceQuery
) -> list[Change]:
    """Return the roll-backs: the ReplicaSet of the highest revision had earlier ones, so it is used again; an
    event tells since when."""
    by_deployment: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in sets:
        by_deployment.setdefault((text_at(one, "metadata", "namespace"), _deployment(one)), []).append(one)
    found = []
    for (namespace, service), versions in by_deployment.items():
        *before, current = sorted(versions, key=_revision)
        if not service or not before or not text_at(current, "metadata", "annotations", _REUSED):
            continue
        signs = (
            f"Scaled up replica set {text_at(current, 'metadata', 'name')} ",
            f"Scaled down replica set {text_at(before[-1], 'metadata', 'name')} ",
        )
        scaled = [
            event_time(event)
            for event in events
            if text_at(event, "metadata", "namespace") == namespace
            and text_at(event, "message").startswith(signs)
        ]
        since = min((at for at in scaled if at >= _made(before[-1])), default=0.0)
        if _is_asked(service, since, query):
            found.append(_change(current, service, since, f"roll-back to {_images(current)}"))
    return found


def event_time(event: Mapping[str, Any]) -> float:
    """Return when an event was last seen, in Unix seconds, 0 where it has no time.

    Events of the newer kind count themselves in a series, and have no last time beside it.
    """
    newest = text_at(event, "series", "lastObservedTime") or text_at(event, "lastTimestamp")
    return unix_of(newest or event.get("eventTime") or event.get("firstTimestamp"))


def _is_asked(service: str, at: float, query: EvidenceQuery) -> bool:
    inside = query.begin.timestamp() - _BEFORE_SECONDS <= at <= query.end.timestamp()
    return bool(service) and inside and (not query.services or service in query.services)


def _change(one: Mapping[str, Any], service: str, at: float, said: str) -> Change:
    identity = text_at(one, "metadata", "uid") or text_at(one, "metadata", "name")
    kind = said.partition(" ")[0]
    return Change(f"{identity}@{at:.0f}:{kind}", ChangeKind.DEPLOY, at, service, said[:300])


def _deployment(one: Mapping[str, Any]) -> str:
    owners = [o for o in listed(one, "metadata", "ownerReferences") if text_at(o, "kind") == "Deployment"]
    return text_at(owners[0], "name") if owners else ""


def _images(one: Mapping[str, Any]) -> str:
    containers = listed(one, "spec", "template", "spec", "containers")
    return ", ".join(text_at(container, "image") for container in containers)


def _made(one: Mapping[str, Any]) -> float:
    return unix_of(text_at(one, "metadata", "creationTimestamp"))


def _revision(one: Mapping[str, Any]) -> int:
    told = text_at(one, "metadata", "annotations", _REVISION)
    return int(told) if told.isdecimal() else 0
