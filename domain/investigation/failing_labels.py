"""Which of a counter's series count failures, told by a label: most exporters have no counter of their own
for these, but `http_requests_total{status="503"}` or `grpc_server_handled_total{grpc_code="Unavailable"}`.

Added up over all labels, such a counter shows only how many calls came. What a caller did wrong (4xx,
`NotFound`) is no failure of the service.
"""

from collections.abc import Mapping

FAILING_LABELS = (
    "outcome", "http_response_status_code", "http_status_code", "status_code", "response_code", "http_status",
    "rpc_grpc_status_code", "grpc_code", "grpc_status", "status", "code", "result", "error_type",
)  # fmt: skip
"""In this order: the first that says something decides."""
FAILED = "_failed"
"""What stands behind a counter's name for those of its calls that failed."""
_LONGEST = 40
_FAILING = frozenset({
    "5xx", "error", "errors", "failed", "failure", "fail", "server_error", "servererror", "exception",
    "timeout",
    "deadlineexceeded", "deadline_exceeded", "resourceexhausted", "resource_exhausted", "internal",
    "unavailable", "dataloss", "data_loss", "aborted", "unimplemented",
})  # fmt: skip
_FINE = frozenset({
    "1xx", "2xx", "3xx", "4xx", "ok", "success", "succeeded", "successful", "client_error", "clienterror",
    "informational", "redirection", "invalidargument", "notfound", "alreadyexists", "permissiondenied",
    "unauthenticated", "failedprecondition", "outofrange", "cancelled", "canceled",
})  # fmt: skip
_UNKNOWN = "unknown"
_GRPC = frozenset({"rpc_grpc_status_code", "grpc_code", "grpc_status"})
_FAILING_RPC = frozenset({2, 4, 8, 10, 12, 13, 14, 15})
_MOST_RPC = 16


def counts_failures(labels: Mapping[str, object]) -> bool | None:
    """Return whether a series with these labels counts failures; None where no label tells."""
    known = {str(name).lower().replace(".", "_"): value for name, value in labels.items()}
    told = (_says_failed(name, str(known[name])) for name in FAILING_LABELS if name in known)
    return next((said for said in told if said is not None), None)


def _says_failed(label: str, value: str) -> bool | None:
    said = value.strip().lower()[:_LONGEST]
    if said.isascii() and said.isdigit():
        number = int(said)
        if label in _GRPC and number <= _MOST_RPC:
            return number in _FAILING_RPC
        return 500 <= number <= 599 if 100 <= number <= 599 else None
    if said == _UNKNOWN:  # an answer of gRPC; elsewhere only what nobody knows
        return True if label in _GRPC or label == "code" else None
    if said in _FAILING:
        return True
    return False if said in _FINE else None
