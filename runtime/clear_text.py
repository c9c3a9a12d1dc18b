"""Refuse to speak in clear text to another machine: truth and stories of ours could be read on the way."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from domain.errors import BadInput
from runtime.private_hosts import is_ours_alone
from runtime.settings.house import Settings
from runtime.settings.telemetry import TelemetrySettings

SEALED_MODES = frozenset({"require", "verify-ca", "verify-full"})


def refuse_clear_text(settings: Settings, temporal_address: str) -> None:
    """Raise `BadInput` naming the first peer beyond this machine that would be spoken to in clear text.

    Args:
        settings: `private_hosts` lists peers on a network that is ours alone.
        temporal_address: host:port, as the process will use it.
    """
    for name, host, remedy in _clear_peers(settings, temporal_address):
        if is_ours_alone(host, settings.private_hosts):
            continue
        raise BadInput(
            f"clear text to {name}",
            say=f"{name} points to {host}, another machine, without encryption, so I won't start.",
            next_step=f"{remedy} If only your own processes are on the network between, add the host to "
            "private_hosts.",
        )


def refuse_keys_in_clear_text(settings: Settings) -> None:
    """Raise `BadInput` where assistants would send their keys to us in clear text from other machines."""
    host = settings.assistants.host
    if is_ours_alone(host, settings.private_hosts):
        return
    raise BadInput(
        f"assistants.host {host}",
        say=f"assistants.host is {host}, so other machines would send their API keys here in clear text; I"
        " won't serve assistants there.",
        next_step="Leave it at 127.0.0.1 and put a proxy with TLS in front. If that proxy is on another"
        f" machine and the network between is yours alone, add {host} to private_hosts.",
    )


def _clear_peers(settings: Settings, temporal_address: str) -> Iterator[tuple[str, str, str]]:
    """Yield the setting, the host and the remedy of each peer that is spoken to in clear text."""
    if settings.database.url.startswith("postgresql"):
        address = make_url(settings.database.url)
        mode = address.query.get("sslmode", "")
        if mode not in SEALED_MODES:
            host = str(address.query.get("host", "") or address.host or "")
            yield "database.url", host, "Add ?sslmode=verify-full to it."
    if temporal_address and not settings.temporal.tls:
        host = temporal_address.rpartition(":")[0] or temporal_address
        yield "temporal.address", host, "Set temporal.tls."
    addresses = {
        "knowledge.chroma_url": settings.knowledge.chroma_url,
        "knowledge.url": settings.knowledge.url,
        "telemetry.clickhouse_url": settings.telemetry.clickhouse_url,
        "model.base_url": settings.model.base_url,
        **{f"assistants.servers ({one.name})": one.url for one in settings.assistants.servers},
        **_asked_with_a_secret(settings.telemetry),
    }
    for name, url in addresses.items():
        if url.startswith("http://"):
            yield name, urlsplit(url).hostname or "", "Use https."


def _asked_with_a_secret(told: TelemetrySettings) -> dict[str, str]:
    """Return the addresses of evidence to which we show a token or password."""
    secrets = {
        "prometheus": told.prometheus_token,
        "loki": told.loki_token,
        "elasticsearch": told.elasticsearch_key,
        "jaeger": told.jaeger_token,
        "tempo": told.tempo_token,
        "kubernetes": told.kubernetes_token,
        "airflow": told.airflow_token if told.airflow_token.get_secret_value() else told.airflow_password,
    }
    return {
        f"telemetry.{name}_url": str(getattr(told, f"{name}_url"))
        for name, secret in secrets.items()
        if secret.get_secret_value()
    }
