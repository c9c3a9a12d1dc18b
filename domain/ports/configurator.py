"""From a sample to a proposed configuration, as the doors and activities see it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from domain.changes import Proposal
from domain.onboarding import FormQuestion
from domain.profiles import SampleProfile


class SampleReader(Protocol):
    """Measures sample files, in a process of its own with limits."""

    def profile(self, files: Sequence[tuple[Path, str]]) -> SampleProfile:
        """Return what was measured on the files of one feed, given as (path, name as dropped).

        Raises:
            BadInput: They can't be read; the sentence says what, where and what to do.
        """
        ...


class Configurator(Protocol):
    """Turns a profile and answers into a configuration that a reviewer can read."""

    def questions(self, profile: SampleProfile, *, team: str) -> Sequence[FormQuestion]:
        """Return what the sample cannot say, with proposed answers; `team` is the asker's."""
        ...

    def objections(self, profile: SampleProfile, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return question code to sentence for every answer that can't be right."""
        ...

    def propose(self, profile: SampleProfile, answers: Mapping[str, str]) -> Proposal:
        """Return the configuration for these answers, compared with what is agreed now."""
        ...

    def mend(self, proposal: Proposal, code: str, place: str) -> Proposal:
        """Return the proposal with one finding's fix applied, checked again.

        Raises:
            NotNow: The finding is gone or has no fix.
        """
        ...

    def restore(self, feed: str, at: str) -> Proposal:
        """Return the proposal that brings back the configuration before a commit.

        Raises:
            NotFound: The feed or the commit is unknown.
            NotNow: It is already so.
        """
        ...
