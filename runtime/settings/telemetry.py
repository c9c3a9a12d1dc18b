"""Settings of telemetry: what may be pushed to us, what we keep, and where we ask for evidence."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from runtime.settings.addresses import LOOPBACK, own_address
from runtime.settings.link_templates import checked_address, checked_templates


class TelemetrySettings(BaseModel):
    """Telemetry that is pushed to us, and where we ask for more; what has no address is not asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(own_address)] = Field(
        default=LOOPBACK, description="Address on which pushed telemetry is taken."
    )
    port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="HTTP port for pushed telemetry, e.g. 4318; 0: none.",
    )
    grpc_port: int = Field(
        default=0, ge=0, le=65535, description="Port for OTLP over gRPC, e.g. 4317; 0: none."
    )
    syslog_port: int = Field(default=0, ge=0, le=65535, description="TCP and UDP port for syslog; 0: none.")
    syslog_from: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"), description="Networks that may send syslog, which has no keys."
    )
    syslog_tls_port: int = Field(default=0, ge=0, le=65535, description="Port for syslog over TLS; 0: none.")
    syslog_certificate: str = Field(
        default="", description="Certificate (PEM) that senders of syslog over TLS are shown."
    )
    syslog_certificate_key: str = Field(default="", description="File with its key (PEM).")
    syslog_clients: str = Field(
        default="",
        description="Authorities (PEM) that signed what senders over TLS have to show; empty: nothing.",
    )
    keys: dict[str, SecretStr] = Field(
        default={}, description="Source name to its key, from the environment; no keys: nobody may send."
    )
    decoders: int = Field(default=1, ge=1, le=16, description="Processes that decode what was taken.")
    keep_days: float = Field(default=7.0, gt=0, description="Telemetry older than this is deleted.")
    keep_gib: float = Field(default=20.0, gt=0, description="Most that stored telemetry takes on disk, GiB.")
    clickhouse_url: str = Field(
        default="", description="http(s)://host:port of ClickHouse to store in; empty: files of our own."
    )
    clickhouse_database: str = Field(default="dogwatch", description="Database in ClickHouse.")
    clickhouse_user: str = Field(default="default", description="User in ClickHouse.")
    clickhouse_password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    prometheus_url: str = Field(default="", description="Prometheus, or what speaks its API.")
    prometheus_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for Prometheus, or user:password."
    )
    loki_url: str = Field(default="", description="Loki.")
    loki_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for Loki, or user:password."
    )
    elasticsearch_url: str = Field(default="", description="Elasticsearch or OpenSearch with logs.")
    elasticsearch_index: str = Field(default="logs-*", description="Index pattern of the logs.")
    elasticsearch_key: SecretStr = Field(
        default=SecretStr(""), description="API key for Elasticsearch, or user:password."
    )
    jaeger_url: str = Field(default="", description="Jaeger's query service.")
    jaeger_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for Jaeger, or user:password."
    )
    tempo_url: str = Field(default="", description="Tempo.")
    tempo_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for Tempo, or user:password."
    )
    kubernetes_url: str = Field(default="", description="Kubernetes' API server.")
    kubernetes_token: SecretStr = Field(default=SecretStr(""), description="Token of a reader's account.")
    kubernetes_token_file: str = Field(
        default="", description="File with that token, read at each question; Kubernetes renews such files."
    )
    kubernetes_namespaces: tuple[str, ...] = Field(
        default=(), description="Namespaces to look at; empty: all."
    )
    airflow_url: str = Field(default="", description="Airflow's web server.")
    airflow_token: SecretStr = Field(default=SecretStr(""), description="Bearer token for Airflow.")
    airflow_user: str = Field(default="", description="Who signs in to Airflow, instead of a token.")
    airflow_password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    tenant: str = Field(default="", description="Tenant asked for in Loki, Tempo and Mimir (X-Scope-OrgID).")
    ca_file: str = Field(
        default="", description="Certificates (PEM) that sources are believed by, beside the system's."
    )
    deployments_folder: str = Field(
        default="", description="Git work tree or bare repository whose commits count as changes."
    )
    grafana_url: str = Field(
        default="", description="Grafana as people open it; evidence leads to its Explore page."
    )
    grafana_sources: dict[str, str] = Field(
        default={}, description="prometheus, loki, tempo to the uid of Grafana's data source."
    )
    links: dict[str, str] = Field(
        default={},
        description='Kind of evidence to the address of its page, with blanks, e.g. run ="https://…/{feed}/{run}".',
    )
    topology_file: str = Field(default="", description="Declared services and dependencies (YAML or JSON).")

    @model_validator(mode="after")
    def _has_certificate(self) -> "TelemetrySettings":
        if self.syslog_tls_port and not (self.syslog_certificate and self.syslog_certificate_key):
            raise ValueError("syslog_tls_port needs syslog_certificate and syslog_certificate_key")
        return self

    @field_validator("links")
    @classmethod
    def _are_addresses(cls, links: dict[str, str]) -> dict[str, str]:
        return checked_templates(links)

    @field_validator("grafana_url")
    @classmethod
    def _is_address(cls, address: str) -> str:
        return checked_address(address) if address else ""
