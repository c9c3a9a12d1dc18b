"""What the doctor says of settings that do nothing, because the one that they hang on is not set."""

from typing import Any

from pydantic import BaseModel, SecretStr

from domain.counting import in_series
from runtime.doctor.findings import Finding
from runtime.settings.errors import variable
from runtime.settings.house import Settings

_PART = "settings"
_NAMED = 3
_HANG_ON = {
    "slack.bot_token": ("app_token", "signing_secret", "team_ids", "channels"),
    "teams.app_id": ("app_password", "tenant", "channels"),
    "signin.oidc_issuer": ("oidc_client_id", "oidc_client_secret", "oidc_discovery_url"),
    "signin.ldap.url": ("account", "credential", "base"),
    "signin.saml.issuer": ("metadata",),
    "notify.mail_host": ("mail_user", "mail_password", "mail_from"),
    "notify.sms_account": ("sms_token", "sms_from"),
    "notify.webhook_url": ("webhook_secret",),
    "temporal.address": ("api_key", "tls"),
    "telemetry.prometheus_url": ("prometheus_token",),
    "telemetry.loki_url": ("loki_token",),
    "telemetry.elasticsearch_url": ("elasticsearch_key",),
    "telemetry.jaeger_url": ("jaeger_token",),
    "telemetry.tempo_url": ("tempo_token",),
    "telemetry.kubernetes_url": ("kubernetes_token", "kubernetes_token_file"),
    "telemetry.airflow_url": ("airflow_token", "airflow_user", "airflow_password"),
    "telemetry.clickhouse_url": ("clickhouse_password",),
    "telemetry.syslog_tls_port": ("syslog_certificate", "syslog_certificate_key"),
}
"""By the setting without which they do nothing: others of its section."""
_OF_HOSTS = {"github": ("github_token", "github_repository"), "gitlab": ("gitlab_token", "gitlab_project")}


def examine_half_set(settings: Settings) -> Finding:
    """Say which settings were meant to have an effect and have none; an empty value is none."""
    idle = [
        (name, deciding)
        for deciding, others in _HANG_ON.items()
        if not _value(settings, deciding) and not _is_for_tests(settings, deciding)
        for name in _set_of(settings, deciding, others)
    ]
    if settings.git.host == "local":
        idle += [
            (name, f"git.host = {host}")
            for host, others in _OF_HOSTS.items()
            for name in _set_of(settings, "git.host", others)
        ]
    if not idle:
        return Finding(_PART, True, "each that is set does something")
    by_deciding: dict[str, list[str]] = {}
    for name, deciding in idle:
        by_deciding.setdefault(deciding, []).append(name)
    says = [
        f"{in_series(names)} {'does' if len(names) == 1 else 'do'} nothing without {_written(deciding)}"
        for deciding, names in by_deciding.items()
    ]
    return Finding(_PART, False, "; ".join(says[:_NAMED]))


def _written(deciding: str) -> str:
    name, _, value = deciding.partition(" = ")
    return f"{deciding} ({variable(tuple(name.split('.')))}{'=' + value if value else ''})"


def _set_of(settings: Settings, deciding: str, others: tuple[str, ...]) -> list[str]:
    """Return which of the others of a section somebody set to something."""
    section = deciding.rpartition(".")[0]
    told = _section(settings, section).model_fields_set
    return [f"{section}.{one}" for one in others if one in told and _value(settings, f"{section}.{one}")]


def _is_for_tests(settings: Settings, deciding: str) -> bool:
    return deciding == "teams.app_id" and settings.teams.allow_loopback


def _section(settings: Settings, name: str) -> BaseModel:
    at: Any = settings  # Any: sections are of many types
    for part in name.split("."):
        at = getattr(at, part)
    assert isinstance(at, BaseModel)  # noqa: S101  the table above names sections
    return at


def _value(settings: Settings, name: str) -> object:
    section, _, last = name.rpartition(".")
    value = getattr(_section(settings, section), last)
    return value.get_secret_value() if isinstance(value, SecretStr) else value
