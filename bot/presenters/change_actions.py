"""The buttons of a configuration change, by where it stands."""

from bot.cards.model import Action, ActionStyle
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal

_MOST_FIXES = 5
# In review nothing blocks, and each fix asks the approvers anew.
_FIXES_IN_REVIEW = 2


def change_actions(change: ConfigChange, proposal: Proposal | None) -> tuple[Action, ...]:
    """Return what can be done with the change now."""
    made = _by_state(change, proposal)
    columns = Action(verb="change.columns", label="Columns and evidence", subject=change.subject)
    return (*made[:1], columns, *made[1:]) if change.profile is not None and made else made


def _by_state(change: ConfigChange, proposal: Proposal | None) -> tuple[Action, ...]:
    subject = change.subject
    everything = Action(verb="change.everything", label="Show everything", subject=subject)
    take_back = Action(
        verb="change.withdraw",
        label="Withdraw",
        subject=subject,
        style=ActionStyle.DANGER,
        confirm="Take this change back? Nothing will be merged.",
    )
    preview = Action(verb="change.preview", label="Preview rows", subject=subject)
    seen = (preview,) if change.profile is not None else ()
    edits = () if change.goes_back else (_edit(subject),)
    if change.state is ChangeState.ASKING and change.drift is not None:
        return (
            Action(
                verb="change.adopt",
                label="Make the pull request",
                subject=subject,
                style=ActionStyle.PRIMARY,
            ),
            Action(verb="change.other", label="It is another feed", subject=subject),
            take_back,
        )
    if change.state is ChangeState.ASKING:
        answer = Action(verb="answers.open", label="Answer", subject=subject, style=ActionStyle.PRIMARY)
        return (answer, *(edits if change.proposal is not None else ()), take_back)
    if change.state is ChangeState.NEEDS_FIXING and change.rebase == "asked":
        sides = [
            Action(verb="change.side", label=label, subject=subject, arguments={"side": side})
            for side, label in (("mine", "Keep mine"), ("theirs", "Keep theirs"))
        ]
        return (*sides, everything, take_back)
    if change.state is ChangeState.NEEDS_FIXING and proposal is not None:
        fixes = _fixes(subject, proposal, _MOST_FIXES, ActionStyle.PRIMARY)
        return (*fixes, *edits, *seen, everything, take_back)
    if change.state is ChangeState.IN_REVIEW:
        fixes = _fixes(subject, proposal, _FIXES_IN_REVIEW) if proposal and edits else ()
        return (everything, *edits, *seen, *fixes, take_back)
    if change.state is ChangeState.MERGED:
        return _of_merged(change, everything)
    if change.can_begin_again:
        is_same = change.is_undecided or change.goes_back
        label = "Ask again" if is_same else "Change and ask again"
        return (
            Action(verb="change.again", label=label, subject=subject, style=ActionStyle.PRIMARY),
            everything,
        )
    return ()


def _fixes(
    subject: str, proposal: Proposal, most: int, style: ActionStyle = ActionStyle.PLAIN
) -> tuple[Action, ...]:
    """Return buttons for findings that mend themselves, what blocks first."""
    mending = [(number, found) for number, found in enumerate(proposal.findings) if found.fix]
    mending.sort(key=lambda pair: pair[1].severity != "error")
    return tuple(
        Action(
            verb="change.fix",
            label=f"Fix {finding.code}: {finding.fix}"[:70],
            subject=subject,
            style=style if finding.severity == "error" else ActionStyle.PLAIN,
            arguments={"code": finding.code, "n": str(number)},
        )
        for number, finding in mending[:most]
    )


def _edit(subject: str) -> Action:
    return Action(verb="change.edit", label="Edit", subject=subject)


def _of_merged(change: ConfigChange, everything: Action) -> tuple[Action, ...]:
    undo = Action(
        verb="feed.revert",
        label="Revert",
        arguments={"feed": change.feed, "commit": change.head_sha},
        style=ActionStyle.DANGER,
        confirm=f"Ask the approvers to undo this change of {change.feed}?",
    )
    if change.kind is ChangeKind.RETIRE:
        return (everything,)
    show = Action(verb="feed.show", label="Show the feed", arguments={"feed": change.feed})
    return (show, everything) if change.kind is ChangeKind.REVERT else (show, everything, undo)
