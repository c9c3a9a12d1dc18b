"""What is true of the small shop that the real Kubernetes ran."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.ports.evidence_source import EvidenceAnswer

READER = [
    {"apiGroups": [""], "resources": ["events", "services"], "verbs": ["list"]},
    {
        "apiGroups": ["apps"],
        "resources": ["replicasets", "deployments", "statefulsets", "daemonsets"],
        "verbs": ["list"],
    },
    {"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["list"]},
]


def check_evidence(answer: EvidenceAnswer) -> None:
    """Roll-outs and the roll-back are changes; warnings stand with their workload; orders are only text."""
    assert sorted((change.service, change.summary) for change in answer.changes) == [
        ("cart", "roll-out of shop/cart:7"),
        ("pay", "roll-back to shop/pay:41"),
        ("pay", "roll-out of shop/pay:41"),
        ("pay", "roll-out of shop/pay:42"),
    ]
    assert len({change.change_id for change in answer.changes}) == 4
    logs = answer.telemetry.logs
    said = list(zip(logs.service, logs.level, logs.message, strict=True))
    assert any(s == "pay" and level == "info" and "Scaled up replica set" in m for s, level, m in said)
    assert any(level == "warn" and m.startswith("FailedScheduling: ") for _, level, m in said)
    backing_off = [one for one in said if one[2].startswith("BackOff: ")]
    assert [(service, level) for service, level, _ in backing_off] == [("pay", "warn")]
    assert "for the 7. time" in backing_off[0][2]
    assert answer.missing == ()


def check_objects(objects: Sequence[Mapping[str, Any]]) -> None:
    """The map gets services and workloads, each with its kind."""
    assert {(one["kind"], one["metadata"]["name"]) for one in objects} >= {
        ("Service", "pay"),
        ("Deployment", "pay"),
        ("Deployment", "cart"),
    }
