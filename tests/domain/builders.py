"""Builders: defaults for what a test does not care about."""

from datetime import UTC, datetime, timedelta

from domain.approval.approvals import ApprovalRequest, Decision, Need, Say, Verdict
from domain.identity.chat import Place
from domain.identity.people import Person, Role
from domain.ids import ApprovalId, FeedName, PersonId, PressId, TeamId
from domain.telling.postings import Posting, View
from domain.watch.alerts import Alert, alert_id, fingerprint_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HASH = "ab" * 32


def a_person(name: str, *roles: Role, is_active: bool = True, team: str = "ops") -> Person:
    """Return a person whose id is their name."""
    return Person(
        id=PersonId(name),
        name=name.capitalize(),
        roles=frozenset(roles or (Role.APPROVER,)),
        teams=frozenset({TeamId(team)}),
        is_active=is_active,
    )


def a_request(
    *needs: Need,
    asked_by: str = "sam",
    authors: tuple[str, ...] = (),
    verdict: Verdict = Verdict.PENDING,
    high_risk: bool = False,
    **facts: object,
) -> ApprovalRequest:
    """Return a request that one approver can decide; facts replace what it tells otherwise."""
    told = ApprovalRequest(
        id=ApprovalId("a1"),
        subject="change/c1",
        subject_hash=HASH,
        title="Onboard feed fx_trades",
        requested_by=PersonId(asked_by),
        authors=frozenset(PersonId(name) for name in authors),
        needs=needs or (Need(role=Role.APPROVER, count=1),),
        rule="config-ordinary",
        policy_version="v1",
        channel="approvals",
        is_high_risk=high_risk,
        opened_at=NOW,
        expires_at=NOW + timedelta(days=3),
        verdict=verdict,
    )
    return ApprovalRequest.model_validate(dict(told) | facts)


def a_decision(person: Person, say: Say = Say.YES, *, press: str = "", subject_hash: str = HASH) -> Decision:
    """Return a decision of a person just after the request was opened."""
    return Decision(
        press=PressId(press or f"press-{person.id}"),
        person=person.id,
        say=say,
        subject_hash=subject_hash,
        door="web",
        at=NOW + timedelta(minutes=5),
        roles=person.roles,
    )


def an_alert(at: datetime, **facts: object) -> Alert:
    """Return an alert of fx_trades that was raised at a moment; facts replace or join what it tells."""
    feed = FeedName("fx_trades")
    told = {
        "id": alert_id(feed, at),
        "fingerprint": fingerprint_of(feed, "slow"),
        "root": feed,
        "team": TeamId("desk"),
        "probability": 0.6,
        "peak": 0.6,
        "threshold": 0.3,
        "opened_at": at,
        "updated_at": at,
        "raised_at": at,
    }
    return Alert.model_validate(told | facts)


def a_posting(
    view: View, subject: str, place: Place, at: datetime, *, key: str = "k", card: str = ""
) -> Posting:
    """Return a card about a subject that is wanted at a place since a moment; `card` is its stored text."""
    return Posting(
        key=key, view=view, subject=subject, place=place, card_json=card, created_at=at, next_attempt_at=at
    )
