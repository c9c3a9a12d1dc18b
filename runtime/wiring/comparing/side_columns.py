"""Find the columns of a side by the names that the settings give them."""

from collections.abc import Iterable, Sequence

from domain.errors import BadInput

_NAMED = 12


def columns_there(wanted: Iterable[str], there: Sequence[str], where: str) -> dict[str, str]:
    """Return each wanted name with the side's own, which may be written in other capitals.

    Args:
        wanted: Names as the settings have them.
        there: The columns of the side.
        where: How the side is called, such as "The target public.trades".

    Raises:
        BadInput: Some are not there, or more than one could be meant; it says which, and what is there.
    """
    alike: dict[str, list[str]] = {}
    for name in there:
        alike.setdefault(name.casefold(), []).append(name)
    found = {
        name: name if name in there else alike[name.casefold()][0]
        for name in wanted
        if name in there or len(alike.get(name.casefold(), ())) == 1
    }
    missing = [name for name in wanted if name not in found]
    if missing:
        more = f" and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
        columns = ", ".join(name[:60] for name in there[:_NAMED])
        raise BadInput(
            f"columns {missing[:_NAMED]} missing",
            say=f"{where} has no {', '.join(name[:60] for name in missing[:_NAMED])}.",
            next_step=f"Its columns are {columns}{more}." if there else "It has no columns.",
        )
    return found
