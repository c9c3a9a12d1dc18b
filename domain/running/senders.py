"""Who reports runs: an intake key, the format it speaks, and the namespace that its reports name."""

BETWEEN = "\n"
IMPORTED = "import"
"""The format of runs that a live import brings."""
_LONGEST = 120
_FORMATS = {
    "openlineage": "OpenLineage",
    "airflow": "Airflow",
    "dbt": "dbt",
    "json": "reports of runs",
    IMPORTED: "repeated import",
}


def sender_of(source: str, dialect: str, namespace: str = "") -> str:
    """Return who sent a report, as it is kept: key, format, and namespace where one is named."""
    return BETWEEN.join(" ".join(part.split())[:_LONGEST] for part in (source, dialect, namespace) if part)


def in_words(sender: str) -> str:
    """Return a sender, or a whole key, as people read it."""
    key, *more = sender.split(BETWEEN)
    if not more:
        return key
    spoken = _FORMATS.get(more[0], more[0])
    return f"{more[1]} ({spoken}, key {key})" if len(more) > 1 else f"{key} ({spoken})"


def groups_of(sender: str) -> list[str]:
    """Return the groups that a sender belongs to: its key, the format of that key, and itself."""
    parts = sender.split(BETWEEN)
    return [BETWEEN.join(parts[: count + 1]) for count in range(len(parts))]
