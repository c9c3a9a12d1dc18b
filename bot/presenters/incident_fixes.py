"""What was planned and run for an incident, on its card: what fixed it, or that it did not help."""

from collections.abc import Sequence

from bot.cards.model import Link, Section
from bot.cards.text import md
from bot.presenters.plans import STATE_WORDS
from domain.investigation.incidents import Incident
from domain.remediation.fixes import Fix, FixState

_NO_HELP = frozenset({FixState.ROLLED_BACK, FixState.UNDO_FAILED, FixState.STOPPED})
_SHOWN = 3


def fix_sentence(incident: Incident, fixes: Sequence[Fix]) -> str:
    """Return what the newest run did for the incident, empty while nothing ran."""
    tried = [fix for fix in fixes if fix.undoes is None]
    ran = [fix for fix in tried if fix.state is FixState.VERIFIED or fix.state in _NO_HELP]
    if not ran:
        return ""
    last = ran[-1]
    if last.undone_at is not None:
        said = md("**{title}** was taken back by plan `{id}`.", title=last.title, id=last.undone_by or "")
        return said + (" The incident is still open." if incident.is_open else "")
    if last.state is FixState.VERIFIED:
        said = md("**Fixed by {title}**: it ran, and every check held.", title=last.title)
        return said + (" Press *Resolve* when you agree." if incident.is_open else "")
    undone = {
        FixState.ROLLED_BACK: "it did not help, and everything it did was undone",
        FixState.UNDO_FAILED: "it did not help, and undoing it failed too",
        FixState.STOPPED: "it was stopped",
    }[last.state]
    tail = " The incident is still open." if incident.is_open else ""
    return md("**Not fixed by {title}**: {undone}.{tail}", title=last.title, undone=undone, tail=tail)


def fix_section(fixes: Sequence[Fix]) -> Section:
    """Return one line for each plan, newest last."""
    lines = [
        md("**{state}** {title}{when} `{id}`", state=STATE_WORDS[fix.state][0], when=_when(fix),
           title=fix.title or fix.subject_name.partition("/")[2], id=fix.id)
        for fix in fixes[-_SHOWN:]
    ]  # fmt: skip
    return Section(heading="Fixes", text="\n".join(lines))


def fix_links(fixes: Sequence[Fix]) -> tuple[Link, ...]:
    """Return a link to the page of each plan."""
    return tuple(
        Link(label=f"Plan: {fix.title or fix.id}"[:70], target=f"/plans/{fix.id}") for fix in fixes[-_SHOWN:]
    )


def _when(fix: Fix) -> str:
    return "" if fix.ended_at is None else f" {fix.ended_at:%H:%M} UTC"
