"""The questions that the telemetry store answers, in the words of DuckDB and in those of ClickHouse.

`{window}` stands for the rows of a kind, a time and some services.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telemetry.records import Kind

Columns = dict[str, list[object]]


class Questioner(Protocol):
    """Asks one question over stored rows: files with DuckDB, or ClickHouse."""

    def ask(
        self,
        kind: Kind,
        begin: datetime,
        end: datetime,
        question: str,
        services: tuple[str, ...] | None = (),
        **values: int | tuple[str, ...],
    ) -> Columns:
        """Return the answer's columns, empty when there are no rows."""
        ...

    def calls(self, begin: datetime, end: datetime, question: str) -> Columns:
        """Return caller, callee, calls and t_us; the question is for spans, where no call is counted yet."""
        ...


@dataclass(frozen=True, slots=True)
class StoreQuestions:
    """One SELECT for each question; the columns are named the same in every dialect."""

    events: str
    calls: str
    refused: str
    health: str
    senders: str
    samples: str
    count: str
    spans: str
    log_counts: str
    log_shapes: str
    rare_logs: str
    logs: str


# What counts is taken at the end of a step, what is measured as its mean. Whole traces are kept or cut,
# because half a trace tells a wrong story. Of too many lines it is chosen first which are read: chance goes
# by time and place in the file, which cost next to nothing to look at; only chosen lines' texts are read.
# A line's shape is how it begins, up to its first digit: cheap, and the same for all lines of a kind.
DUCKDB = StoreQuestions(
    events=(
        "SELECT t_us, service, event, severity, message, attributes FROM {window}"
        " ORDER BY t_us DESC LIMIT $most"
    ),
    calls=(
        "WITH w AS (SELECT trace, span, parent, service, t_us FROM {window})"
        " SELECT p.service AS caller, c.service AS callee, count(*) AS calls, max(c.t_us) AS t_us"
        " FROM w c JOIN w p ON c.trace = p.trace AND c.parent = p.span"
        " WHERE c.parent <> '' AND c.service <> p.service AND c.service <> '' AND p.service <> ''"
        " GROUP BY ALL ORDER BY 1, 2"
    ),
    refused=(
        "SELECT t_us, source, dialect, reason, detail, excerpt FROM {window} ORDER BY t_us DESC LIMIT $most"
    ),
    health=(
        "SELECT source, dialect, sum(records)::BIGINT AS records, sum(refused)::BIGINT AS refused,"
        " sum(late)::BIGINT AS late, median((newest_us - t_us) / 1e6) AS ahead,"
        " min(t_us) AS first, max(t_us) AS last, count(DISTINCT t_us // 60000000) AS minutes,"
        " list(DISTINCT unknown) AS unknown FROM {window} GROUP BY ALL ORDER BY 1, 2"
    ),
    senders="SELECT service, source, count(*) AS total FROM {window} GROUP BY service, source ORDER BY 1, 2",
    samples=(
        "SELECT service, metric, labels, bool_or(counter) AS counts, (t_us - $first) // $step AS bin,"
        " CASE WHEN bool_or(counter) THEN arg_max(value, t_us) ELSE avg(value) END AS value"
        " FROM {window} WHERE isfinite(value) GROUP BY service, metric, labels, bin"
        " ORDER BY service, metric, labels, bin"
    ),
    count="SELECT count(*) AS total FROM {window}",
    spans=(
        "SELECT trace, span, parent, service, operation, t_us, duration_us, failed FROM {window}"
        " WHERE $parts >= 65536 OR hash(trace) % 65536 < $parts"
        " ORDER BY CASE WHEN $total > $most THEN hash(trace) % 65536 ELSE 0 END, trace, t_us LIMIT $most"
    ),
    log_counts=(
        "SELECT service, count(*) AS total, count(*) FILTER (level IN ('warn', 'error', 'fatal')) AS bad"
        " FROM {window} GROUP BY service"
    ),
    log_shapes=(
        "SELECT service, regexp_extract(message, '([A-Za-z][^0-9]{0,23})[ /:=]', 1) AS shape,"
        " count(*) AS total FROM {window} WHERE level IN ('warn', 'error', 'fatal') GROUP BY service, shape"
    ),
    rare_logs=(
        "SELECT t_us, service, level, trace, span, message FROM {window}"
        " WHERE level IN ('warn', 'error', 'fatal') AND list_contains($rare_services::VARCHAR[], service)"
        " AND list_contains($rare::VARCHAR[], service || '|' ||"
        " regexp_extract(message, '([A-Za-z][^0-9]{0,23})[ /:=]', 1)) ORDER BY t_us LIMIT $most"
    ),
    logs=(
        "SELECT t_us, service, level, trace, span, message FROM (SELECT * FROM ("
        "SELECT *, row_number() OVER (PARTITION BY place ORDER BY chance) AS nth FROM ("
        "SELECT t_us, service, level, trace, span, message,"
        " CASE WHEN list_contains($quiet::VARCHAR[], service) THEN 0"
        " WHEN level IN ('warn', 'error', 'fatal') THEN 1 ELSE 2 END AS place,"
        " hash(t_us + file_row_number) % 65536 AS chance FROM {window}"
        " WHERE hash(t_us + file_row_number) % 65536 < CASE"
        " WHEN list_contains($quiet::VARCHAR[], service) THEN 65536"
        " WHEN level IN ('warn', 'error', 'fatal') THEN $bad_parts ELSE $rest_parts END"
        ")) WHERE place <> 1 OR nth <= $most_bad ORDER BY place, chance LIMIT $most) AS kept ORDER BY t_us"
    ),
)

