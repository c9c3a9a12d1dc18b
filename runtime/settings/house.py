"""One typed tree of settings: from `dogwatch.toml`, then from `DOGWATCH_…` (nested with `__`).

Read here and handed down as values: no room reads the environment. Secrets come only from the
environment or from files named here, never from the settings file.
"""

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from runtime.private_hosts import checked_hosts, in_an_address
from runtime.settings.addresses import LOOPBACK, database_address, own_address, server_address
from runtime.settings.assistants import AssistantSettings
from runtime.settings.errors import (
    read_tree,
    refuse_misspelt_variables,
    refuse_secrets,
    unparsed,
    unusable,
)
from runtime.settings.library import KnowledgeSettings
from runtime.settings.model import ModelSettings
from runtime.settings.notify import NotifySettings
from runtime.settings.signin import SignInSettings
from runtime.settings.telemetry import TelemetrySettings
from runtime.settings.watch import WatchSettings

SETTINGS_FILE = "dogwatch.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebSettings(_Section):
    """Where the front process listens."""

    host: Annotated[str, AfterValidator(own_address)] = Field(
        default=LOOPBACK, description="Address to listen on."
    )
    port: int = Field(default=8420, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        default="",
        description="Our address as people reach it, without a path; empty: host and port.",
    )
    proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks of proxies before us; X-Forwarded-For of no other is believed.",
    )
    demo: bool = Field(
        default=True,
        description="Offer the switch between demo people; only ever to visitors from this machine.",
    )
    channels: tuple[str, ...] = Field(
        default=("data-feeds", "approvals", "incidents"), description="Channels of the web chat."
    )

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, told: str) -> str:
        try:
            parts = urlsplit(told)
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ValueError("it is no address; write https://dogwatch.example.org") from error
        if told and not is_whole:
            raise ValueError("it needs http:// or https:// and a host, such as https://dogwatch.example.org")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("pages need a host of their own: leave out path, query and name")
        return told


class DatabaseSettings(_Section):
    """Business truth."""

    url: Annotated[str, AfterValidator(database_address)] = Field(
        default="",
        description="SQLAlchemy address; empty: SQLite in the data folder. PostgreSQL: postgresql+psycopg://…",
    )


class TemporalSettings(_Section):
    """The workflow server."""

    address: Annotated[str, AfterValidator(server_address)] = Field(
        default="", description="host:port of a cluster; empty starts the embedded server."
    )
    namespace: str = Field(default="dogwatch", description="Namespace of our stories.")
    api_key: SecretStr = Field(default=SecretStr(""), description="API key of a cluster, if it wants one.")
    tls: bool = Field(default=False, description="Speak TLS to the cluster.")


class GitSettings(_Section):
    """Where feed configurations live."""

    host: str = Field(
        default="local",
        pattern="^(local|github|gitlab)$",
        description="local: a bare repository of our own; github; gitlab.",
    )
    branch: str = Field(
        default="main",
        pattern=r"^[A-Za-z0-9_][\w./-]*$",
        description="The protected branch at GitHub or GitLab into which reviews are merged.",
    )
    github_url: str = Field(default="https://api.github.com", description="GitHub's REST address.")
    github_repository: str = Field(default="", description="owner/name of the configuration repository.")
    github_token: SecretStr = Field(default=SecretStr(""), description="Token for that repository only.")
    gitlab_url: str = Field(default="https://gitlab.com/api/v4", description="GitLab's REST address.")
    gitlab_project: str = Field(default="", description="group/name of the configuration project.")
    gitlab_token: SecretStr = Field(
        default=SecretStr(""), description="Project access token with the scope api, of that project only."
    )


class SlackSettings(_Section):
    """Slack; without a bot token the door stays shut."""

    bot_token: SecretStr = Field(default=SecretStr(""), description="xoxb-… token of the app.")
    app_token: SecretStr = Field(default=SecretStr(""), description="xapp-… token; present: Socket Mode.")
    signing_secret: SecretStr = Field(default=SecretStr(""), description="Signing secret for HTTP mode.")
    team_ids: tuple[str, ...] = Field(default=(), description="Workspaces that may talk to us.")
    base_url: str = Field(default="https://slack.com/api/", description="Address of Slack's Web API.")
    file_hosts: tuple[str, ...] = Field(
        default=(), description="Further hosts that our token is sent to when a file is fetched; for tests."
    )
    channels: dict[str, str] = Field(
        default={}, description="Channel name in the policy to Slack channel id, e.g. approvals = C0123."
    )


