"""The configuration engine behind its ports."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from config_gen.assembly import assemble
from config_gen.difference import describe
from config_gen.documents import dump, parse
from config_gen.profile_union import united
from config_gen.questions import parse_answers, questions_for
from config_gen.rules.patching import apply_fix
from config_gen.rules.validation import validate
from config_gen.samples.child import profile_in_child
from domain.changes import FindingView, Proposal
from domain.errors import BadInput, NotFound, NotNow
from domain.feed_config import FeedConfig
from domain.findings import Finding
from domain.ids import FeedName, feed_name
from domain.onboarding import FormQuestion
from domain.ports.change_host import FeedShelf
from domain.profiles import SampleProfile
from domain.reviews import text_diff

_PREVIEW_ROWS = 5


class ChildSampleReader:
    """Implements `SampleReader`: parsing happens in a process of its own, with limits."""

    def profile(self, files: Sequence[tuple[Path, str]]) -> SampleProfile:
        """Return what was measured on the files of one feed; raises `BadInput`."""
        if not files:
            raise BadInput("no file", say="There is no file to read.", next_step="Drop the sample again.")
        profiles = [profile_in_child(path, name) for path, name in files]
        return profiles[0] if len(profiles) == 1 else united(profiles)


class EngineConfigurator:
    """Implements `Configurator` with the engine and the agreed configurations of the others."""

    def __init__(self, shelf: FeedShelf, environment: str) -> None:
        self._shelf = shelf
        self._environment = environment

    def questions(self, profile: SampleProfile, *, team: str) -> Sequence[FormQuestion]:
        """Return what the sample cannot say, with proposed answers."""
        return questions_for(profile, team=team, channel="data-feeds")

    def objections(self, profile: SampleProfile, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return question code to sentence for every answer that can't be right."""
        found: dict[str, str] = {}
        tried = dict(answers)
        while True:
            try:
                parse_answers(profile, tried)
            except BadInput as error:
                code = next((c for c in tried if f" {c} " in f" {error} " and c not in found), "feed")
                if code in found or not tried.get(code):
                    return found | {code: error.sentence()}
                found[code] = error.sentence()
                tried[code] = ""  # the proposed answer takes its place, so that the next one is heard too
                continue
            return found

    def propose(self, profile: SampleProfile, answers: Mapping[str, str]) -> Proposal:
        """Return the configuration for these answers, compared with what is agreed now."""
        parsed = parse_answers(profile, dict(answers))
        previous = self._agreed(parsed.feed)
        config = assemble(profile, parsed)
        if previous is not None:
            config = config.model_copy(update={"revision": previous.revision + 1})
        return self._proposal(config, previous, profile)

    def mend(self, proposal: Proposal, code: str, place: str) -> Proposal:
        """Return the proposal with one finding's fix applied, checked again."""
        config = parse(proposal.yaml.encode())
        previous = self._agreed(config.feed)
        found = self._findings(config, previous)
        finding = next((f for f in found if f.code == code and f.place == place and f.fix), None)
        if finding is None:
            raise NotNow(f"{code} at {place} is gone", say="That finding is gone already.")
        return self._proposal(apply_fix(config, finding), previous, None)

    def restore(self, feed: str, at: str) -> Proposal:
        """Return the proposal that brings back the configuration before a commit."""
        name = feed_name(feed)
        versions = list(self._shelf.history(name, 200))
        position = next((n for n, version in enumerate(versions) if version.sha == at), None)
        if position is None:
            raise NotFound(
                f"{at} is not in the history of {feed}", say=f"That version of {feed} is not in its history."
            )
        former = (
            self._shelf.read_feed(name, versions[position + 1].sha) if position + 1 < len(versions) else None
        )
        current = self._shelf.read_feed(name)
        if former == current:
            raise NotNow("nothing to revert", say=f"{feed} is already as it was before that change.")
        if former is None:
            return self._removal(name, current)
        return self._proposal(parse(former), parse(current) if current else None, None, yaml=former)

    def _removal(self, feed: FeedName, current: bytes | None) -> Proposal:
        config = parse(current) if current else None
        return Proposal(
            feed=feed,
            yaml="",
            diff=text_diff(current, None, _path(feed)),
            summary=tuple(describe(config, None)),
            criticality=config.criticality.value if config else "",
            owner=config.owner.team if config else "",
            environment=self._environment,
        )

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
        return Proposal(
            feed=config.feed,
            yaml=content.decode(),
            diff=text_diff(before, content, _path(config.feed)),
            summary=tuple(describe(previous, config)),
            findings=tuple(_view(finding) for finding in findings),
            blocks=any(finding.blocks for finding in findings),
            criticality=config.criticality.value,
            owner=config.owner.team,
            environment=self._environment,
            schedule=_schedule(config),
            target=_target(config),
            columns=len(config.columns),
            preview_columns=tuple(c.name for c in profile.columns) if profile else (),
            preview_rows=profile.preview[:_PREVIEW_ROWS] if profile else (),
        )

    def _findings(self, config: FeedConfig, previous: FeedConfig | None) -> list[Finding]:
        others = [
            other
            for name in self._shelf.list_feeds()
            if name != config.feed and (other := self._agreed(name))
        ]
        return validate(config, others, previous)

    def _agreed(self, feed: str) -> FeedConfig | None:
        content = self._shelf.read_feed(FeedName(feed))
        return parse(content) if content else None


def _view(finding: Finding) -> FindingView:
    return FindingView(
        code=finding.code,
        severity=finding.severity.value,
        place=finding.place,
        sentence=finding.sentence,
        fix=finding.fix.label if finding.fix else "",
    )


def _schedule(config: FeedConfig) -> str:
    schedule = config.schedule
    return f"{schedule.cron} {schedule.time_zone}" if schedule.cron else "on arrival"


def _target(config: FeedConfig) -> str:
    newest = config.target.gold or config.target.silver or config.target.bronze
    return f"{newest.database}.{newest.table}"


def _path(feed: str) -> str:
    return f"feeds/{feed}.yaml"