CLICKHOUSE = StoreQuestions(
    events=(
        "SELECT t_us, service, event, severity, message, attributes FROM {window}"
        " ORDER BY t_us DESC LIMIT {most:UInt64}"
    ),
    calls=(
        "WITH w AS (SELECT trace, span, parent, service, t_us FROM {window})"
        " SELECT p.service AS caller, c.service AS callee, toInt64(count()) AS calls, max(c.t_us) AS t_us"
        " FROM w AS c INNER JOIN w AS p ON c.trace = p.trace AND c.parent = p.span"
        " WHERE c.parent <> '' AND c.service <> p.service AND c.service <> '' AND p.service <> ''"
        " GROUP BY caller, callee ORDER BY caller, callee"
    ),
    refused=(
        "SELECT t_us, source, dialect, reason, detail, excerpt FROM {window}"
        " ORDER BY t_us DESC LIMIT {most:UInt64}"
    ),
    health=(
        "SELECT source, dialect, sum(stored.records) AS records, sum(stored.refused) AS refused,"
        " sum(stored.late) AS late, median((newest_us - t_us) / 1e6) AS ahead,"
        " min(t_us) AS first, max(t_us) AS last, uniqExact(intDiv(t_us, 60000000)) AS minutes,"
        " groupUniqArray(stored.unknown) AS unknown FROM {window} GROUP BY source, dialect"
        " ORDER BY source, dialect"
    ),
    senders="SELECT service, source, count(*) AS total FROM {window} GROUP BY service, source ORDER BY 1, 2",
    samples=(
        "SELECT service, metric, labels, max(counter) AS counts,"
        " intDiv(t_us - {first:Int64}, {step:Int64}) AS bin,"
        " if(max(counter), argMax(stored.value, t_us), avg(stored.value)) AS value"
        " FROM {window} WHERE isFinite(stored.value) GROUP BY service, metric, labels, bin"
        " ORDER BY service, metric, labels, bin"
    ),
    count="SELECT toInt64(count()) AS total FROM {window}",
    spans=(
        "SELECT trace, span, parent, service, operation, t_us, duration_us, failed FROM {window}"
        " WHERE {parts:UInt64} >= 65536 OR cityHash64(trace) % 65536 < {parts:UInt64}"
        " ORDER BY if({total:UInt64} > {most:UInt64}, cityHash64(trace) % 65536, 0), trace, t_us"
        " LIMIT {most:UInt64}"
    ),
    log_counts=(
        "SELECT service, toInt64(count()) AS total,"
        " toInt64(countIf(level IN ('warn', 'error', 'fatal'))) AS bad FROM {window} GROUP BY service"
    ),
    log_shapes=(
        "SELECT service, extract(message, '([A-Za-z][^0-9]{0,23})[ /:=]') AS shape,"
        " toInt64(count()) AS total FROM {window} WHERE level IN ('warn', 'error', 'fatal')"
        " GROUP BY service, shape"
    ),
    rare_logs=(
        "SELECT t_us, service, level, trace, span, message FROM {window}"
        " WHERE level IN ('warn', 'error', 'fatal') AND has({rare_services:Array(String)}, service)"
        " AND has({rare:Array(String)}, concat(service, '|',"
        " extract(message, '([A-Za-z][^0-9]{0,23})[ /:=]'))) ORDER BY t_us LIMIT {most:UInt64}"
    ),
    logs=(
        "SELECT t_us, service, level, trace, span, message FROM (SELECT * FROM ("
        "SELECT *, row_number() OVER (PARTITION BY place ORDER BY chance) AS nth FROM ("
        "SELECT t_us, service, level, trace, span, message,"
        " cityHash64(t_us, trace, span) % 65536 AS chance,"
        " multiIf(has({quiet:Array(String)}, service), 0, level IN ('warn', 'error', 'fatal'), 1, 2) AS place"
        " FROM {window} WHERE chance < multiIf(has({quiet:Array(String)}, service), 65536,"
        " level IN ('warn', 'error', 'fatal'), {bad_parts:UInt64}, {rest_parts:UInt64})"
        ")) WHERE place <> 1 OR nth <= {most_bad:UInt64} ORDER BY place, chance LIMIT {most:UInt64})"
        " ORDER BY t_us"
    ),
)
