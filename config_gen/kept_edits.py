"""Keep what people edited in a proposal when it is built anew from other answers."""

from config_gen.documents import parse
from config_gen.rebasing import Side, rebased
from domain.configuration.changes import Proposal
from domain.configuration.feed_config import FeedConfig
from domain.errors import BadInput


def as_built(proposal: Proposal) -> Proposal:
    """Return the proposal with its document remembered as it was built, before anybody edits it."""
    return proposal.model_copy(update={"built_yaml": proposal.yaml})


def carried(proposal: Proposal) -> dict[str, object]:
    """Return what a proposal hands on to the one that takes its place after an edit."""
    return {
        "preview_columns": proposal.preview_columns,
        "preview_rows": proposal.preview_rows,
        "built_yaml": proposal.built_yaml,
    }


def with_edits(made: Proposal, earlier: Proposal) -> FeedConfig | str | None:
    """Return what was just made with the earlier edits on top of it.

    Returns:
        None where nothing was edited; a sentence for people where the edits do not fit what was made.
    """
    if not earlier.built_yaml or not made.yaml or earlier.yaml == earlier.built_yaml:
        return None
    fresh = parse(made.yaml.encode())
    built, edited = (parse(text.encode()) for text in (earlier.built_yaml, earlier.yaml))
    try:
        merged, _ = rebased(built, edited, fresh, Side.THEIRS)
    except BadInput:
        return "What you had edited does not fit these answers, so it is left out; look at the pieces again."
    return merged.model_copy(update={"revision": fresh.revision}) if merged else None
