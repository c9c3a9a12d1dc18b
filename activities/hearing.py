"""What was written beside a sample, taken as corrections once its columns are known."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.configuration.changes import ChangeState, ConfigChange, Proposal
from domain.configuration.corrections import Correction, Heard, replaced
from domain.configuration.profiles import SampleProfile
from domain.ids import PersonId
from domain.ports.configurator import Configurator


@dataclass(frozen=True)
class HeardBeside:
    """What counts of all that was said, whose words those are, and why some of it can't be taken."""

    corrections: tuple[Correction, ...]
    authors: frozenset[PersonId]
    objection: str

    def kept(self) -> dict[str, object]:
        """Return the fields of the change that keep it; nothing of it waits any more."""
        return {
            "corrections": self.corrections,
            "authors": self.authors,
            "said_since": (),
            "sentence": self.objection,
        }


def heard_beside(
    configurator: Configurator, change: ConfigChange, profile: SampleProfile, known: Proposal | None
) -> HeardBeside:
    """Return what was said beside a sample, in its thread, and while it was read; the latest counts most.

    `known` is what is agreed of a known feed, whose columns may be called otherwise than those of a new one.
    """

    def hear(text: str) -> Heard:
        return configurator.hear(text, profile, known.yaml if known is not None else "") if text else Heard()

    beside = hear(change.said)
    since = [(person, hear(text)) for person, text in change.said_since]
    taken = replaced(beside.corrections, change.corrections)
    for _, later in since:
        taken = replaced(taken, later.corrections)
    return HeardBeside(
        taken,
        change.authors | {person for person, one in since if one.corrections},
        " ".join(
            one.objection
            for one in (beside, *(one for _, one in since))
            if one.is_about_columns and one.objection
        ),
    )


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
