"""Break good configurations on purpose, one fault at a time, each labelled with the rule that must notice.

A fault returns the broken document (plain values) with what it is compared with, or None where the good
configuration has nothing to break in that way. Faults are written against the form of the document, not
against the rules' code: each says what a careless person would do.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
"""A configuration as plain values, as `FeedConfig.model_dump(mode="json")` gives it."""


@dataclass
class Broken:
    """A broken document, the other feeds and the agreed version beside which it is validated."""

    document: Document
    others: list[Document] = field(default_factory=list)
    previous: Document | None = None


Break = Callable[[Document], Broken | None]
FAULTS: list[tuple[str, str, Break]] = []
"""Code of the rule that must notice, name of the fault, and the function that makes it."""


def fault(code: str) -> Callable[[Break], Break]:
    """Register a fault that the rule of that code must notice."""

    def register(make: Break) -> Break:
        FAULTS.append((code, make.__name__.strip("_"), make))
        return make

    return register


def broken_by(make: Break, good: Document) -> Broken | None:
    """Return the broken copy of a good document, or None when the fault does not apply."""
    return make(copy.deepcopy(good))


def all_faults() -> list[tuple[str, str, Break]]:
    """Return every fault of every file."""
    from benchmarks import validator_faults_beside, validator_faults_inside, validator_faults_running

    # Importing a file of faults registers them.
    return FAULTS if all((validator_faults_inside, validator_faults_running, validator_faults_beside)) else []


def columns(document: Document, *kinds: str) -> Iterator[Document]:
    """Yield the columns of those types."""
    return (column for column in document["columns"] if not kinds or column["type"] in kinds)


def first(document: Document, *kinds: str) -> Document | None:
    """Return the first column of those types, or None."""
    return next(columns(document, *kinds), None)


def a_rule(check: str, names: list[str], **more: Any) -> Document:
    """Return a quality rule as a person would add it."""
    return {"id": f"added_{check}", "check": check, "columns": names, **more}


def neighbour(document: Document, **more: Any) -> Document:
    """Return another good feed that has nothing to do with the document."""
    name = f"{document['feed'][:40]}_nb"
    other = copy.deepcopy(document)
    other |= {
        "feed": name,
        "keys": {"primary": [], "business": [], "foreign": []},
        "load": {"mode": "append"},
    }
    other["lineage"] = {"upstream": [], "consumers": []}
    other["source"] = {**other["source"], "file_pattern": f"{name}_*.csv"}
    other["target"] = {"bronze": {"database": "elsewhere", "table": name}}
    return {**other, **more}
