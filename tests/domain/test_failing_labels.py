"""Failures that only a counter's labels tell: whose fault they are, and what tells nothing."""

import pytest

from domain.investigation.failing_labels import counts_failures


@pytest.mark.parametrize(
    "labels",
    [
        {"status": "503"},
        {"code": "5xx"},
        {"http.response.status_code": 500},
        {"grpc_code": "Unavailable"},
        {"grpc_code": "Unknown"},
        {"code": "unknown"},
        {"rpc.grpc.status_code": "14"},
        {"outcome": "SERVER_ERROR", "status": "200"},
        {"result": "failure"},
        {"status": "active", "code": "500"},
    ],
)
def test_these_count_failures(labels: dict[str, object]) -> None:
    assert counts_failures(labels) is True


@pytest.mark.parametrize(
    "labels",
    [
        {"status": "200"},
        {"code": "404"},
        {"grpc_code": "OK"},
        {"grpc_code": "NotFound"},
        {"rpc.grpc.status_code": "5"},
        {"outcome": "CLIENT_ERROR"},
        {"status": "2xx"},
    ],
)
def test_these_count_what_went_well_or_what_the_caller_did_wrong(labels: dict[str, object]) -> None:
    assert counts_failures(labels) is False


@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"method": "GET"},
        {"status": "active"},
        {"status": "unknown"},
        {"outcome": "UNKNOWN"},
        {"code": "7"},
        {"code": "70500"},
        {"le": "500"},
        {"code": ""},
    ],
)
def test_these_tell_nothing(labels: dict[str, object]) -> None:
    assert counts_failures(labels) is None
