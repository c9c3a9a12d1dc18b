"""What would be changed, byte for byte, and the one hash that a yes belongs to.

A plan holds everything that will run: scripts, parameters, targets, checks, undo. Nothing that runs is
looked up later, so a changed runbook cannot change an approved plan.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
)

from domain.errors import BadInput
from domain.ids import PersonId, PlanId
from domain.proof.canonical import canonical_bytes, digest, strict_loads

APPROVAL_PURPOSE = "dogwatch/approval/1"
EFFECT_PURPOSE = "dogwatch/effect/1"

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", strict=True)]
Line = Annotated[str, StringConstraints(max_length=500, strict=True)]
Body = Annotated[str, StringConstraints(max_length=64_000, strict=True)]
Whole = Annotated[int, Field(strict=True)]
Value = Annotated[bool, Field(strict=True)] | Whole | Body | tuple[Body, ...]
"""A parameter: boolean, integer, text or a list of texts. Never a float, never nested."""


class Frozen(BaseModel):
    """Closed and unchangeable: unknown fields are refused, and no value is converted on the way in."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Risk(StrEnum):
    """How bad it can get."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def weight(self) -> int:
        """Return 0, 1 or 2, for comparing."""
        return list(Risk).index(self)


class Language(StrEnum):
    """What a script is written in."""

    BASH = "bash"
    PYTHON = "python"
    ANSIBLE = "ansible"


class Authorship(StrEnum):
    """Who wrote the scripts of a plan. Only `catalogue` can ever be approved automatically."""

    CATALOGUE = "catalogue"
    PERSON = "person"
    MODEL = "model"


class Access(StrEnum):
    """What a script may do to a target."""

    READ = "read"
    WRITE = "write"


class TargetUse(Frozen):
    """One named target as a script sees it: its slot in the script, its name, and what it may do."""

    slot: Slug
    name: Slug
    access: Access

    def __str__(self) -> str:
        return f"{self.name}:{self.access.value}"


class Script(Frozen):
    """Bytes that run in the sandbox, with the only targets that they can reach."""

    language: Language
    text: Annotated[str, StringConstraints(min_length=1, max_length=64_000, strict=True)]
    targets: tuple[TargetUse, ...] = ()
    timeout_seconds: Annotated[int, Field(ge=1, le=3600, strict=True)] = 60


class Later(StrEnum):
    """What taking a plan back after it was verified does about one of its steps."""

    UNDO = "undo"
    """Its undo is run."""
    AGAIN = "again"
    """It is done once more at the end, such as asking for a reload."""
    STAYS = "stays"
    """It is over and stays as it is, such as a run that was asked for."""


class Recorded(Frozen):
    """What a step that takes back another needs from that run: the runner's record, named by its digest."""

    order: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]
    step: Annotated[int, Field(ge=1, le=20, strict=True)]
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]


class Step(Frozen):
    """One change with everything around it.

    `remember` reads what `undo` will need, before anything changes. `probe` prints done, absent or unknown.
    `check` and `undo_check` hold when they exit with 0. With `recorded` the step takes back one of an earlier
    run: `run` is that one's undo, `undo` its run, and `probe` still speaks of the earlier change.
    """

    name: Slug
    summary: Line
    arguments: dict[str, Value] = {}
    run: Script
    remember: Script | None = None
    probe: Script | None = None
    check: Script | None = None
    undo: Script | None = None
    undo_check: Script | None = None
    is_previewable: Annotated[bool, Field(strict=True)] = True
    later: Later = Later.UNDO
    recorded: Recorded | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A plan that says nothing of these keeps the hash that people approved before there were any.
        document: dict[str, Any] = serialize(self)
        if self.later is Later.UNDO:
            document.pop("later", None)
        if self.recorded is None:
            document.pop("recorded", None)
        return document


class Check(Frozen):
    """A claim about the world that must hold, read by a script that exits with 0."""

    claim: Line
    script: Script
    arguments: dict[str, Value] = {}


class Watch(Frozen):
    """How long the checks must hold after the last step, and how often they are read."""

    seconds: Annotated[int, Field(ge=0, le=86_400, strict=True)] = 0
    every_seconds: Annotated[int, Field(ge=1, le=3_600, strict=True)] = 10


class Estimate(Frozen):
    """What the plan is expected to take."""

    seconds: Whole = 60
    memory_mib: Whole = 64
    note: Line = ""


