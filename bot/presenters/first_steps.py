"""What a house without a feed says: it knows nothing yet, and how to begin."""

from bot.cards.model import Card, Section
from bot.cards.text import literal

_WAYS = (
    "Drop a sample file here: I propose its configuration.",
    "Drop a history of runs with the word *import* beside it (CSV, Parquet, OpenLineage, Airflow, dbt):"
    " I learn what is usual and say trouble ahead.",
    "Only looking? `dogwatch demo feeds` in a terminal brings 400 simulated feeds.",
)


def first_steps(title: str) -> Card:
    """Return the answer to a question about feeds while there is none."""
    lead = "I know no feed yet. Ways to begin:"
    ways = "\n".join(f"• {way}" for way in _WAYS)
    return Card(
        title=title, lead=lead, sections=(Section(text=ways),), plain=f"{lead} {literal(' '.join(_WAYS))}"
    )
