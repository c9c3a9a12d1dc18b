"""A driver's line that names only what kind of store can't be had is about the one of that kind."""

import pytest

from rca.logs.stores_named import stores_of

NAMES = (
    "orders",
    "core-mysql",
    "ledger-pg",
    "audit-pg",
    "events-kafka",
    "SessCache",
    "kafka-consumer",
    "pg-exporter",
)
SERIES = [
    ("SessCache", "redis_keyspace_hits_total"),
    ("SessCache", "redis_connected_clients"),
    ("SessCache", "process_cpu_seconds_total"),
    ("kafka-consumer", "kafka_consumergroup_lag"),
    ("kafka-consumer", "messages_consumed_total"),
    ("kafka-consumer", "messages_failed_total"),
]
CALLS = (
    ("orders", "ledger-pg"),
    ("orders", "core-mysql"),
    ("orders", "events-kafka"),
    ("orders", "SessCache"),
)


@pytest.mark.parametrize(
    ("line", "store"),
    [
        ("psycopg2.OperationalError: FATAL:  sorry, too many clients already", "ledger-pg"),
        ("pq: the database system is shutting down", "ledger-pg"),
        ("kafka: client has run out of available brokers to talk to", "events-kafka"),
        ("org.apache.kafka.common.errors.TimeoutException: Topic x not present in metadata", "events-kafka"),
        ("redis.exceptions.ConnectionError: Connection refused", "SessCache"),
    ],
)
def test_the_store_that_its_author_calls_is_meant(line: str, store: str) -> None:
    assert stores_of(NAMES, SERIES, CALLS).named(line, "orders") == (store,)


@pytest.mark.parametrize(
    "line",
    [
        'psycopg2.errors.UndefinedColumn: column "rate" does not exist',
        "PSQLException: duplicate key value violates unique constraint",
        "HikariPool-1 - Connection is not available, request timed out after 30000ms",
        "could not write to mongo: connection refused",
        "kafka: message is too large",
        "rebalance timed out while redistributing 12 partitions",
        "kafka consumer poll timeout has expired: max.poll.interval.ms exceeded",
        "psycopg2.errors.QueryCanceled: canceling statement due to statement timeout",
        "pymysql: (1205, 'Lock wait timeout exceeded; try restarting transaction')",
    ],
)
def test_a_wrong_query_an_own_pool_and_an_unknown_kind_name_no_store(line: str) -> None:
    assert stores_of(NAMES, SERIES, CALLS).named(line, "orders") == ()


def test_without_a_map_only_the_one_of_its_kind_is_meant_and_none_by_itself() -> None:
    stores = stores_of(NAMES, SERIES, ())

    assert stores.named("kafka: no available brokers", "orders") == ("events-kafka",)
    assert stores.named("pq: too many connections", "orders") == ()
    assert stores.named("kafka: no available brokers", "events-kafka") == ()


def test_who_calls_none_of_that_kind_means_none() -> None:
    assert stores_of(NAMES, SERIES, (("orders", "ledger-pg"),)).named("redis timeout", "orders") == ()


@pytest.mark.parametrize("names", [("orders", "pay"), ("kafka-streams-rates", "pay")])
def test_a_program_that_tells_of_its_own_driver_or_bears_the_name_of_a_kind_is_no_broker(
    names: tuple[str, ...],
) -> None:
    told = [("orders", f"kafka_consumer_fetch_{name}") for name in ("rate", "latency", "size")]

    stores = stores_of(names, [*told, ("orders", "http_requests")], ())

    assert stores.named("kafka: no available brokers", "pay") == ()
