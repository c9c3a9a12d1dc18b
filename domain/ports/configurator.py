"""From a sample to a proposed configuration, as the doors and activities see it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from domain.configuration.changes import Proposal
from domain.configuration.corrections import Correction, Heard
from domain.configuration.feed_views import (
    Difference,
    DriftReport,
    Edited,
    ExportForm,
    LandedRows,
    Rebased,
    SearchHit,
    SuggestionKind,
    SuggestionView,
)
from domain.configuration.onboarding import FormQuestion
from domain.configuration.profiles import SampleProfile
from domain.ids import PersonId


class SampleReader(Protocol):
    """Measures sample files, in a process of its own with limits."""

    def profile(self, files: Sequence[tuple[Path, str]], sheet: str = "") -> SampleProfile:
        """Return what was measured on the files of one feed, given as (path, name as dropped).

        Of workbooks the sheet is read whose name stands in `sheet`; else the fullest.

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

    def guess(self, profile: SampleProfile, asker: PersonId) -> str:
        """Return what a language model makes of the columns, for `propose`; empty where there is no model.

        What it costs counts against the budget of `asker`.

        It takes as long as the model does, and a model that fails or is too slow is said in the proposal.
        """
        ...

    def propose(self, profile: SampleProfile, answers: Mapping[str, str], guesses: str = "") -> Proposal:
        """Return the configuration for these answers, compared with what is agreed now."""
        ...

    def hear(self, text: str, profile: SampleProfile, yaml: str = "") -> Heard:
        """Return what a message says about the columns and the key of a sample.

        Args:
            text: The message.
            profile: What was measured on the sample.
            yaml: The configuration as it is proposed, empty while there is none.
        """
        ...

    def correct(
        self, proposal: Proposal, corrections: Sequence[Correction], profile: SampleProfile
    ) -> Proposal:
        """Return the proposal with what people said; what does not fit any more is named in its summary."""
        ...

    def keep_edits(self, made: Proposal, earlier: Proposal, profile: SampleProfile) -> Proposal:
        """Return what was just made with what people had edited in the earlier proposal.

        Where an answer and an edit speak of the same place, the answer counts: it came later.
        """
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

    def retire(self, feed: str) -> Proposal:
        """Return the proposal that takes a feed away.

        Raises:
            NotNow: It is configured no more.
        """
        ...

    def sheet_of(self, profile: SampleProfile, feed: str) -> str:
        """Return the sheet that a known feed is read from, where the workbook has it and another was read.

        Empty otherwise. `feed` is empty where only the file's name tells the feed.
        """
        ...

    def recognise(self, profile: SampleProfile) -> str:
        """Return the known feed that a sample belongs to, or an empty string."""
        ...

    def drift(
        self, feed: str, former: SampleProfile, profile: SampleProfile, readers: Sequence[str] = ()
    ) -> DriftReport:
        """Return how a feed's new file differs from its former one, and whom that reaches.

        Args:
            feed: The known feed.
            former: Its former file as measured.
            profile: The new file as measured.
            readers: Feeds that were seen to read what this one writes, beside those that are declared.
        """
        ...

    def evolve(self, report: DriftReport, profile: SampleProfile) -> Proposal:
        """Return the agreed configuration carried over to the new file.

        Raises:
            NotFound: The feed is no longer configured.
        """
        ...

    def rebase(self, proposal: Proposal, prefer: str = "") -> Rebased:
        """Return the proposal on top of what is agreed now; `prefer` is `mine`, `theirs` or empty: ask.

        Raises:
            BadInput: The two do not fit together.
        """
        ...

    def form(self, yaml: str, piece: str) -> Sequence[FormQuestion]:
        """Return the inputs of one piece: `settings`, `column/<name>`, `rule/<id>` or `rule/new`.

        Raises:
            NotFound: There is no such piece.
        """
        ...

    def edit(
        self, yaml: str, piece: str, answers: Mapping[str, str], profile: SampleProfile | None
    ) -> Edited:
        """Return the proposal with a piece as it was filled in, or why it can't be."""
        ...

    def pieces(self, yaml: str) -> Sequence[str]:
        """Return the columns and rules of a configuration as pieces that `form` knows."""
        ...

    def suggestions(self, yaml: str, profile: SampleProfile) -> Sequence[SuggestionView]:
        """Return the steps and rules that the sample calls for, taken or not."""
        ...

    def toggle(self, yaml: str, profile: SampleProfile, kind: SuggestionKind, name: str) -> Proposal:
        """Return the proposal with one suggestion taken, or left out when it was taken."""
        ...

    def landed(self, yaml: str, profile: SampleProfile) -> LandedRows:
        """Return the sample's first rows as they would land."""
        ...

    def export(self, yaml: str, form: ExportForm) -> str:
        """Return the configuration in the words of another tool."""
        ...

    def search(self, word: str) -> Sequence[SearchHit]:
        """Return where a word stands in the agreed configurations."""
        ...

    def difference(self, feed: str, at: str = "") -> Difference:
        """Return what a version changed, the newest when `at` is empty.

        Raises:
            NotFound: The feed has no such version.
        """
        ...
