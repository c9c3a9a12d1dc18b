"""Settings of the watch: alerts, learning, quality of deliveries, comparisons with the source."""

from datetime import time

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from domain.clock.wall_clock import known_zone
from domain.errors import BadInput
from domain.identity.people import Role
from runtime.settings.errors import holds_password

_URLS = ("url", "source_url", "target_url")


class WatchSettings(BaseModel):
    """Prediction and alerts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = Field(default="data-feeds", description="Channel that alerts go to.")
    team_channels: dict[str, str] = Field(
        default={}, description="Team to the channel that its alerts go to instead."
    )
    alerts_a_week: float = Field(
        default=10.0, gt=0, description="Alerts that a team accepts in a week; thresholds follow from it."
    )
    team_alerts_a_week: dict[str, float] = Field(default={}, description="The same for single teams.")
    precision_bar: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Share of right alerts that a feed must have proved in shadow before people are told.",
    )
    shadow_alerts: int = Field(
        default=1, ge=0, description="Alerts of its own that a feed must have had in shadow."
    )
    quiet_from: str = Field(
        default="",
        description="From when only critical feeds speak, such as 22:00; empty: never quiet.",
    )
    quiet_until: str = Field(default="", description="Until when, such as 06:00.")
    quiet_zone: str = Field(
        default="UTC", description="Time zone of the quiet hours, and of days that are named."
    )
    call_after_minutes: tuple[int, ...] = Field(
        default=(15, 30), description="When people are called while nobody acknowledges an alert."
    )
    call_roles: tuple[str, ...] = Field(
        default=("on_call", "lead"), description="The roles that are called, in that order."
    )
    call_by: tuple[str, ...] = Field(
        default=("mail,sms", "sms,mail,pagerduty,webhook"),
        description="How each of those steps tells them outside of the chats too: the first way that works.",
    )
    keep_days: int = Field(
        default=400,
        ge=30,
        description="How long runs, comparisons, scores of deliveries, and what was asked for are kept; "
        "estimates are for 60 days at most.",
    )
    keep_files_days: int = Field(
        default=30, ge=1, description="How long dropped and delivered files are kept, at least."
    )
    keep_deliveries: int = Field(
        default=10,
        ge=3,
        description="Newest released deliveries of a feed that stay, whatever their age.",
    )
    keep_cards_days: int = Field(
        default=180,
        ge=30,
        description="How long cards of what is over, what questions were answered from, messages of the web "
        "chat, and notices are known.",
    )
    train_at: str = Field(default="02:40", description="When a new model is fitted every day, UTC.")
    quality_bar: float = Field(
        default=70.0, ge=0, le=100, description="Score below which a delivery is held back for a yes."
    )
    reconciliations: dict[str, dict[str, str]] = Field(
        default={},
        description="Feed to its tables: source_url, source_credential, source_table (or source_file), "
        "target_url, target_credential, target_table (or target_file), key, columns, date_column, "
        "time_column, partition_column, tolerance, days_back, on_break; group, part, measure for totals.",
    )
    databases: dict[str, dict[str, str]] = Field(
        default={},
        description="Platform or source system of feed configurations to its PostgreSQL: url, credential.",
    )
    credentials: dict[str, SecretStr] = Field(
        default={}, description="Name in secret://NAME to the password, from the environment."
    )
    credentials_folder: str = Field(
        default="", description="Files of the same names with user and secret; empty: in the data folder."
    )
    source_folders: tuple[str, ...] = Field(
        default=(),
        description="Folders below which the configurations of feeds may name theirs; empty: any but the"
        " house's own, hidden ones and those of the system.",
    )
    credential_variables: tuple[str, ...] = Field(
        default=(),
        description="Environment variables that env://NAME may name as passwords; no others are read.",
    )
    reconcile_after_minutes: int = Field(
        default=30, ge=0, description="How long after a good run its feed is compared with the source."
    )
    reconcile_at: str = Field(
        default="05:10",
        description="When the days are compared that no run was seen to bring, UTC.",
    )
    reconcile_at_once: int = Field(
        default=1, ge=1, le=16, description="How many comparisons that nobody asked for run at the same time."
    )

    @field_validator("quiet_from", "quiet_until", "train_at", "reconcile_at")
    @classmethod
    def _is_a_time_of_day(cls, told: str, field: ValidationInfo) -> str:
        if told or not str(field.field_name).startswith("quiet"):
            _check_time_of_day(told)
        return told

    @field_validator("quiet_zone")
    @classmethod
    def _is_a_zone(cls, told: str) -> str:
        try:
            return known_zone(told)
        except BadInput as error:
            raise ValueError(f"no time zone is called {told[:40]}; write it as Europe/Berlin") from error

    @field_validator("call_roles")
    @classmethod
    def _are_roles(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        known = [role.value for role in Role]
        unknown = [name for name in told if name not in known]
        if unknown:
            raise ValueError(f"no role is called {unknown[0][:40]}; the roles are {', '.join(known)}")
        return told

    @model_validator(mode="after")
    def _quiet_hours_have_both_ends(self) -> "WatchSettings":
        if bool(self.quiet_from) != bool(self.quiet_until):
            lacking = "quiet_until" if self.quiet_from else "quiet_from"
            raise ValueError(f"quiet hours need both ends, and {lacking} is empty")
        return self

    @field_validator("reconciliations", "databases")
    @classmethod
    def _can_be_used(cls, told: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for name, facts in told.items():
            for place in _URLS:
                if holds_password(facts.get(place, "")):
                    kind = place.removesuffix("url") + "credential"
                    raise ValueError(
                        f"the {place} of {name} holds a password. Take it out, treat it as known to others,"
                        f' and name the new one by {kind} = "secret://NAME"'
                    )
            if not facts.get("days_back", "1").isdecimal():
                raise ValueError(f"days_back of {name} is no number of days")
        return told


def _check_time_of_day(told: str) -> None:
    """Refuse what can't be gone by; with seconds, or without its colon, it can."""
    wrong = ValueError(f"“{told[:20]}” is no time of day; write it as 06:00")
    try:
        has_zone = time.fromisoformat(told).tzinfo is not None
    except ValueError:
        raise wrong from None
    if has_zone:
        raise wrong
