"""Look things up in the configuration engine: whose file a sample is, what a version changed, exports."""

import logging
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from config_gen.difference import describe
from config_gen.documents import parse, parse_all
from config_gen.drift_renames import plain
from config_gen.exports import contract_from, dlt_schema, expectation_suite
from config_gen.file_names import without_copy_mark
from config_gen.naming import feed_name_from
from config_gen.questions import parse_answers
from config_gen.rebasing import Side, rebased
from config_gen.templates.choice import GOOD_FIT, NONE
from config_gen.templates.suggestion import suggest
from domain.configuration.changes import Proposal
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_views import Difference, ExportForm
from domain.configuration.onboarding import AnswerKind, FormQuestion
from domain.configuration.profiles import SampleProfile
from domain.configuration.reviews import FeedVersion, text_diff
from domain.errors import BadInput, NotFound
from domain.ids import FeedName
from domain.ports.change_host import FeedShelf

log = logging.getLogger("dogwatch.feed_library")

TEMPLATE = "template"
_ALIKE = 0.6
_KEPT, _LEAST_KEPT = 0.4, 3
_MOST_TEMPLATES = 3
_VERSIONS = 100
_WHOLE_SHA = 40


def everything_on(shelf: FeedShelf) -> list[FeedConfig]:
    """Return the agreed configurations, those left out that somebody broke by hand."""
    found, broken = parse_all(shelf.read_all())
    if broken:
        log.warning("agreed configurations that cannot be read are left out: %s", ", ".join(broken))
    return found


def objections_to(profile: SampleProfile, answers: Mapping[str, str]) -> dict[str, str]:
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


def feed_of(profile: SampleProfile, configs: Sequence[FeedConfig]) -> str:
    """Return the feed whose file this is: by its name and by columns that are mostly the same.

    Neither proves it alone: two feeds may send files of one name, and two may share their columns. Where one
    feed alone has that name, fewer columns do: what became of the others is better told than begun anew.
    """
    named = [config for config in configs if _is_named_after(profile, config)]
    names = {plain(column.name) for column in profile.columns}
    best, most = "", 0.0
    for config in named:
        agreed = {plain(column.source) for column in config.columns}
        alike = len(agreed & names) / max(1, len(agreed | names))
        kept = len(agreed & names)
        is_changed = (
            _is_exactly_named_after(profile, config)
            and len(named) == 1
            and kept >= max(_LEAST_KEPT, _KEPT * len(agreed))
        )
        if alike > most and (alike >= _ALIKE or is_changed):
            best, most = config.feed, alike
    return best


def agreed_sheet(profile: SampleProfile, configs: Sequence[FeedConfig], feed: str = "") -> str:
    """Return the sheet of the workbook that an agreed feed is read from, where another one was read.

    Empty where the feed reads no sheet of it, or where several feeds do and none is named.
    """
    if len(profile.sheets) < 2:
        return ""
    wanted = {
        config.format.sheet or ""
        for config in configs
        if (config.feed == feed if feed else _is_named_after(profile, config))
    } & set(profile.sheets)
    return wanted.pop() if len(wanted) == 1 and profile.sheet not in wanted else ""


def _is_named_after(profile: SampleProfile, config: FeedConfig) -> bool:
    """Return whether the file is called as the feed's files are."""
    pattern = config.source.file_pattern
    fits = bool(pattern) and fnmatchcase(without_copy_mark(profile.name), pattern)
    return fits or feed_name_from(profile.name) == config.feed


def _is_exactly_named_after(profile: SampleProfile, config: FeedConfig) -> bool:
    """Return whether no word parts the names, as `items` does `orders_items_7.csv` from `orders_*.csv`."""
    own = feed_name_from(profile.name)
    return own in (config.feed, feed_name_from((config.source.file_pattern or "").replace("*", "")))


