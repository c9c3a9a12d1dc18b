"""Where a word still stands in a database: every value of every table is read, whatever the house knows."""

import json
import re

from sqlalchemy import Connection, MetaData, select


def still_names(connection: Connection, word: str) -> list[str]:
    """Return the columns in which a word still stands, the audit chain included."""
    forms = {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}
    told = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")
    kept = MetaData()
    kept.reflect(connection)
    return [
        f"{table.name}.{name}"
        for table in kept.sorted_tables
        for row in connection.execute(select(table)).mappings()
        for name, value in row.items()
        if told.search(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
    ]