class Plan(Frozen):
    """Everything that will run, and what people need to judge it."""

    id: PlanId
    title: Line
    environment: Slug
    requested_by: PersonId
    authorship: Authorship
    runbook: str = ""
    runbook_version: str = ""
    parameters: dict[str, Value] = {}
    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)
    preconditions: tuple[Check, ...] = ()
    checks: tuple[Check, ...] = ()
    watch: Watch = Watch()
    rolls_back_on_stop: Annotated[bool, Field(strict=True)] = True
    risk: Risk
    risk_reasons: tuple[Line, ...] = ()
    credentials: tuple[str, ...] = ()
    """Names of credentials, never their values."""
    estimate: Estimate = Estimate()
    tool_versions: dict[str, str] = {}

    @property
    def targets(self) -> tuple[str, ...]:
        """Return every target with its access, such as `orders-db:write`, sorted, each once."""
        return tuple(sorted({str(use) for script in scripts_of(self) for use in script.targets}))

    @property
    def takes_back(self) -> str:
        """Return the order whose run the plan takes back; empty for every other plan."""
        return next((step.recorded.order for step in self.steps if step.recorded is not None), "")

    @property
    def changed_targets(self) -> tuple[str, ...]:
        """Return the names of the targets that the plan may change."""
        uses = (use for script in scripts_of(self) for use in script.targets)
        return tuple(sorted({use.name for use in uses if use.access is Access.WRITE}))


class Effect(Frozen):
    """One line of what a dry run would change, without times or temporary names."""

    step: str
    target: str
    change: str
    before: str = ""
    after: str = ""


class DryRun(Frozen):
    """What would change. `blind` names the steps that cannot be previewed: they count as higher risk.

    `unmasked` and `places` are fingerprints that only the runner can make: of the effects behind their masks,
    and by name of what each target means. `tools`, which the runner looked with, are in the plan's hash too.
    """

    effects: tuple[Effect, ...] = ()
    blind: tuple[str, ...] = ()
    unmasked: str = ""
    places: dict[str, str] = {}
    tools: dict[str, str] = {}

    @property
    def effect_digest(self) -> str:
        """Return the SHA-256 of all of it: equal for two dry runs that would change the same in one place."""
        behind = {"unmasked": self.unmasked, "places": self.places}
        # Runners from before there were fingerprints made none, and what they showed may be approved.
        return self._digest(behind if self.unmasked or self.places else {})

    @property
    def shown_digest(self) -> str:
        """Return the SHA-256 of what people are shown, in whatever order it came."""
        return self._digest({})

    def _digest(self, behind: dict[str, Any]) -> str:
        lines = sorted([e.step, e.target, e.change, e.before, e.after] for e in self.effects)
        return digest(EFFECT_PURPOSE, {"effects": lines, "blind": sorted(self.blind), **behind})


def scripts_of(plan: Plan) -> tuple[Script, ...]:
    """Return every script of the plan: steps with their probes, checks and undo, then the plan's checks."""
    found: list[Script] = []
    for step in plan.steps:
        parts = (step.remember, step.run, step.probe, step.check, step.undo, step.undo_check)
        found.extend(part for part in parts if part is not None)
    found.extend(check.script for check in (*plan.preconditions, *plan.checks))
    return tuple(found)


def approval_subject(plan: Plan, effect_digest: str, policy_version: str) -> dict[str, Any]:
    """Return the value whose hash people approve: the whole plan, its effect, and under which policy."""
    return {
        "plan": plan.model_dump(mode="json"),
        "targets": list(plan.targets),
        "effect_digest": effect_digest,
        "policy_version": policy_version,
    }


def subject_hash(plan: Plan, effect_digest: str, policy_version: str) -> str:
    """Return the hash that a yes belongs to.

    Raises:
        BadInput: The plan holds something without an exact form.
    """
    return digest(APPROVAL_PURPOSE, approval_subject(plan, effect_digest, policy_version))


def plan_bytes(plan: Plan) -> bytes:
    """Return the canonical bytes in which a plan is stored and sent."""
    return canonical_bytes(plan.model_dump(mode="json"))


def read_plan(text: str | bytes) -> Plan:
    """Parse a plan, refusing duplicate keys, floats, unknown fields and converted values.

    Raises:
        BadInput: The text is not exactly one plan.
    """
    try:
        return Plan.model_validate_json(canonical_bytes(strict_loads(text)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"not a plan: {place}: {first['type']}",
            say=f"This isn't a plan I can read: {place or 'its shape'} doesn't fit.",
            next_step="Make a new plan; an edited one needs another yes.",
        ) from error
