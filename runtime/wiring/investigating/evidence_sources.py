"""Which sources of evidence there are, by settings: what has no address is not asked."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from ssl import SSLContext, create_default_context

from domain.errors import BadInput, NotAllowed
from domain.ports.evidence_source import EvidenceSource
from domain.ports.telemetry_store import TelemetryReader
from integrations.airflow_api import AirflowSource
from integrations.elasticsearch_api import ElasticsearchSource
from integrations.git_changes import GitChanges
from integrations.jaeger_api import JaegerSource
from integrations.kubernetes_api import KubernetesSource
from integrations.loki_api import LokiSource
from integrations.prometheus_api import PrometheusSource
from integrations.tempo_api import TempoSource
from runtime.settings.house import Settings
from runtime.wiring.investigating.evidence import EvidenceDesk
from runtime.wiring.investigating.topology import TopologyKeeper
from runtime.wiring.stores import SystemClock
from telemetry.clickhouse import ClickHouse
from telemetry.columnar_store import ColumnarStore
from telemetry.store_questions import CLICKHOUSE


def open_telemetry(settings: Settings) -> TelemetryReader:
    """Return the telemetry store, to read: ClickHouse where it is configured, else files of our own."""
    served = open_clickhouse(settings)
    if served is not None:
        return ColumnarStore(served, CLICKHOUSE)
    return ColumnarStore(settings.data_dir.resolve() / "telemetry")


def open_clickhouse(settings: Settings) -> ClickHouse | None:
    """Return ClickHouse, None when our own files are the store."""
    told = settings.telemetry
    if not told.clickhouse_url:
        return None
    return ClickHouse(
        told.clickhouse_url,
        database=told.clickhouse_database,
        user=told.clickhouse_user,
        password=told.clickhouse_password.get_secret_value(),
    )


def open_kubernetes(settings: Settings) -> KubernetesSource | None:
    """Return the cluster, None when none is configured."""
    told = settings.telemetry
    if not told.kubernetes_url:
        return None
    token = told.kubernetes_token.get_secret_value
    if told.kubernetes_token_file:
        token = _file_reader("telemetry.kubernetes_token_file", told.kubernetes_token_file)
    return KubernetesSource(told.kubernetes_url, token, told.kubernetes_namespaces, trust=trusted(settings))


def trusted(settings: Settings) -> SSLContext | None:
    """Return whose certificates are believed, None when the system's authorities are all."""
    if not settings.telemetry.ca_file:
        return None
    context = create_default_context()
    try:
        context.load_verify_locations(settings.telemetry.ca_file)
    except OSError as error:  # an unreadable file, or one without certificates
        raise BadInput(
            f"telemetry.ca_file: {type(error).__name__}",
            say="I can't read certificates from telemetry.ca_file.",
            next_step="Give a readable file with certificates in PEM.",
        ) from error
    return context


def _file_reader(setting: str, name: str) -> Callable[[], str]:
    def read() -> str:
        try:
            return Path(name).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NotAllowed(
                f"{setting}: {type(error).__name__}",
                say=f"I can't read the file of {setting}.",
                next_step="An operator has to make it readable.",
            ) from error

    return read


def open_airflow(settings: Settings) -> AirflowSource:
    """Return Airflow as it is configured."""
    told = settings.telemetry
    return AirflowSource(
        told.airflow_url,
        told.airflow_token.get_secret_value,
        trust=trusted(settings),
        user=told.airflow_user,
        password=told.airflow_password.get_secret_value,
    )


def open_sources(settings: Settings) -> list[EvidenceSource]:
    """Return every source that has an address, the most trusted first; cheap, connects when asked."""
    told, trust = settings.telemetry, trusted(settings)
    sources: list[EvidenceSource] = []
    if told.port or (settings.data_dir / "telemetry").is_dir() or told.clickhouse_url:
        sources.append(open_telemetry(settings))
    if told.prometheus_url:
        token = told.prometheus_token.get_secret_value
        sources.append(PrometheusSource(told.prometheus_url, token, trust=trust, tenant=told.tenant))
    if told.loki_url:
        sources.append(
            LokiSource(told.loki_url, told.loki_token.get_secret_value, trust=trust, tenant=told.tenant)
        )
    if told.elasticsearch_url:
        key = told.elasticsearch_key.get_secret_value
        sources.append(
            ElasticsearchSource(told.elasticsearch_url, told.elasticsearch_index, key, trust=trust)
        )
    if told.jaeger_url:
        sources.append(JaegerSource(told.jaeger_url, told.jaeger_token.get_secret_value, trust=trust))
    if told.tempo_url:
        sources.append(
            TempoSource(told.tempo_url, told.tempo_token.get_secret_value, trust=trust, tenant=told.tenant)
        )
    if told.airflow_url:
        sources.append(open_airflow(settings))
    if told.deployments_folder:
        sources.append(GitChanges(Path(told.deployments_folder)))
    cluster = open_kubernetes(settings)
    return [*sources, cluster] if cluster is not None else sources


def open_evidence_desk(settings: Settings) -> EvidenceDesk:
    """Return the desk that asks everything that is configured."""
    return EvidenceDesk(open_sources(settings), now=SystemClock().now)


def open_topology(
    settings: Settings, feeds: Callable[[], Iterable[Mapping[str, object]]] = lambda: ()
) -> TopologyKeeper:
    """Return the map of services and feeds; `feeds` gives what is known of feeds and their lineage."""
    cluster = open_kubernetes(settings)
    declared = settings.telemetry.topology_file
    return TopologyKeeper(
        open_telemetry(settings),
        objects=cluster.objects if cluster is not None else None,
        feeds=feeds,
        declared=Path(declared) if declared else None,
        scratch=settings.data_dir.resolve() / "matplotlib",
    )
