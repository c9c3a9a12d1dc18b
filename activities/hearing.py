"""What was written beside a sample, taken as corrections once its columns are known."""

from collections.abc import Sequence

from domain.configuration.changes import ChangeState, ConfigChange, Proposal
from domain.configuration.corrections import Correction, replaced
from domain.configuration.profiles import SampleProfile
from domain.ports.configurator import Configurator


def heard_beside(
    configurator: Configurator, change: ConfigChange, profile: SampleProfile, known: Proposal | None
) -> tuple[tuple[Correction, ...], str]:
    """Return what counts of what was said, and why some of it can't be taken.

    What was said in the thread meanwhile counts more, being later. `known` is what is agreed of a known
    feed, whose columns may be called otherwise than those of a new one.
    """
    if not change.said:
        return change.corrections, ""
    found = configurator.hear(change.said, profile, known.yaml if known is not None else "")
    return replaced(found.corrections, change.corrections), found.objection if found.is_about_columns else ""


def said_beside_a_fit(
    fits: str, said: Sequence[Correction], objection: str, *, changes: bool
) -> dict[str, object]:
    """Return what becomes of a file that fits, by what was written beside it.

    What it changes is theirs to press who may: whoever drops a file need not be.
    """
    if objection:
        return {"sentence": f"{fits} {objection}"}
    if changes:
        return {"state": ChangeState.ASKING, "sentence": ""}
    return {"sentence": f"{fits} The configuration says already what you wrote."} if said else {}


def answers_kept(change: ConfigChange) -> dict[str, str]:
    """Return the answers that another sheet of the same workbook leaves as they are."""
    of_columns = ("sheet", "template", "reading:")
    named = {"feed": change.feed} if change.feed else {}
    return named | {code: text for code, text in change.answers.items() if not code.startswith(of_columns)}
