"""The words of remediation: incident types, typed parameters, actions, runbooks, inventory, options."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.remediation.parameters import Parameter
from domain.remediation.plans import Access, Estimate, Frozen, Language, Later, Line, Risk, Slug, Value, Watch


class IncidentType(StrEnum):
    """What kinds of trouble runbooks serve. Data first, then services."""

    FEED_LATE = "feed_late"
    FEED_FAILED = "feed_failed"
    FEED_STUCK = "feed_stuck"
    RUN_INCOMPLETE = "run_incomplete"
    RANGE_MISSING = "range_missing"
    BAD_FILE = "bad_file"
    DUPLICATE_FILE = "duplicate_file"
    BAD_PARTITION = "bad_partition"
    BAD_RECORDS = "bad_records"
    SCHEMA_CHANGED = "schema_changed"
    DEAD_LETTERS = "dead_letters"
    SOURCE_DOWN = "source_down"
    SOURCE_LATE = "source_late"
    BAD_CONFIGURATION = "bad_configuration"
    STALE_STATISTICS = "stale_statistics"
    DEADLINE_AT_RISK = "deadline_at_risk"
    VOLUME_SPIKE = "volume_spike"
    CONSUMER_LAG = "consumer_lag"
    SERVICE_DOWN = "service_down"
    SERVICE_SLOW = "service_slow"
    HIGH_ERROR_RATE = "high_error_rate"
    BAD_DEPLOYMENT = "bad_deployment"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    LOG_GROWTH = "log_growth"
    BLOCKING_QUERY = "blocking_query"
    CONNECTIONS_EXHAUSTED = "connections_exhausted"
    PRIMARY_DOWN = "primary_down"
    REPLICATION_LAG = "replication_lag"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    STALE_CACHE = "stale_cache"
    COLD_CACHE = "cold_cache"
    ABUSIVE_CLIENT = "abusive_client"
    BAD_FEATURE = "bad_feature"
    NODE_UNHEALTHY = "node_unhealthy"


class TargetKind(StrEnum):
    """How the broker speaks to a target."""

    POSTGRES = "postgres"
    HTTP = "http"
    FILES = "files"
    GIT = "git"
    PROCESS = "process"
    SSH = "ssh"
    EGRESS = "egress"


class Slot(Frozen):
    """A place in a runbook that a target of one kind fills."""

    kind: TargetKind
    access: Access
    summary: Line


class Part(Frozen):
    """A script of an action with the slots that it uses; access is read unless said otherwise."""

    text: str
    language: Language = Language.PYTHON
    slots: dict[Slug, Access] = Field(default_factory=dict)
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60


class Action(Frozen):
    """A reusable step with everything around the change."""

    id: Slug
    summary: Line
    needs: tuple[str, ...] = ()
    run: Part
    remember: Part | None = None
    probe: Part | None = None
    check: Part | None = None
    undo: Part | None = None
    undo_check: Part | None = None
    is_previewable: bool = True


class RunbookStep(Frozen):
    """An action with its arguments: `$name` means the parameter of that name; `slots` renames its slots."""

    name: Slug
    summary: Line
    action: Slug
    arguments: dict[str, Value] = Field(default_factory=dict)
    slots: dict[Slug, Slug] = Field(default_factory=dict)
    later: Later = Later.UNDO


class Claim(Frozen):
    """A precondition or a check: an action's read-only script whose exit code 0 means that it holds."""

    claim: Line
    action: Slug
    arguments: dict[str, Value] = Field(default_factory=dict)
    slots: dict[Slug, Slug] = Field(default_factory=dict)


class Runbook(Frozen):
    """One way out of trouble, as data."""

    id: Slug
    title: Line
    summary: Line
    expected: Line
    serves: tuple[IncidentType, ...] = Field(min_length=1)
    is_about_data: bool
    risk: Risk
    risk_reasons: tuple[Line, ...] = Field(min_length=1)
    parameters: tuple[Parameter, ...] = ()
    slots: dict[Slug, Slot] = Field(min_length=1)
    preconditions: tuple[Claim, ...] = ()
    steps: tuple[RunbookStep, ...] = Field(min_length=1)
    checks: tuple[Claim, ...] = Field(min_length=1)
    watch: Watch = Watch()
    estimate: Estimate = Estimate()
    changes_feed: bool = False
    """Whether its feed works otherwise from then on, as after a deployment: estimates weigh that."""
    reverse: Slug | None = None
    """The runbook that takes it back where its own steps can't be undone: same parameters and slots."""
    undo_note: Line = "Every step is undone in reverse, and each undo is checked."


class TargetSummary(Frozen):
    """What a planner may know about a target: no address, no credential."""

    name: Slug
    kind: TargetKind
    environment: Slug
    risk: Risk = Risk.MEDIUM
    serves: tuple[str, ...] = ()
    """The feeds and services that live on it."""


class Inventory(Frozen):
    """What exists: targets, feeds and services by name, and who depends on whom."""

    targets: tuple[TargetSummary, ...] = ()
    feeds: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    consumers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """From each name to the names that read from it."""


class Trouble(Frozen):
    """What is wrong, from an alert, a diagnosis or a request."""

    types: tuple[IncidentType, ...]
    feed: str = ""
    service: str = ""
    environment: Slug
    sentence: str = ""
    runbook: str = ""
    """Set when a person or a checked proposal asked for this runbook."""
    preferred: tuple[str, ...] = ()
    """Runbooks that fit its reason best, in that order; what they did before still counts."""
    facts: dict[str, str] = Field(default_factory=dict)
    """What the diagnosis knows, by the name of the blank that it fills: `run`, `file`, `from`, `to`."""


class Outcome(Frozen):
    """How a runbook ended once, on which kind of trouble."""

    runbook: Slug
    incident_type: IncidentType
    is_verified: bool


class BlastRadius(Frozen):
    """Who reads, directly or through others, from what a plan changes."""

    direct: tuple[str, ...] = ()
    through_others: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return how many feeds and services are touched."""
        return len(self.direct) + len(self.through_others)


class Option(Frozen):
    """One way that people can pick, with what they need to judge it."""

    runbook: Slug
    title: str
    does: str
    expected: str
    risk: Risk
    risk_reasons: tuple[str, ...]
    estimate: Estimate
    needs: tuple[str, ...]
    checks: tuple[str, ...]
    undo: str
    blast: BlastRadius
    targets: dict[str, str]
    """A suggestion for each slot, where the inventory has a fitting target."""
    parameters: tuple[Parameter, ...]
    suggested: dict[str, Value] = Field(default_factory=dict)
    verified_of: tuple[int, int] = (0, 0)
    """How many past runs on this kind of trouble were verified, of how many."""
    score: int = 0
    is_guess: bool = False
    """A model proposed it: never run automatically, and said so on the card."""