class TeamsSection(_Section):
    """Microsoft Teams; without an app id the door stays shut."""

    app_id: str = Field(default="", description="Entra application id of the bot.")
    app_password: SecretStr = Field(default=SecretStr(""), description="Client secret of the bot.")
    tenant: str = Field(default="", description="Entra tenant that may talk to us.")
    issuer: str = Field(default="https://api.botframework.com", description="Issuer of incoming tokens.")
    metadata_url: str = Field(
        default="https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="Where the issuer publishes its keys.",
    )
    token_url: str = Field(default="", description="Where we get our own tokens; empty: the tenant's.")
    allow_loopback: bool = Field(
        default=False, description="Tests only: take tokenless activities from this machine."
    )
    channels: dict[str, str] = Field(
        default={}, description="Channel name in the policy to Teams conversation id."
    )


class RemediationSettings(_Section):
    """Plans that change systems."""

    enabled: bool = Field(default=True, description="Start a runner beside the doors with `dogwatch up`.")
    targets_file: str = Field(
        default="", description="The runner's targets (YAML); empty: in the data folder, with a demo to try."
    )
    inventory_file: str = Field(
        default="", description="Feeds, services and who reads whom (YAML), beside what the targets serve."
    )
    credentials_folder: str = Field(
        default="", description="One file per credential, for the runner only; empty: in the data folder."
    )
    runbooks_folder: str = Field(
        default="", description="Further runbooks of yours, laid out like remediation/catalogue; empty: none."
    )
    script_watch_seconds: int = Field(
        default=30, ge=0, le=86_400, description="How long the check of a written script must hold, seconds."
    )


class LimitSettings(_Section):
    """Bounds on what people can ask of us."""

    upload_mib: int = Field(default=200, ge=1, le=4096, description="Largest file that is taken, MiB.")
    acts_in_ten_seconds: int = Field(default=30, ge=1, description="Acts of a person before they must wait.")
    said_in_channel_in_ten_seconds: int = Field(
        default=200, ge=1, description="Things said to us in one channel before more of it is left out."
    )


class AuditSettings(_Section):
    """The audit trail."""

    anchor_file: str = Field(
        default="", description="File for signed heads, best on another disk; empty: in the data folder."
    )
    anchor_every: int = Field(default=100, ge=1, description="Entries between anchors.")


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix="DOGWATCH_",
        env_nested_delimiter="__",
        toml_file=SETTINGS_FILE,
        extra="forbid",
        frozen=True,
    )

    data_dir: Path = Field(default=Path(".dogwatch"), description="Folder for everything that we keep.")
    policy_file: str = Field(default="", description="Approval policy (YAML); empty: the one we ship.")
    people_file: str = Field(
        default="", description="People, roles and teams (YAML); empty: the demo people."
    )
    environment: str = Field(default="production", description="Name of the environment that we guard.")
    private_hosts: Annotated[tuple[str, ...], AfterValidator(checked_hosts)] = Field(
        default=(),
        description="Hosts reached without TLS, on a network that only our own processes are on: names, "
        "`*.` and the end of names, addresses, networks such as 10.1.0.0/16 (for addresses as written).",
    )
    web: WebSettings = WebSettings()
    database: DatabaseSettings = DatabaseSettings()
    temporal: TemporalSettings = TemporalSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    git: GitSettings = GitSettings()
    slack: SlackSettings = SlackSettings()
    teams: TeamsSection = TeamsSection()
    signin: SignInSettings = SignInSettings()
    remediation: RemediationSettings = RemediationSettings()
    limits: LimitSettings = LimitSettings()
    audit: AuditSettings = AuditSettings()
    watch: WatchSettings = WatchSettings()
    notify: NotifySettings = NotifySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    model: ModelSettings = ModelSettings()
    assistants: AssistantSettings = AssistantSettings()

    def __init__(self, **values: Any) -> None:  # Any: what tests and verbs set themselves
        """Read all sources; raises `BadInput` naming the first value that can't be used."""
        refuse_misspelt_variables(type(self), os.environ)
        tree = read_tree(SETTINGS_FILE)
        refuse_secrets(type(self), tree, SETTINGS_FILE)
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise unusable(error, type(self), tree, SETTINGS_FILE) from None
        except SettingsError as error:
            raise unparsed(error, type(self), os.environ) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first: arguments, environment, file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))

    def database_url(self) -> str:
        """Return the database's address, the embedded one when none is set."""
        return self.database.url or f"sqlite:///{self.data_dir.resolve()}/dogwatch.db"

    def public_url(self, port: int) -> str:
        """Return our address as people reach it."""
        return self.web.public_url.rstrip("/") or f"http://{in_an_address(self.web.host)}:{port}"
