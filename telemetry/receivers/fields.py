"""What every receiver hands on: one report of a run as plain fields, still unchecked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from domain.text.redaction import mask_shapes

JsonObject = Mapping[str, object]
_MOST_DATASETS = 100
_LOOKED_AT, _SHOWN = 2_000, 60
_MOST_RESOURCES = 10
_MOST_COLUMNS, _LONGEST_NAME, _LONGEST_TYPE = 2_000, 200, 60


@dataclass(frozen=True)
class RunFields:
    """A report of one run as some outside system tells it; nothing is trusted yet, blanks are empty
    strings."""

    feed: str
    run: str
    state: str
    event_time: object = ""
    scheduled: object = ""
    started: object = ""
    finished: object = ""
    lasted_seconds: object = None
    rows_read: object = None
    rows_written: object = None
    rows_rejected: object = None
    bytes_read: object = None
    retries: object = None
    queue_seconds: object = None
    error: str = ""
    warnings: tuple[str, ...] = field(default_factory=tuple)
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    resources: tuple[tuple[str, str], ...] = ()
    namespace: str = ""
    is_unreadable: bool = False
    """Whether the record could not be read at all; `error` begins as it does."""

    def told(self) -> str:
        """Return what was told, for people who look for the record: name and value, no blanks, no secrets."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        given = {
            name: str(value)
            for name, value in said.items()
            if value not in ("", None, ()) and name != "is_unreadable"
        }
        return ", ".join(f"{name} {mask_shapes(told[:_LOOKED_AT])[:_SHOWN]}" for name, told in given.items())


def part(record: JsonObject, *path: str) -> JsonObject:
    """Return the object at a path of keys, empty where the path leaves it."""
    here: object = record
    for key in path:
        here = here.get(key, {}) if isinstance(here, Mapping) else {}
    return here if isinstance(here, Mapping) else {}


def given(record: JsonObject, *names: str) -> object:
    """Return the first of the named fields that is set, as it is."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return ""


def text(record: JsonObject, *names: str) -> str:
    """Return the first of the named fields that is set, as text; an object or a list is none."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "" and not isinstance(value, Mapping | list):
            return clean(str(value))
    return ""


def clean(told: str) -> str:
    """Return a text without NUL, which no database keeps and no name means."""
    return told.replace("\x00", "")


def datasets(told: object) -> tuple[str, ...]:
    """Return the names of an event's data sets."""
    names = []
    for one in told[:_MOST_DATASETS] if isinstance(told, list) else ():
        name = one.get("name") if isinstance(one, Mapping) else None
        if isinstance(name, str) and name:
            names.append(clean(name[:200]))
    return tuple(filter(None, names))


def columns(told: object) -> tuple[tuple[str, str], ...]:
    """Return names and types of columns told as an object, as a list of objects, or as a list of names."""
    if isinstance(told, Mapping):
        pairs = list(told.items())
    else:
        pairs = [
            (one.get("name"), one.get("type")) if isinstance(one, Mapping) else (one, "")
            for one in (told if isinstance(told, list | tuple) else ())
        ]
    return tuple(
        (clean(name[:_LONGEST_NAME]), clean(kind[:_LONGEST_TYPE]) if isinstance(kind, str) else "")
        for name, kind in pairs[:_MOST_COLUMNS]
        if isinstance(name, str) and clean(name)
    )


def delivered(inputs: object, outputs: object) -> tuple[tuple[str, str], ...]:
    """Return the columns of the one input that tells its schema, or else of the first output that does.

    Several inputs make another thing of their columns: then what was written says more.
    """
    read, written = _schemas(inputs), _schemas(outputs)
    if len(read) == 1:
        return read[0]
    return written[0] if written else ()


def used(inputs: object, outputs: object) -> tuple[tuple[str, str], ...]:
    """Return the system that a run reads, where it is one, and the databases that it writes, by namespace."""
    read, written = _namespaces(inputs), _namespaces(outputs)
    source = [("source", name) for name in read if name not in written]
    return (*(source if len(source) == 1 else ()), *(("databases", name) for name in written))


def named_resources(record: JsonObject) -> tuple[tuple[str, str], ...]:
    """Return the source, pool and databases that a plain report names."""
    databases = record.get("databases")
    some = databases if isinstance(databases, list) else [record.get("database")]
    pairs = [("source", record.get("source")), ("pool", record.get("pool"))]
    pairs += [("databases", name) for name in some[:_MOST_RESOURCES]]
    return tuple(
        (kind, clean(name[:_LONGEST_NAME])) for kind, name in pairs if isinstance(name, str) and clean(name)
    )


def _namespaces(told: object) -> list[str]:
    some = told[:_MOST_DATASETS] if isinstance(told, list) else []
    names = [one.get("namespace") for one in some if isinstance(one, Mapping)]
    found = [clean(name[:_LONGEST_NAME]) for name in names if isinstance(name, str) and clean(name)]
    return list(dict.fromkeys(found))[:_MOST_RESOURCES]


def _schemas(datasets_told: object) -> list[tuple[tuple[str, str], ...]]:
    some = datasets_told[:_MOST_DATASETS] if isinstance(datasets_told, list) else []
    found = [columns(part(one, "facets", "schema").get("fields")) for one in some if isinstance(one, Mapping)]
    return [one for one in found if one]
