"""What people do with a file that drifted: carry the configuration over, or say that it is another feed."""

from bot.cards.model import Reply
from bot.commands.configuring.changes import change_of, editor_of, keep, profile_of
from bot.presenters.columns import column_cards
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.configuration.changes import ChangeKind, ChangeState
from domain.configuration.corrections import answers_in
from domain.errors import NotNow
from domain.identity.access import Act
from domain.proof.audit import AuditAct


def adopt(turn: Turn) -> Reply:
    """Let the configuration be carried over to the new file; the review opens by itself."""
    change = change_of(turn)
    person = editor_of(turn, change)
    if change.state is not ChangeState.ASKING or change.drift is None:
        raise NotNow("nothing to carry over", say="This change is past that step already.")
    keep(
        turn,
        change.model_copy(
            update={
                "state": ChangeState.BUILDING,
                "revision": change.revision + 1,
                "authors": change.authors | {person.id},
                "sentence": "",
            }
        ),
    )
    turn.record(AuditAct.CHANGE_ANSWERED, change.subject, feed=change.feed, drift=change.drift[:16])
    return Reply()


def another_feed(turn: Turn) -> Reply:
    """Treat the file as the first of a new feed."""
    change = change_of(turn)
    editor_of(turn, change)
    if change.state is not ChangeState.ASKING or change.drift is None:
        raise NotNow("no drift to set aside", say="This change is past that step already.")
    keep(
        turn,
        change.model_copy(
            update={
                "kind": ChangeKind.ONBOARD,
                "drift": None,
                "feed": "",
                "answers": answers_in(change.corrections),
                "sentence": "",
            }
        ),
    )
    turn.record(AuditAct.CHANGE_ANSWERED, change.subject, other="yes")
    return Reply(whispers=(sentence("Another feed", "Press *Answer*, and give it a name of its own."),))


def show_columns(turn: Turn) -> Reply:
    """Show everything that the sample says, column by column, to the one who asked."""
    turn.require(Act.ASK)
    return Reply(whispers=column_cards(profile_of(turn, change_of(turn))))
