"""The configuration engine behind its ports."""

from collections.abc import Callable, Mapping, Sequence

from config_gen.assembly import assemble
from config_gen.difference import describe
from config_gen.documents import dump, parse
from config_gen.drift import compare
from config_gen.editing import Objections, edited, form_for
from config_gen.evolution import as_agreed, readers_hit, where_drifted
from config_gen.kept_edits import as_built, carried, with_edits
from config_gen.model_guesses import ask_for_guesses, guesses_from, with_guesses, with_what_is_missing
from config_gen.questions import parse_answers, questions_for
from config_gen.rules.patching import apply_fix
from config_gen.rules.validation import validate
from config_gen.search import find_word
from config_gen.suggested import landed, suggestions_for, toggled
from config_gen.templates.choice import NONE, choose
from domain.configuration.changes import Proposal
from domain.configuration.corrections import Correction, Heard
from domain.configuration.feed_config import FeedConfig
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
from domain.configuration.findings import Finding
from domain.configuration.onboarding import FormQuestion
from domain.configuration.profiles import SampleProfile
from domain.configuration.reviews import text_diff
from domain.errors import NotFound, NotNow
from domain.ids import FeedName, PersonId, feed_name
from domain.ports.change_host import FeedShelf
from domain.ports.language_model import LanguageModel
from runtime.wiring.corrections import heard_in, with_corrections
from runtime.wiring.feed_library import (
    TEMPLATE,
    agreed_sheet,
    content_before,
    everything_on,
    exported,
    feed_of,
    objections_to,
    put_on_top,
    template_question,
    version_difference,
)
from runtime.wiring.proposal_facts import (
    facts_of,
    for_approvers,
    path_of,
    removal_of,
    schedule_of,
    target_of,
    view_of,
)

_PREVIEW_ROWS = 5


