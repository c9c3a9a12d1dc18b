"""Who may do what: one table, complete, and an act without a row is denied."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from domain.counting import in_series
from domain.errors import NotAllowed
from domain.identity.people import Person, Role

_MOST_NAMED = 4


class Act(StrEnum):
    """Everything a person can do that needs a right."""

    ASK = "ask"
    SEE_FEEDS = "see_feeds"
    ONBOARD_FEED = "onboard_feed"
    EDIT_CONFIG = "edit_config"
    REVERT_CONFIG = "revert_config"
    DECIDE = "decide"
    WITHDRAW = "withdraw"
    PROPOSE_FIX = "propose_fix"
    STOP_RUN = "stop_run"
    BREAK_GLASS = "break_glass"
    FREEZE = "freeze"
    LIFT_FREEZE = "lift_freeze"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    RUN_INCIDENT = "run_incident"
    EDIT_KNOWLEDGE = "edit_knowledge"
    PUBLISH_KNOWLEDGE = "publish_knowledge"
    LINK_ACCOUNT = "link_account"
    ADMINISTER = "administer"


# What a refusal says for it, where the name alone does not read well.
_WORDS: Mapping[Act, str] = MappingProxyType(
    {
        Act.SEE_FEEDS: "see feeds",
        Act.ONBOARD_FEED: "add a feed",
        Act.EDIT_CONFIG: "edit a configuration",
        Act.REVERT_CONFIG: "revert a configuration",
        Act.DECIDE: "decide on a request",
        Act.WITHDRAW: "withdraw this",
        Act.PROPOSE_FIX: "propose a fix",
        Act.STOP_RUN: "stop a run",
        Act.BREAK_GLASS: "break the glass",
        Act.FREEZE: "freeze execution",
        Act.LIFT_FREEZE: "lift a freeze",
        Act.ACKNOWLEDGE_ALERT: "acknowledge an alert",
        Act.RUN_INCIDENT: "work on an incident",
        Act.EDIT_KNOWLEDGE: "write articles",
        Act.PUBLISH_KNOWLEDGE: "publish an article",
        Act.LINK_ACCOUNT: "link an account",
    }
)
_EVERYBODY = frozenset(Role)
_WORKERS = frozenset(
    {Role.ENGINEER, Role.STREAM_TEAM, Role.ON_CALL, Role.LEAD, Role.DATA_STEWARD, Role.APPROVER}
)

ROLES_FOR: Mapping[Act, frozenset[Role]] = MappingProxyType(
    {
        Act.ASK: _EVERYBODY,
        Act.SEE_FEEDS: _EVERYBODY,
        Act.ONBOARD_FEED: frozenset({Role.STREAM_TEAM, Role.ENGINEER, Role.DATA_STEWARD, Role.LEAD}),
        Act.EDIT_CONFIG: frozenset({Role.STREAM_TEAM, Role.ENGINEER, Role.DATA_STEWARD, Role.LEAD}),
        Act.REVERT_CONFIG: _WORKERS,
        # Deciding needs a role here, and the policy's own roles at the act: this row alone is never enough.
        Act.DECIDE: frozenset({Role.APPROVER, Role.DATA_STEWARD, Role.LEAD, Role.ON_CALL}),
        Act.WITHDRAW: _WORKERS,
        Act.PROPOSE_FIX: frozenset({Role.ENGINEER, Role.ON_CALL, Role.LEAD}),
        Act.STOP_RUN: frozenset({Role.ENGINEER, Role.ON_CALL, Role.LEAD, Role.APPROVER}),
        Act.BREAK_GLASS: frozenset({Role.ON_CALL, Role.LEAD}),
        Act.FREEZE: frozenset({Role.APPROVER, Role.ON_CALL, Role.LEAD}),
        Act.LIFT_FREEZE: frozenset({Role.APPROVER, Role.LEAD}),
        Act.ACKNOWLEDGE_ALERT: _WORKERS,
        Act.RUN_INCIDENT: _WORKERS,
        Act.EDIT_KNOWLEDGE: _WORKERS,
        Act.PUBLISH_KNOWLEDGE: frozenset({Role.ENGINEER, Role.LEAD, Role.DATA_STEWARD}),
        Act.LINK_ACCOUNT: _EVERYBODY,
        Act.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
    }
)

# What anybody may do who can talk to us at all, linked or not.
OPEN_TO_VISITORS = frozenset({Act.ASK})


def may(person: Person | None, act: Act) -> bool:
    """Return whether the person, or an unlinked visitor (None), may do the act."""
    if person is None:
        return act in OPEN_TO_VISITORS
    return person.is_active and bool(person.roles & ROLES_FOR.get(act, frozenset()))


def require(
    person: Person | None, act: Act, others: Callable[[], Sequence[Person]] = tuple[Person, ...]
) -> Person:
    """Return the person when they may do the act; `others` are asked only to name who can instead.

    Raises:
        NotAllowed: They may not; the sentence says which roles may, or how to link the account.
    """
    if person is None:
        raise NotAllowed(
            f"visitor tried {act}",
            say="I don't know who you are yet, so I can't do that for you.",
            next_step="Say *link* to me in a direct message to connect this account.",
        )
    if not person.is_active:
        raise NotAllowed(
            f"{person.id} is deactivated", say="Your account has been deactivated, so I did nothing."
        )
    if not may(person, act):
        roles = sorted(role.value.replace("_", " ") for role in ROLES_FOR.get(act, frozenset()))
        who = in_series(roles, "or") or "nobody"
        raise NotAllowed(
            f"{person.id} lacks a role for {act}",
            say=f"You can't {_WORDS.get(act, act.value)}: that takes the role {who}.",
            next_step=_who_can(act, others()),
        )
    return person


def _who_can(act: Act, people: Sequence[Person]) -> str:
    able = sorted(person.name for person in people if may(person, act))
    if not able:
        return "Ask an administrator for the role, or somebody who has it to do this."
    names = in_series(able, most=_MOST_NAMED)
    return f"{names} can do it; an administrator gives roles."
