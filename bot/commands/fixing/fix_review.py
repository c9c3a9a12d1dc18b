"""Review an override: somebody else says whether it was right, and what follows."""

from bot.cards.model import Action, ActionStyle, Dialog, Input, InputKind, Reply
from bot.commands.fixing.fix import fix_of
from bot.presenters.sentences import sentence, stored_sentence
from bot.turn import Turn
from domain.acts.fix_moves import owed_reviews
from domain.acts.where_begun import tell_people
from domain.errors import BadInput, NotAllowed, NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.proof.audit import AuditAct
from domain.remediation.fixes import Override
from domain.stories import StoryKind
from domain.text.redaction import mask_shapes

SHORTEST_REASON = 10


def ask_review(turn: Turn) -> Reply:
    """Open the dialog of a review."""
    _, override = _may_review(turn)
    return Reply(
        dialog=Dialog(
            title="Review the override",
            inputs=(
                Input(
                    name="review",
                    kind=InputKind.LONG_TEXT,
                    label="Was it right, and what follows?",
                    is_required=True,
                ),
            ),
            submit=Action(
                verb="fix.review_says",
                label="Record the review",
                subject=turn.subject,
                arguments={"override": override.id},
                style=ActionStyle.PRIMARY,
            ),
        )
    )


def take_review(turn: Turn) -> Reply:
    """Record the review of an override by somebody else."""
    person, override = _may_review(turn)
    words = mask_shapes(turn.incoming.inputs.get("review", "").strip())
    if len(words) < SHORTEST_REASON:
        return Reply(input_errors={"review": "One sentence at least: it is read later."})
    reviewed = {"reviewed_by": person.id, "review": words[:2000]}
    turn.uow.guards.save_override(override.model_copy(update=reviewed))
    fix = turn.uow.fixes.get(override.fix)
    turn.record(AuditAct.OVERRIDE_REVIEWED, fix.subject, override=override.id, review=words[:200])
    text = f"{person.name} reviewed the override of {fix.title} (plan {fix.id}): {words[:1000]}"
    what = (f"reviewed#{override.id}", "Override reviewed", text)
    tell_people(turn.uow, (override.person,), fix.place, what, stored_sentence, turn.now)
    turn.uow.postings.refresh(fix.subject, turn.now)
    turn.nudge(StoryKind.REMEDIATION, fix.id)
    return Reply(whispers=(sentence("Recorded", "The override is reviewed."),))


def _may_review(turn: Turn) -> tuple[Person, Override]:
    person = turn.require(Act.DECIDE)
    fix = fix_of(turn)
    owed = next((one.id for one in owed_reviews(turn.uow, fix)), "")
    asked = turn.arguments.get("override") or owed or fix.override
    if not asked:
        raise BadInput("no override", say="No override of this plan waits for a review.")
    override = turn.uow.guards.override(asked)
    if override.reviewed_by is not None:
        raise NotNow("reviewed before", say="That override is reviewed already.")
    if person.id == override.person or person.id in fix.authors:
        raise NotAllowed(
            "own override", say="Somebody else has to review this: you used the override or made the plan."
        )
    return person, override