class EngineConfigurator:
    """Implements `Configurator` with the engine and the agreed configurations of the others."""

    def __init__(
        self,
        shelf: FeedShelf,
        environment: str,
        model: LanguageModel | None = None,
        channel_of: Callable[[str], str] = lambda team: "data-feeds",
    ) -> None:
        self._shelf = shelf
        self._channel_of = channel_of
        self._environment = environment
        self._model = model

    def questions(self, profile: SampleProfile, *, team: str) -> Sequence[FormQuestion]:
        """Return what the sample cannot say, with proposed answers."""
        template = choose(profile)
        asked = questions_for(profile, team=team, channel=self._channel_of(team), template=template)
        fitting = template_question(profile)
        return [*asked, fitting] if fitting is not None else asked

    def objections(self, profile: SampleProfile, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return question code to sentence for every answer that can't be right."""
        return objections_to(profile, answers)

    def guess(self, profile: SampleProfile, asker: PersonId) -> str:
        """Return what the language model makes of the columns, as JSON; empty where there is no model."""
        return ask_for_guesses(profile, self._model, asker).model_dump_json() if self._model else ""

    def propose(self, profile: SampleProfile, answers: Mapping[str, str], guesses: str = "") -> Proposal:
        """Return the configuration for these answers, compared with what is agreed now."""
        parsed = parse_answers(profile, dict(answers))
        previous = self._agreed(parsed.feed)
        config = assemble(profile, parsed, choose(profile, answers.get(TEMPLATE, "")))
        if previous is not None:
            config = config.model_copy(update={"revision": previous.revision + 1})
        said = guesses_from(guesses, is_asked=self._model is not None)
        made = as_built(self._proposal(with_guesses(config, said), previous, profile))
        return made.model_copy(update={"summary": with_what_is_missing(made.summary, said)})

    def hear(self, text: str, profile: SampleProfile, yaml: str = "") -> Heard:
        """Return what a message says about the columns and the key of a sample."""
        return heard_in(text, profile, yaml)

    def correct(
        self, proposal: Proposal, corrections: Sequence[Correction], profile: SampleProfile
    ) -> Proposal:
        """Return the proposal with what people said; what does not fit any more is named in its summary."""
        before = parse(proposal.yaml.encode())
        previous = self._agreed(before.feed)
        config, left_out = with_corrections(before, corrections)
        made = self._proposal(config, previous, profile)
        told = set(describe(previous, before))
        kept = (line for line in proposal.summary if line not in told)
        return made.model_copy(
            update={"summary": (*made.summary, *kept, *left_out), "built_yaml": proposal.built_yaml}
        )

    def keep_edits(self, made: Proposal, earlier: Proposal, profile: SampleProfile) -> Proposal:
        """Return what was just made with what people had edited in the earlier proposal."""
        kept = with_edits(made, earlier)
        if kept is None:
            return made
        if isinstance(kept, str):
            return made.model_copy(update={"summary": (*made.summary, kept)})
        proposal = self._proposal(kept, self._agreed(kept.feed), profile)
        return proposal.model_copy(update={"built_yaml": made.yaml})

    def mend(self, proposal: Proposal, code: str, place: str) -> Proposal:
        """Return the proposal with one finding's fix applied, checked again."""
        config = parse(proposal.yaml.encode())
        previous = self._agreed(config.feed)
        found = self._findings(config, previous)
        finding = next((f for f in found if f.code == code and f.place == place and f.fix), None)
        if finding is None:
            raise NotNow(f"{code} at {place} is gone", say="That finding is gone already.")
        mended = self._proposal(apply_fix(config, finding), previous, None)
        return mended.model_copy(update=carried(proposal))

    def restore(self, feed: str, at: str) -> Proposal:
        """Return the proposal that brings back the configuration before a commit."""
        name = feed_name(feed)
        former = content_before(self._shelf, name, at)
        current = self._shelf.read_feed(name)
        if former == current:
            raise NotNow("nothing to revert", say=f"{feed} is already as it was before that change.")
        if former is None:
            return removal_of(name, current, self._environment, self._others(name))
        made = self._proposal(parse(former), parse(current) if current else None, None, yaml=former)
        return for_approvers(made)

    def retire(self, feed: str) -> Proposal:
        """Return the proposal that takes a feed away."""
        name = feed_name(feed)
        return removal_of(name, self._shelf.read_feed(name), self._environment, self._others(name))

    def sheet_of(self, profile: SampleProfile, feed: str) -> str:
        """Return the sheet that a known feed is read from, where the workbook has it and another was read."""
        return agreed_sheet(profile, self._everything(), feed) if len(profile.sheets) > 1 else ""

    def recognise(self, profile: SampleProfile) -> str:
        """Return the known feed that a sample belongs to, or an empty string."""
        return feed_of(profile, self._everything())

    def drift(
        self, feed: str, former: SampleProfile, profile: SampleProfile, readers: Sequence[str] = ()
    ) -> DriftReport:
        """Return how a feed's new file differs from its former one, and whom that reaches."""
        agreed = self._agreed(feed)
        found = compare(as_agreed(former, agreed) if agreed else former, profile)
        hit = readers_hit(agreed, self._others(feed), found, readers) if agreed else ()
        return DriftReport(feed=feed, drift=found, compared_with=former.name, readers_hit=hit)

    def evolve(self, report: DriftReport, profile: SampleProfile) -> Proposal:
        """Return the agreed configuration carried over to the new file; raises `NotFound`."""
        agreed = self._known(report.feed)
        made = self._proposal(where_drifted(agreed, profile, report.drift), agreed, profile)
        return as_built(for_approvers(made))

    def rebase(self, proposal: Proposal, prefer: str = "") -> Rebased:
        """Return the proposal on top of what is agreed now; raises `BadInput`."""
        theirs = self._agreed(proposal.feed)
        after, conflicts = put_on_top(proposal, theirs, prefer)
        if after is None:
            return Rebased(conflicts=tuple(conflicts))
        revision = theirs.revision + 1 if theirs else 1
        after = after.model_copy(update={"revision": revision})
        made = self._proposal(after, theirs, None)
        return Rebased(proposal=made.model_copy(update=carried(proposal)))

    def form(self, yaml: str, piece: str) -> Sequence[FormQuestion]:
        """Return the inputs of one piece; raises `NotFound`."""
        return form_for(parse(yaml.encode()), piece)

    def pieces(self, yaml: str) -> Sequence[str]:
        """Return the columns and rules of a configuration as pieces."""
        config = parse(yaml.encode())
        columns = [f"column/{column.name}" for column in config.columns]
        return [*columns, *(f"rule/{rule.id}" for rule in config.quality.rules)]

    def edit(
        self, yaml: str, piece: str, answers: Mapping[str, str], profile: SampleProfile | None
    ) -> Edited:
        """Return the proposal with a piece as it was filled in, or why it can't be."""
        config = parse(yaml.encode())
        previous = self._agreed(config.feed)
        if previous is not None and config.revision <= previous.revision:
            config = config.model_copy(update={"revision": previous.revision + 1})
        try:
            after = edited(config, piece, answers, self._others(config.feed), previous)
        except Objections as error:
            return Edited(objections=error.inputs)
        return Edited(proposal=self._proposal(after, previous, profile))

    def suggestions(self, yaml: str, profile: SampleProfile) -> Sequence[SuggestionView]:
        """Return the steps and rules that the sample calls for, taken or not."""
        config = parse(yaml.encode())
        return suggestions_for(config, profile, choose(profile, config.provenance.template or NONE))

    def toggle(self, yaml: str, profile: SampleProfile, kind: SuggestionKind, name: str) -> Proposal:
        """Return the proposal with one suggestion taken, or left out when it was taken."""
        config = parse(yaml.encode())
        template = choose(profile, config.provenance.template or NONE)
        after = toggled(config, profile, template, kind, name)
        return self._proposal(after, self._agreed(config.feed), profile)

    def landed(self, yaml: str, profile: SampleProfile) -> LandedRows:
        """Return the sample's first rows as they would land."""
        return landed(parse(yaml.encode()), profile)

    def export(self, yaml: str, form: ExportForm) -> str:
        """Return the configuration in the words of another tool."""
        return exported(parse(yaml.encode()), form)

    def search(self, word: str) -> Sequence[SearchHit]:
        """Return where a word stands in the agreed configurations."""
        return find_word(self._everything(), word)

    def difference(self, feed: str, at: str = "") -> Difference:
        """Return what a version changed; raises `NotFound`."""
        return version_difference(self._shelf, feed_name(feed), at)

    def _proposal(
        self,
        config: FeedConfig,
        previous: FeedConfig | None,
        profile: SampleProfile | None,
        *,
        yaml: bytes | None = None,
    ) -> Proposal:
        content = yaml or dump(config)
        findings = self._findings(config, previous)
        before = self._shelf.read_feed(FeedName(config.feed))
        shown = landed(config, profile) if profile else LandedRows()
        return Proposal(
            feed=config.feed,
            yaml=content.decode(),
            diff=text_diff(before, content, path_of(config.feed)),
            summary=tuple(describe(previous, config)),
            findings=tuple(view_of(finding) for finding in findings),
            blocks=any(finding.blocks for finding in findings),
            criticality=config.criticality.value,
            owner=config.owner.team,
            environment=self._environment,
            schedule=schedule_of(config),
            target=target_of(config),
            columns=len(config.columns),
            facts=facts_of(config),
            base_yaml=before.decode() if before else "",
            preview_columns=shown.columns,
            preview_rows=shown.rows[:_PREVIEW_ROWS],
            template=config.provenance.template or "",
        )

    def _findings(self, config: FeedConfig, previous: FeedConfig | None) -> list[Finding]:
        return validate(config, self._others(config.feed), previous)

    def _everything(self) -> list[FeedConfig]:
        return everything_on(self._shelf)

    def _others(self, feed: str) -> list[FeedConfig]:
        return [config for config in self._everything() if config.feed != feed]

    def _known(self, feed: str) -> FeedConfig:
        agreed = self._agreed(feed)
        if agreed is None:
            raise NotFound(f"{feed} is not configured", say=f"{feed} is not configured any more.")
        return agreed

    def _agreed(self, feed: str) -> FeedConfig | None:
        content = self._shelf.read_feed(FeedName(feed))
        return parse(content) if content else None
