"""The approval policy: typed rules from a file, evaluated by pure functions, closed when in doubt.

The first rule that matches decides. No rule, an empty list of needs, or an unknown word means that
nobody can approve, and the card says so.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from domain.approval.approvals import ApprovalRequest, Decision, Need, Objection, Verdict
from domain.clock.windows import Window
from domain.counting import counted, in_series
from domain.errors import BadInput
from domain.identity.people import Person, Role, Way
from domain.proof.canonical import digest

_CLOSED_CHANNEL = "approvals"


class Step(BaseModel):
    """What is done when nobody has decided for so long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_minutes: int = Field(ge=1, le=60 * 24 * 30)
    tell: Role | None = None
    """Remind the channel (None), or call people of this role."""
    by: tuple[Way, ...] = ()
    """How they are told outside of the chats as well: by the first of these that works."""

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A policy that says nothing about it keeps the version that open requests were asked under.
        document: dict[str, Any] = serialize(self)
        return document if self.by else {name: value for name, value in document.items() if name != "by"}


class Rule(BaseModel):
    """One line of the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"[a-z0-9][a-z0-9-]{0,60}")
    when: dict[str, tuple[str, ...]] = {}
    """Fact name to accepted values; every fact must match. No facts: always."""
    needs: tuple[Need, ...] = ()
    channel: str = Field(default=_CLOSED_CHANNEL, pattern=r"[a-z0-9][a-z0-9-_]{0,78}")
    steps: tuple[Step, ...] = ()
    expire_after_minutes: int = Field(default=60 * 24 * 3, ge=1, le=60 * 24 * 60)
    is_high_risk: bool = False
    windows: tuple[Window, ...] = ()
    """When an approved plan may start; none: at any time."""
    start_within_minutes: int = Field(default=240, ge=1, le=60 * 24 * 7)
    """An approved plan that has not started so long after its yes, or after its window opened, is dead."""
    is_automatic: bool = False
    """No person is asked; only ever for catalogue runbooks of low risk."""


class Policy(BaseModel):
    """All rules, in order, with a version that is the hash of their content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...]

    @property
    def version(self) -> str:
        """Return 16 hex digits that change when any rule changes."""
        return _version(self.model_dump_json())

    def rule_for(self, facts: Mapping[str, str]) -> Rule:
        """Return the first rule whose conditions all hold; a rule that lets nobody approve when none does."""
        for rule in self.rules:
            if all(facts.get(name, "") in accepted for name, accepted in rule.when.items()):
                return rule
        return Rule(id="no-rule-matches")

    def expires_after(self, rule: Rule) -> timedelta:
        """Return how long a request under this rule waits."""
        return timedelta(minutes=rule.expire_after_minutes)


@lru_cache(maxsize=8)
def _version(document: str) -> str:
    # By content, not by object: a changed copy of a policy never keeps the version of the first.
    return digest("dogwatch/policy/1", json.loads(document))[:16]


def parse_policy(document: Any) -> Policy:  # Any: straight from YAML, checked here
    """Return the policy of a parsed file.

    Raises:
        BadInput: A word, type or role is unknown, or two rules share an id; the sentence names the place.
    """
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = _place(document, first["loc"])
        raise BadInput(
            f"policy file: {first['type']} at {place}",
            say=f"The approval policy is not valid at {place}: {first['msg'].lower()}.",
            next_step="Mend that place.",
        ) from error
    ids = [rule.id for rule in policy.rules]
    if len(ids) != len(set(ids)):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise BadInput(
            f"policy file: duplicate id {twice}",
            say=f"Two rules of the approval policy have the same id, {twice}.",
            next_step="Give each rule an id of its own.",
        )
    return policy


def _place(document: Any, path: Sequence[int | str]) -> str:  # Any: straight from YAML
    """Return a place in the file as people find it: by the rule's id, where it has one."""
    if not path:
        return "its beginning"
    rules = document.get("rules") if isinstance(document, dict) else None
    if len(path) > 1 and path[0] == "rules" and isinstance(path[1], int) and isinstance(rules, list):
        rule = rules[path[1]]
        if isinstance(rule, dict) and isinstance(rule.get("id"), str):
            inside = ".".join(map(str, path[2:]))
            return f"the rule {rule['id'][:60]}" + (f", {inside}" if inside else "")
    return ".".join(map(str, path))


def in_words(needs: Sequence[Need]) -> str:
    """Return who must approve, such as "2 approvers and 1 data steward"."""
    if not needs:
        return "nobody can approve this: no policy rule covers it"
    parts = [counted(n.count, n.role.value.replace("_", " ")) for n in needs]
    return in_series(parts)


def who_could(needs: Sequence[Need], people: Sequence[Person], barred: frozenset[str]) -> list[Person]:
    """Return the active people who could still fill a need, by name."""
    roles = {need.role for need in needs}
    able = [p for p in people if p.is_active and p.id not in barred and p.roles & roles]
    return sorted(able, key=lambda person: person.name)


def still_able(
    request: ApprovalRequest, decisions: Sequence[Decision], people: Sequence[Person]
) -> list[str]:
    """Return the names of those who can still decide a request: no author, nobody who has."""
    barred = frozenset(request.authors | {request.requested_by} | {d.person for d in decisions})
    return [person.name for person in who_could(request.needs, people, barred)]


def refusal(objection: Objection, title: str, approvers: Sequence[str], verdict: str) -> tuple[str, str]:
    """Return what happened and what to do next, for a decision that may not count."""
    names = ", ".join(approvers[:5]) if approvers else "nobody"
    over = (
        "This request's time is up." if verdict == Verdict.PENDING else f"This request is already {verdict}."
    )
    sentences = {
        Objection.OVER: (over, "Nothing was changed by your press."),
        Objection.OWN_REQUEST: (
            "You asked for or edited this change, so someone else has to decide it.",
            f"These people can: {names}.",
        ),
        Objection.DEACTIVATED: ("Your account has been deactivated, so your decision can't count.", ""),
        Objection.NOT_AN_APPROVER: (
            f"You can't decide this one: {title}.",
            f"Its approvers are {names}. The request stays open.",
        ),
        Objection.NOBODY_CAN: (
            "Nobody can approve this: no policy rule covers it.",
            "An administrator has to add a rule to the approval policy.",
        ),
        Objection.ALREADY_DECIDED: (
            "You have decided this already, and a person counts once.",
            (f"Still to decide: {names}. " if approvers else "") + "To take a yes back, press Reject.",
        ),
        Objection.OTHER_VERSION: (
            "This card shows an earlier version; what it describes has changed since.",
            "Look at the newest card in this thread and decide there.",
        ),
        Objection.NOT_READ: (
            "This is high risk, and the card can't show all of it.",
            "Open the full view first, then press Approve again.",
        ),
        Objection.OLD_SIGN_IN: (
            "This is high risk, and you signed in more than 15 minutes ago.",
            "Press your name at the bottom left and sign in again; then press Approve once more.",
        ),
        Objection.RIGHTS_UNREAD: (
            "This is high risk, and I could not read for more than a minute who may decide it.",
            "Reject still counts. Press Approve again when it is back: `dogwatch doctor` says what is away.",
        ),
    }
    return sentences[objection]
