"""Which pipelines of Airflow write which data sets, and which wait for them: assets in 3, datasets in 2."""

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.evidence_client import listed, text_at

# Airflow 2 and 3.0 name the pipelines that a data set starts `consuming_dags`, later ones `scheduled_dags`.
_READERS = ("consuming_dags", "scheduled_dags", "consuming_tasks")


@dataclass(frozen=True, slots=True)
class Produced:
    """One data set: its address, the pipelines that write it and those that read it."""

    uri: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]


def produced(told: Iterable[object]) -> tuple[Produced, ...]:
    """Return the data sets of Airflow's answer."""
    found = []
    for one in told:
        uri = text_at(one, "uri")
        if uri:
            readers = [who for field in _READERS for who in _pipelines(one, field)]
            writers = tuple(_pipelines(one, "producing_tasks"))
            found.append(Produced(uri, writers, tuple(dict.fromkeys(readers))))
    return tuple(found)


def consumers_of_producers(data_sets: Iterable[Produced]) -> tuple[tuple[str, str], ...]:
    """Return (who needs, who is needed) pairs of pipelines."""
    pairs = {(r, w) for one in data_sets for r in one.readers for w in one.writers if r != w}
    return tuple(sorted(pairs))


def _pipelines(one: object, field: str) -> list[str]:
    return list(dict.fromkeys(dag for each in listed(one, field) if (dag := text_at(each, "dag_id"))))
