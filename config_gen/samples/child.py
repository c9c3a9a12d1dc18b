"""Profile a stranger's file in a child process; when the child dies, the person gets a sentence."""

from dataclasses import asdict
from pathlib import Path

from config_gen.samples import confined
from config_gen.samples.confined import Bounds, Died
from config_gen.samples.limits import DEFAULT_LIMITS, Limits
from domain.configuration.profiles import SampleProfile
from domain.errors import BadInput

_WORK = "config_gen.profile_in_child:profiled"


def profile_in_child(
    path: Path, name: str, limits: Limits = DEFAULT_LIMITS, sheet: str = ""
) -> SampleProfile:
    """Return the profile of a file, computed in a child process.

    Args:
        path: Where the file lies; the child only reads it.
        name: The name that people know the file by.
        limits: Memory, CPU seconds and wall seconds of the child, and the bounds of reading.
        sheet: Sheet of a workbook, as a person calls it.

    Raises:
        BadInput: The file cannot be read, or the child ran into a limit.
    """
    if not path.is_file():
        raise BadInput(
            f"{path}: no file", say=f"**{name}** is not there any more.", next_step="Drop it again."
        )
    asked = {"path": str(path.resolve()), "name": name, "limits": asdict(limits), "sheet": sheet}
    bounds = Bounds(limits.child_memory_bytes, limits.child_cpu_seconds, limits.child_wall_seconds)
    try:
        return SampleProfile.model_validate_json(confined.answer(_WORK, asked, bounds))
    except Died as died:
        raise BadInput(
            f"{name}: {died}",
            say=f"Reading **{name}** {died.in_words()}, so I stopped. Nothing else was touched.",
            next_step="Send a smaller part of it, for example the first 10,000 records.",
        ) from died


def warm_up() -> None:
    """Start the helper process, so that the first sample does not wait for it."""
    confined.warm_up(_WORK)


def shut_down() -> None:
    """End the helper process; the next sample starts a new one."""
    confined.shut_down()
