"""The reader of samples behind its port."""

from collections.abc import Sequence
from pathlib import Path

from config_gen.profile_union import united
from config_gen.samples.child import profile_in_child
from domain.configuration.profiles import SampleProfile
from domain.errors import BadInput


class ChildSampleReader:
    """Implements `SampleReader`: parsing happens in a process of its own, with limits."""

    def profile(self, files: Sequence[tuple[Path, str]], sheet: str = "") -> SampleProfile:
        """Return what was measured on the files of one feed; raises `BadInput`."""
        if not files:
            raise BadInput("no file", say="There is no file to read.", next_step="Drop the sample again.")
        profiles = [profile_in_child(path, name, sheet=sheet) for path, name in files]
        return profiles[0] if len(profiles) == 1 else united(profiles)
