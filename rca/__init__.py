"""Root cause: why it happened, with evidence. Heavy modules load when `Diagnostician` is first asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rca.diagnostician import Diagnostician

__all__ = ["Diagnostician"]


def __getattr__(name: str) -> Any:  # Any: the module protocol of the language
    if name == "Diagnostician":
        from rca.diagnostician import Diagnostician

        return Diagnostician
    raise AttributeError(f"module 'rca' has no attribute {name!r}")
