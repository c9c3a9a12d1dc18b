"""Builders of plans and orders: a test states only what matters to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.ids import PersonId, PlanId
from domain.remediation.orders import SignedOrder, Warrant, order_for, signed
from domain.remediation.plans import (
    Access,
    Authorship,
    DryRun,
    Language,
    Plan,
    Risk,
    Script,
    Step,
    TargetUse,
    Watch,
)
from remediation.order_keys import Ed25519Ring, Ed25519Signer

SIGNER = Ed25519Signer("front-1", bytes(range(32)))
RING = Ed25519Ring({"front-1": SIGNER.public_bytes})
NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
# On whose word orders stand here: the suites of E run once with decisions and once with an override (A16).
WORD: dict[str, Any] = {}
BY_DECISIONS: dict[str, Any] = {"approval": "approval-1", "decisions": ("press-1", "press-2")}
BY_OVERRIDE: dict[str, Any] = {
    "approval": "override-1",
    "decisions": ("press-override",),
    "warrant": Warrant.OVERRIDE,
    "rule": "break-glass",
}
NO_WATCH = Watch(seconds=0, every_seconds=1)


def bash(text: str, *targets: str, timeout: int = 20) -> Script:
    """Return a Bash script; targets as `landing:write`, each in a slot of its own name."""
    uses = []
    for target in targets:
        name, _, access = target.partition(":")
        uses.append(TargetUse(slot=name, name=name, access=Access(access)))
    return Script(language=Language.BASH, text=text, targets=tuple(uses), timeout_seconds=timeout)


def python(text: str, *targets: str, timeout: int = 20) -> Script:
    return bash(text, *targets, timeout=timeout).model_copy(update={"language": Language.PYTHON})


def line_step(number: int, **changes: Any) -> Step:
    """Return a step that writes one file through the broker, with probe, check and undo."""
    name = f"line-{number}"
    exists = f"from kit import ask, path\nraise SystemExit(ask('landing', 'GET', path('file', path='{name}'))[0] != %d)"  # noqa: E501  a script reads better whole
    parts: dict[str, Any] = {
        "run": python(
            f"from kit import path, send\nsend('landing', 'PUT', path('file', path='{name}'), {{'text': 'x'}})",  # noqa: E501  a script reads better whole
            "landing:write",
        ),
        "probe": python(
            "from kit import answer, ask, path\n"
            f"answer('done' if ask('landing', 'GET', path('file', path='{name}'))[0] == 200 else 'absent')",
            "landing:read",
        ),
        "check": python(exists % 200, "landing:read"),
        "undo": python(
            f"from kit import ask, path\nask('landing', 'DELETE', path('file', path='{name}'))",
            "landing:write",
        ),
        "undo_check": python(exists % 404, "landing:read"),
    }
    return Step(name=name, summary=f"Write {name}", **{**parts, **changes})


def a_plan(*steps: Step, **changes: Any) -> Plan:
    fields: dict[str, Any] = {
        "id": PlanId("plan-1"),
        "title": "A change",
        "environment": "test",
        "requested_by": PersonId("ana"),
        "authorship": Authorship.PERSON,
        "steps": steps or (line_step(1), line_step(2), line_step(3)),
        "risk": Risk.LOW,
        "watch": NO_WATCH,
    }
    return Plan(**{**fields, **changes})


def an_order(plan: Plan, preview: DryRun, *, nonce: str = "a" * 32, **changes: Any) -> SignedOrder:
    fields: dict[str, Any] = {
        "effect_digest": preview.effect_digest,
        "policy_version": "policy-7",
        "audience": "runner-1",
        "nonce": nonce,
        "not_before": NOW - timedelta(minutes=1),
        "expires": NOW + timedelta(minutes=10),
        **(WORD or BY_DECISIONS),
    }
    return signed(order_for(plan, **{**fields, **changes}), SIGNER)
