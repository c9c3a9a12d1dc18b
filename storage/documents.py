"""Documents read again and again: the same text is parsed once, and what comes of it never changes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_Model = TypeVar("_Model", bound=BaseModel)


class joined(FunctionElement[str]):  # noqa: N801  reads as the SQL function that it is
    """All documents of a question as one text, in no order: a driver lets other threads in between rows."""

    type = Text()
    inherit_cache = True


@compiles(joined)
def _joined(element: joined, compiler: Any, **options: Any) -> str:  # Any: SQLAlchemy's own
    # JSON without spaces never holds the character between them.
    return f"string_agg({compiler.process(element.clauses, **options)}, chr(10))"


@compiles(joined, "sqlite")
def _joined_in_sqlite(element: joined, compiler: Any, **options: Any) -> str:  # Any: SQLAlchemy's own
    return f"group_concat({compiler.process(element.clauses, **options)}, char(10))"


def documents_in(text: str | None) -> list[str]:
    """Return the documents of a joined text."""
    return text.split("\n") if text else []


def reader_of(model: type[_Model], *, remembered: int = 2_000) -> Callable[[str], _Model]:
    """Return what parses stored documents of a frozen model and remembers the latest ones."""

    @lru_cache(maxsize=remembered)
    def read(document: str) -> _Model:
        return model.model_validate_json(document)

    return read
