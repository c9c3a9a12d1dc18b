"""Log lines from Loki."""

from domain.investigation.evidence import LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import HttpSource, listed

_LABELS = ("service_name", "service", "app", "container", "job")
_MOST_LINES = 5_000
_LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")


class LokiSource(HttpSource):
    """Implements `EvidenceSource`."""

    name = "Loki"

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the newest lines of each kind: those that speak of errors first, then any."""
        most = min(_MOST_LINES, query.most_rows)
        window = {
            "start": str(int(query.begin.timestamp() * 1e9)),
            "end": str(int(query.end.timestamp() * 1e9)),
        }
        missing: list[str] = []
        rows: dict[tuple[int, str, str], tuple[str, str]] = {}
        with self.client() as client:
            known = listed(client.get("loki/api/v1/labels", window), "data")
            label = next((name for name in _LABELS if name in known), "")
            if not label:
                said = "no label of its lines names a service"
                return EvidenceAnswer(self.name, Telemetry(), missing=(said, *client.notes()))
            chosen = f'{{{label}=~"{_choice(query.services)}"}}'
            for question in (f'{chosen} |~ "(?i)error|exception|fail|fatal|panic|timeout"', chosen):
                asked = {**window, "query": question, "limit": str(most), "direction": "backward"}
                found = _lines(client.get("loki/api/v1/query_range", asked), label)
                if len(found) >= most:
                    missing.append(f"only the newest {most:,} lines were fetched")
                rows.update(found)
            missing += client.notes()
        if not rows:
            missing.append("no log lines for this window")
        zero = query.anomaly.timestamp() * 1000.0
        # What speaks of errors was asked first, and stays when there is too much.
        keys = sorted(list(rows)[:most])
        logs = LogTable(
            t_ms=[t / 1e6 - zero for t, _, _ in keys],
            service=[service for _, service, _ in keys],
            level=[rows[key][0] for key in keys],
            trace=[rows[key][1] for key in keys],
            span=[""] * len(keys),
            message=[message for _, _, message in keys],
        )
        return EvidenceAnswer(self.name, Telemetry(logs=logs), missing=tuple(dict.fromkeys(missing)))


def _choice(services: tuple[str, ...]) -> str:
    """Return a regular expression of services as LogQL wants it; what could end the string is left out."""
    safe = [s for s in services if s and all(c.isalnum() or c in "-_." for c in s)]
    return "|".join(s.replace(".", "[.]") for s in safe) if safe else ".+"


def _lines(answer: object, label: str) -> dict[tuple[int, str, str], tuple[str, str]]:
    found = {}
    for stream in listed(answer, "data", "result"):
        labels = stream.get("stream", {}) if isinstance(stream, dict) else {}
        told = str(
            labels.get("level") or labels.get("detected_level") or labels.get("severity") or ""
        ).lower()
        level = next((name for name in _LEVELS if told.startswith(name[:4])), "")
        service = str(labels.get(label, ""))
        trace = str(labels.get("trace_id", ""))
        for value in listed(stream, "values"):
            found[(int(value[0]), service, str(value[1])[:16_384])] = (level, trace)
    return found
