"""What a house says that has no feed to show: it knows nothing yet and how to begin, or still learns."""

from bot.cards.model import Card, Link, Section
from bot.cards.text import literal
from domain.counting import counted
from domain.ports.transactions import UnitOfWork

_WAYS = (
    "Drop a sample file here: I propose its configuration.",
    "Drop a history of runs with the word *import* beside it (CSV, Parquet, OpenLineage, Airflow, dbt):"
    " I learn what is usual and say trouble ahead.",
    "Only looking? `dogwatch demo feeds` in a terminal (`.venv/bin/dogwatch` in a clone) brings 400 simulated"
    " feeds.",
)


def nothing_yet(uow: UnitOfWork, title: str) -> Card:
    """Return the answer to a question about feeds while none can be shown."""
    heard_of = len(uow.watched.names())
    return on_the_way(title, heard_of) if heard_of else first_steps(title)


def on_the_way(title: str, heard_of: int) -> Card:
    """Return the answer while feeds are known whose history is still being read."""
    lead = (
        f"{counted(heard_of, 'feed')} on the way: I am reading the history and learning what is usual."
        " That takes some minutes; then ask again."
    )
    intake = Link(label="What came in", target="/dashboard/intake")
    return Card(title=title, lead=lead, links=(intake,), plain=lead)


def first_steps(title: str) -> Card:
    """Return the answer to a question about feeds while there is none."""
    lead = "I know no feed yet. Ways to begin:"
    ways = "\n".join(f"• {way}" for way in _WAYS)
    return Card(
        title=title, lead=lead, sections=(Section(text=ways),), plain=f"{lead} {literal(' '.join(_WAYS))}"
    )
