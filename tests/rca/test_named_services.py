"""Which services a log line names, however it writes a host, and which words only look like one."""

import pytest

from rca.logs.named_services import services_named, without_network

NAMES = frozenset({"orders-db", "orders", "user", "cart", "pay", "api.bank.example"})


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("dial tcp orders-db:5432: connect: connection refused", "orders-db"),
        ("could not reach postgres://app@orders-db:5432/main", "orders-db"),
        ("orders-db.shop.svc.cluster.local:5432 timed out", "orders-db"),
        ("open tcp(orders-db:3306)/main failed", "orders-db"),
        ("connect ECONNREFUSED orders:8080", "orders"),
        ('upstream="orders:8080" answered 503', "orders"),
        ("could not connect with host=orders port=5432", "orders"),
        ("lookup orders.shop on 10.96.0.10:53: no such host", "orders"),
        ("GET http://orders.shop:80/x failed", "orders"),
        ("orders-db-7f6d8c9b4-x2x9z is not reachable", "orders-db"),
        ("failed to connect to orders-db-0:5432", "orders-db"),
        ("connection to cart-0 refused", "cart"),
        ("postgres://app@orders.shop/main is away", "orders"),
        ("ssh app@orders-db failed", "orders-db"),
        ("api.bank.example:443 timed out", "api.bank.example"),
    ],
)
def test_a_line_names_a_service_by_its_host_port_address_or_pod(message: str, named: str) -> None:
    assert services_named(message, NAMES, "web") == (named,)


@pytest.mark.parametrize(
    "message",
    [
        "failed at orders.py:42",
        "user:8123 was not found",
        "cart:42 failed",
        "request from user:8123 failed",
        "orders-db2:5432 refused",
        "my-orders-db:5432 refused",
        "com.shop.orders.Main failed",
        "at cart.service(cart.ts:120)",
        "job orders-12 failed",
        "could not send the mail to user-42",
        "mail to ann@cart.example.com bounced",
        "pay:99999 failed",
        "timed out connecting to 10.0.3.7:5432",
    ],
)
def test_files_fields_and_other_names_name_nobody(message: str) -> None:
    assert services_named(message, NAMES, "web") == ()


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("dial tcp ledger-api.prod.svc.cluster.local:80: i/o timeout", "prod/ledger-api"),
        ("connect ECONNREFUSED fraudservice:8080", "FraudService"),
        ("http://rates-app/v1 answered 500", "rates_app"),
    ],
)
def test_a_host_may_be_written_in_another_way_than_its_service(message: str, named: str) -> None:
    names = frozenset({"prod/ledger-api", "FraudService", "rates_app", "eu/pay", "us/pay", "prod/main"})

    assert services_named(message, names, "web") == (named,)


@pytest.mark.parametrize(
    "message",
    ["connect ECONNREFUSED pay:8080", "exception in thread main:12", "fraudservice is a word", "rates app"],
)
def test_a_host_of_two_services_or_a_mere_word_names_nobody(message: str) -> None:
    names = frozenset({"eu/pay", "us/pay", "prod/main", "FraudService", "rates_app"})

    assert services_named(message, names, "web") == ()


@pytest.mark.timeout(60)
def test_its_own_author_is_not_named_and_a_long_line_is_read_in_little_time() -> None:
    assert services_named("orders:8080 refused by orders-db:5432", NAMES, "orders-db") == ()
    assert services_named("tcp(" * 50_000 + "a.-" * 50_000, NAMES, "web") == ()


def test_a_host_without_its_network_is_told_from_another_domain() -> None:
    hosts = ["db.shop.svc.cluster.local", "db", "api.bank.example", "db.internal"]

    assert [without_network(host) for host in hosts] == ["db", "db", "api.bank.example", "db"]
