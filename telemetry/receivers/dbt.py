"""Read dbt's `run_results.json`. What is built (a model, a seed, a snapshot) is a feed; a test is none.

`dbt compile` and `dbt docs generate` write the same file over the one of the run before, with every model as
a success: nothing was built then.
"""

from collections.abc import Iterator, Mapping

from telemetry.receivers.fields import JsonObject, RunFields, part, text

_NO_FEEDS = frozenset(
    {
        *("test", "unit_test", "operation", "analysis", "exposure", "metric", "saved_query"),
        *("semantic_model", "source"),
    }
)
_BUILDS_NOTHING = frozenset(
    {
        *("compile", "generate", "docs", "docs.generate", "docs generate", "show", "parse", "list", "ls"),
        *("test", "run-operation", "freshness", "source freshness", "clone"),
    }
)
"""Commands of dbt, as `args` names them."""
_SKIPPED = "skipped: something that it is built on failed"
_NOTHING_TO_DO = "no-op"
_NOBODY_KNOWS = -1
"""How a database's driver counts the rows of a view, or of anything that it can't count (PEP 249)."""


def from_dbt(document: JsonObject) -> Iterator[RunFields]:
    """Yield one run per node that is built of a `run_results.json`."""
    metadata, args = part(document, "metadata"), part(document, "args")
    if text(args, "which", "rpc_method").casefold() in _BUILDS_NOTHING:
        return
    results = document.get("results")
    for one in results if isinstance(results, list) else []:
        if not isinstance(one, Mapping):
            continue
        kind, name = _kind_and_name(text(one, "unique_id"))
        state = text(one, "status")
        if kind in _NO_FEEDS or state == _NOTHING_TO_DO:
            continue
        # dbt skips what it can't build because a parent failed: yesterday's rows stay where today's were due.
        is_skipped = state == "skipped"
        execute = _phase(one, "execute")
        yield RunFields(
            feed=name,
            run=f"{text(metadata, 'invocation_id')}:{name}" if text(metadata, "invocation_id") else "",
            state="upstream_failed" if is_skipped else state,
            event_time=text(metadata, "generated_at"),
            started=text(execute, "started_at"),
            finished=text(execute, "completed_at") or text(metadata, "generated_at"),
            lasted_seconds=None if is_skipped else one.get("execution_time"),
            rows_written=_rows(one),
            error=_error(one, state),
        )


def _kind_and_name(unique_id: str) -> tuple[str, str]:
    """Return what a node is and its name: `model.shop.orders.v2` builds `orders_v2`, as dbt calls it."""
    kind, *rest = unique_id.split(".")
    if len(rest) < 2:
        return "", (rest or [kind])[0]
    return kind, "_".join(rest[1:])


def _phase(result: JsonObject, name: str) -> JsonObject:
    timing = result.get("timing")
    phases = timing if isinstance(timing, list) else []
    return next((one for one in phases if isinstance(one, Mapping) and text(one, "name") == name), {})


def _rows(result: JsonObject) -> object:
    """Return how many rows were written, None where the database could not tell."""
    told = part(result, "adapter_response").get("rows_affected")
    return None if told in (_NOBODY_KNOWS, str(_NOBODY_KNOWS)) else told


def _error(result: JsonObject, state: str) -> str:
    if state == "skipped":
        return text(result, "message") or _SKIPPED
    return text(result, "message") if state in {"error", "fail"} else ""
