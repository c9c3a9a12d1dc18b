"""Decide who must say yes, whether a decision counts, and what the decisions add up to.

A person counts once, however many chat accounts they own. One rejection ends the request: people
who object must not be outvoted by people who are in a hurry. A yes belongs to one hash.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.people import Person, Role
from domain.ids import ApprovalId, PersonId, PressId


class Verdict(StrEnum):
    """How a request stands. Only `approved` lets anything happen; none of the others can become it."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Say(StrEnum):
    """What one approver says."""

    YES = "yes"
    NO = "no"


class Need(BaseModel):
    """So many different people of a role."""

    model_config = ConfigDict(frozen=True)

    role: Role
    count: int = Field(ge=1, le=10)


class Objection(StrEnum):
    """Why a decision may not count."""

    OVER = "over"
    OWN_REQUEST = "own_request"
    DEACTIVATED = "deactivated"
    NOT_AN_APPROVER = "not_an_approver"
    NOBODY_CAN = "nobody_can"
    ALREADY_DECIDED = "already_decided"
    OTHER_VERSION = "other_version"
    NOT_READ = "not_read"
    OLD_SIGN_IN = "old_sign_in"
    RIGHTS_UNREAD = "rights_unread"
    """What says who may decide could not be read for a while."""


class ApprovalRequest(BaseModel):
    """A question to approvers about exactly one version of one thing."""

    model_config = ConfigDict(frozen=True)

    id: ApprovalId
    subject: str
    """What it is about, `change/<id>` or `plan/<id>`."""
    subject_hash: str = Field(min_length=64, max_length=64)
    title: str
    requested_by: PersonId
    authors: frozenset[PersonId] = frozenset()
    """Everybody who asked for, wrote or last edited it: none of them may approve."""
    needs: tuple[Need, ...]
    """Empty means that nobody can approve."""
    rule: str
    policy_version: str
    channel: str
    is_high_risk: bool = False
    opened_at: datetime
    expires_at: datetime
    verdict: Verdict = Verdict.PENDING
    ended_at: datetime | None = None
    facts: dict[str, str] = {}
    is_used: bool = False


class Decision(BaseModel):
    """One person's word on one version, with what they had seen."""

    model_config = ConfigDict(frozen=True)

    press: PressId
    person: PersonId
    say: Say
    reason: str = Field(default="", max_length=2000)
    subject_hash: str
    door: str
    at: datetime
    seen: str = ""
    """Hash of the card they pressed on."""
    roles: frozenset[Role] = frozenset()
    """The person's roles at the act."""


class ApprovedSubject(BaseModel):
    """Proof that the right people said yes to exactly this hash. Made only by `approved_subject`."""

    model_config = ConfigDict(frozen=True)

    approval: ApprovalId
    subject: str
    subject_hash: str
    policy_version: str
    decisions: tuple[PressId, ...]
    approved_at: datetime


def objection_to(
    decision: Decision,
    request: ApprovalRequest,
    person: Person,
    so_far: Sequence[Decision],
    *,
    has_read_all: bool = True,
    has_fresh_sign_in: bool = True,
    are_rights_read: bool = True,
) -> Objection | None:
    """Return why this decision may not count, or None when it may."""
    if request.verdict is not Verdict.PENDING or decision.at >= request.expires_at:
        return Objection.OVER
    if decision.subject_hash != request.subject_hash:
        return Objection.OTHER_VERSION
    if not person.is_active:
        return Objection.DEACTIVATED
    if not request.needs:
        return Objection.NOBODY_CAN
    if person.id == request.requested_by or person.id in request.authors:
        return Objection.OWN_REQUEST
    if not any(need.role in person.roles for need in request.needs):
        return Objection.NOT_AN_APPROVER
    if any(earlier.person == person.id for earlier in so_far) and not takes_back(decision, so_far):
        return Objection.ALREADY_DECIDED
    if not request.is_high_risk or decision.say is Say.NO:
        return None
    if not are_rights_read:
        return Objection.RIGHTS_UNREAD
    if not has_fresh_sign_in:
        return Objection.OLD_SIGN_IN
    return None if has_read_all else Objection.NOT_READ


def takes_back(decision: Decision, so_far: Sequence[Decision]) -> bool:
    """Tell whether somebody says no who said yes before: who sees a mistake need not watch it pass."""
    before = next((earlier for earlier in so_far if earlier.person == decision.person), None)
    return before is not None and before.say is Say.YES and decision.say is Say.NO


def as_of_now(
    decisions: Sequence[Decision], find_person: Callable[[PersonId], Person | None]
) -> list[Decision]:
    """Return the decisions with the roles that their people had at the act and have still.

    A yes of somebody who has left, or lost the role, fills no seat any more; one who gained a role since did
    not decide in it. A no stays a no.
    """
    kept = []
    for decision in decisions:
        person = find_person(decision.person)
        roles = decision.roles & person.roles if person is not None and person.is_active else frozenset()
        kept.append(decision.model_copy(update={"roles": roles}))
    return kept


def tally(needs: Sequence[Need], decisions: Sequence[Decision]) -> Verdict:
    """Return what the decisions add up to: rejected by one no, approved when every need is filled.

    A person fills at most one need, so distinct roles are distinct people; who fills which is found
    by matching, since somebody with two roles must not block the only one with one.
    """
    if any(decision.say is Say.NO for decision in decisions):
        return Verdict.REJECTED
    if not needs:
        return Verdict.PENDING
    people: dict[PersonId, frozenset[Role]] = {}
    for decision in decisions:
        people.setdefault(decision.person, decision.roles)
    seats = [need.role for need in needs for _ in range(need.count)]
    return Verdict.APPROVED if _filled(seats, people) == len(seats) else Verdict.PENDING


def missing(needs: Sequence[Need], decisions: Sequence[Decision]) -> int:
    """Return how many more people must say yes."""
    people = {d.person: d.roles for d in decisions if d.say is Say.YES}
    seats = [need.role for need in needs for _ in range(need.count)]
    return len(seats) - _filled(seats, people)


def approved_subject(request: ApprovalRequest, decisions: Sequence[Decision]) -> ApprovedSubject | None:
    """Return the proof of a yes, or None when the decisions do not add up to one on this hash."""
    counted = [d for d in decisions if d.subject_hash == request.subject_hash]
    if request.verdict is not Verdict.APPROVED or tally(request.needs, counted) is not Verdict.APPROVED:
        return None
    if any(d.person == request.requested_by or d.person in request.authors for d in counted):
        return None
    return ApprovedSubject(
        approval=request.id,
        subject=request.subject,
        subject_hash=request.subject_hash,
        policy_version=request.policy_version,
        decisions=tuple(d.press for d in counted),
        approved_at=max(d.at for d in counted),
    )


def _filled(seats: Sequence[Role], people: Mapping[PersonId, frozenset[Role]]) -> int:
    holder: dict[int, PersonId] = {}

    def seat_for(person: PersonId, tried: set[int]) -> bool:
        for number, role in enumerate(seats):
            if role not in people[person] or number in tried:
                continue
            tried.add(number)
            if number not in holder or seat_for(holder[number], tried):
                holder[number] = person
                return True
        return False

    for person in sorted(people):
        seat_for(person, set())
    return len(holder)
