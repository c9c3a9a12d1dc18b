"""Documents read again and again: the same text is parsed once, and what comes of it never changes."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from pydantic import BaseModel

_Model = TypeVar("_Model", bound=BaseModel)


def reader_of(model: type[_Model], *, remembered: int = 2_000) -> Callable[[str], _Model]:
    """Return what parses stored documents of a frozen model and remembers the latest ones."""

    @lru_cache(maxsize=remembered)
    def read(document: str) -> _Model:
        return model.model_validate_json(document)

    return read