def put_on_top(
    proposal: Proposal, theirs: FeedConfig | None, prefer: str
) -> tuple[FeedConfig | None, Sequence[str]]:
    """Return a proposed configuration on top of what is agreed now, or the places that both changed."""
    mine = parse(proposal.yaml.encode())
    if theirs is not None and proposal.base_yaml:
        base = parse(proposal.base_yaml.encode())
        return rebased(base, mine, theirs, Side(prefer) if prefer else None)
    # A feed that came or went meanwhile has no common base.
    if theirs is not None and not prefer:
        return None, ["the whole feed"]
    return (theirs if prefer == Side.THEIRS else mine), []


def template_question(profile: SampleProfile) -> FormQuestion | None:
    """Return the question which template to begin with, or None where none fits."""
    found = suggest(profile, _MOST_TEMPLATES)
    if not found:
        return None
    best = found[0]
    return FormQuestion(
        code=TEMPLATE,
        label="Begin with a template",
        kind=AnswerKind.CHOICE,
        proposed=best.template.name if best.score >= GOOD_FIT else NONE,
        choices=(
            *((each.template.name, f"{each.template.title}: fits {each.score:.0%}") for each in found),
            (NONE, "none of them"),
        ),
        help=f"{best.template.title}, because {'; '.join(best.reasons)}.".replace("*", "")[:240],
        required=False,
    )


def exported(config: FeedConfig, form: ExportForm) -> str:
    """Return the configuration in the words of another tool."""
    write = {
        ExportForm.ODCS: contract_from,
        ExportForm.DLT: dlt_schema,
        ExportForm.GX: expectation_suite,
    }[form]
    return write(config).decode()


def content_before(shelf: FeedShelf, feed: FeedName, at: str) -> bytes | None:
    """Return the feed's YAML before a commit, None when there was none.

    Raises:
        NotFound: The commit is no version of the feed.
    """
    versions = list(shelf.history(feed, _VERSIONS))
    place = _place_of(shelf, feed, versions, at)
    if place is None:
        raise NotFound(
            f"{at} is not in the history of {feed}", say=f"That version of {feed} is not in its history."
        )
    return _version_before(shelf, feed, versions, place)[1]


def _version_before(
    shelf: FeedShelf, feed: FeedName, versions: Sequence[FeedVersion], place: int
) -> tuple[str, bytes | None]:
    """Return the former version, as commit and content; an empty commit where there was none.

    A host may list both the commit that wrote a file and the merge that brought it: one version, twice.
    """
    content = shelf.read_feed(feed, versions[place].sha)
    for version in versions[place + 1 :]:
        former = shelf.read_feed(feed, version.sha)
        if former != content:
            return version.sha, former
    return "", None


def _place_of(shelf: FeedShelf, feed: FeedName, versions: Sequence[FeedVersion], at: str) -> int | None:
    """Return which version a commit is, newest first.

    A host may list the commit that wrote the file in place of the merge that brought it: then the version
    that holds what the merge holds is meant.
    """
    place = next((n for n, version in enumerate(versions) if version.sha.startswith(at)), None)
    if place is not None or len(at) != _WHOLE_SHA:
        return place
    content = shelf.read_feed(feed, at)
    if content is None:
        return None
    return next((n for n, one in enumerate(versions) if shelf.read_feed(feed, one.sha) == content), None)


def version_difference(shelf: FeedShelf, feed: FeedName, at: str) -> Difference:
    """Return what a version changed, the newest when `at` is empty.

    Raises:
        NotFound: There is no such version.
    """
    versions = list(shelf.history(feed, _VERSIONS))
    place = _place_of(shelf, feed, versions, at)
    if place is None:
        raise NotFound(f"{feed} at {at}", say=f"I find no version {at[:10]} of {feed}.")
    after = shelf.read_feed(feed, versions[place].sha)
    former, before = _version_before(shelf, feed, versions, place)
    old, new = (parse(content) if content else None for content in (before, after))
    return Difference(
        feed=feed,
        before=former[:10] or "nothing",
        after=versions[place].sha[:10],
        summary=tuple(describe(old, new)),
        diff=text_diff(before, after, f"feeds/{feed}.yaml"),
    )
