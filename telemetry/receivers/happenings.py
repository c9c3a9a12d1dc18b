"""Read single happenings: Alertmanager's webhook, Kubernetes events, plain JSON events such as deploys."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from domain.ports.alert_intake import ReportedAlert
from domain.text.redaction import mask_shapes
from telemetry.receivers.attribute_cache import AttributeCache, Unreadable, service_of
from telemetry.receivers.json_bodies import Json, at, loads, packed, text
from telemetry.receivers.times import micros_of
from telemetry.records import LONGEST_TEXT, Decoded, Refusal

_MOST_ALERTS = 20_000
"""Of a storm nothing may be lost: a sender gives up a delivery that is called unreadable."""
_MOST_LABELS = 64
_LONGEST_SUMMARY = 500
_LONGEST_KEY = 200
_LOOKED_AT = 2_000
"""Of a note: a secret is known by its whole length, so it is masked before the note is cut."""
_KNOWN = frozenset(
    {"at", "time", "timestamp", "service", "event", "kind", "severity", "message", "summary", "attributes"}
)


def check_alerts(body: bytes) -> int:
    """Return how many alerts a webhook body holds; raises `Unreadable` when it is none."""
    return len(_alerts(body))


def _alerts(body: bytes) -> list[Json]:
    alerts = at(loads(body), "alerts")
    if not isinstance(alerts, list) or not all(isinstance(one, Mapping) for one in alerts):
        raise Unreadable("there is no list of alerts")
    if len(alerts) > _MOST_ALERTS:
        raise Unreadable(f"more than {_MOST_ALERTS} alerts at once")
    return alerts


def reported_alerts(body: bytes, source: str, now: datetime) -> list[ReportedAlert]:
    """Return the alerts of an Alertmanager webhook (version 4); raises `Unreadable` when it is none."""
    return [_alert(one, source, now) for one in _alerts(body)]


def _alert(one: Json, source: str, now: datetime) -> ReportedAlert:
    """Return one alert; what people will read of it, on cards and over REST, holds no secret."""
    labels = _texts(at(one, "labels"), 500)
    notes = _texts(at(one, "annotations"), _LOOKED_AT)
    begun, ended = micros_of(one.get("startsAt")), micros_of(one.get("endsAt"))
    is_firing = one.get("status") != "resolved"
    link = text(one.get("generatorURL"), 1_000)
    is_link = link.startswith(("http://", "https://")) and mask_shapes(link) == link
    name = mask_shapes(labels.get("alertname", ""))
    summary = mask_shapes(notes.get("summary") or notes.get("description") or "")
    return ReportedAlert(
        source=source,
        fingerprint=text(one.get("fingerprint"), 64) or _key_of(packed(labels)),
        name=name,
        service=mask_shapes(service_of(dict(labels))),
        severity=labels.get("severity", ""),
        is_firing=is_firing,
        started_at=_moment(begun) or now,
        ended_at=None if is_firing else _moment(ended) or now,
        summary=(summary or name)[:_LONGEST_SUMMARY],
        labels=labels,
        link=link if is_link else "",
    )


def _key_of(labels: str) -> str:
    """Return what tells an alert from others without its secrets: two that differ in nothing else are two."""
    masked = mask_shapes(labels)
    if masked == labels:
        return labels[:_LONGEST_KEY]
    return f"{hashlib.sha256(labels.encode()).hexdigest()[:8]} {masked}"[:_LONGEST_KEY]


def _moment(t_us: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(t_us / 1e6, UTC) if t_us else None
    except (ValueError, OverflowError, OSError):
        return None  # beyond the calendar: as good as not told


def _texts(value: object, longest: int) -> dict[str, str]:
    pairs = list(value.items())[:_MOST_LABELS] if isinstance(value, Mapping) else []
    return {text(name, 128): text(told, longest) for name, told in pairs}


def read_alerts(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the alerts of a webhook as events: when they fired, or when they were over."""
    now = datetime.fromtimestamp(out.now_us / 1e6, UTC)
    for alert in reported_alerts(body, "", now):
        moment = alert.ended_at or alert.started_at
        word = "alert" if alert.is_firing else "alert resolved"
        # A long-standing alert is repeated for weeks: it is news of its arrival's moment then.
        t_us = int(moment.timestamp() * 1_000_000)
        t_us = out.now_us if out.objection_to_time(t_us) else t_us
        message = f"{alert.name}: {alert.summary}"
        _add(out, t_us, alert.service, word, alert.severity, message, packed(dict(alert.labels)))


def check_events(body: bytes) -> int:
    """Return how many events a body holds; raises `Unreadable` when it is neither object nor array."""
    value = loads(body)
    if not isinstance(value, dict | list):
        raise Unreadable("an event is an object")
    return len(value) if isinstance(value, list) else 1


def read_events(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add events: ours (`at`, `service`, `event`, `severity`, `message`, `attributes`) or Kubernetes'."""
    value = loads(body)
    for one in value if isinstance(value, list) else [value]:
        try:
            if not isinstance(one, Mapping):
                out.refuse(Refusal.NOT_READABLE, "not an object", one)
            elif "involvedObject" in one or "regarding" in one:
                _kubernetes(one, out)
            else:
                _plain(one, out)
        except Unreadable as error:
            out.refuse(Refusal.TOO_DEEP, str(error), str(one)[:400])


def _kubernetes(one: Json, out: Decoded) -> None:
    about = one.get("involvedObject") or one.get("regarding")
    t_us = next(
        (t for name in ("lastTimestamp", "eventTime", "firstTimestamp") if (t := micros_of(one.get(name)))), 0
    )
    name = text(at(about, "name"))
    kept = {"kind": text(at(about, "kind")), "name": name, "namespace": text(at(about, "namespace"))}
    reason = text(one.get("reason"))
    message = text(one.get("message") or one.get("note"), LONGEST_TEXT)
    severity = text(one.get("type")).casefold()
    _add(out, t_us, workload_of(name, kept["kind"]), f"kubernetes {reason}", severity, message, packed(kept))


def workload_of(name: str, kind: str) -> str:
    """Return the workload that a Kubernetes object's name belongs to: a pod's without its two suffixes."""
    parts = name.split("-")
    if kind == "Pod" and len(parts) > 2 and len(parts[-1]) == 5:
        return "-".join(parts[:-2])
    if kind == "ReplicaSet" and len(parts) > 1:
        return "-".join(parts[:-1])
    return name


def _plain(one: Json, out: Decoded) -> None:
    for name in one:
        if name not in _KNOWN:
            out.unknown_fields[name[:100]] = out.unknown_fields.get(name[:100], 0) + 1
    t_us = next((t for name in ("at", "time", "timestamp") if (t := micros_of(one.get(name)))), 0)
    word = text(one.get("event") or one.get("kind"))
    if not word:
        out.refuse(Refusal.NO_NAME, "no event named", one)
        return
    message = text(one.get("message") or one.get("summary"), LONGEST_TEXT)
    attributes = packed(one.get("attributes"))
    _add(out, t_us, text(one.get("service")), word, text(one.get("severity")), message, attributes)


def _add(
    out: Decoded, t_us: int, service: str, event: str, severity: str, message: str, attributes: str
) -> None:
    objection = out.objection_to_time(t_us)
    if objection is not None:
        out.refuse(objection, event, message)
        return
    rows = out.events
    rows.t_us.append(t_us)
    rows.service.append(service)
    rows.event.append(event)
    rows.severity.append(severity)
    rows.message.append(message)
    rows.attributes.append(attributes)
