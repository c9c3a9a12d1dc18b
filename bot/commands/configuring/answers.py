"""The questions that a sample cannot answer: opened as a dialog, checked, and taken."""

from collections.abc import Mapping, Sequence

from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind, Reply
from bot.cards.text import md, quote
from bot.commands.configuring.changes import change_of, editor_of, end_approval, form_of, keep, profile_of
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.configuration.corrections import of_columns
from domain.configuration.onboarding import AnswerKind, FormQuestion
from domain.identity.people import Person
from domain.proof.audit import AuditAct

_SHEET = "sheet"


def open_questions(turn: Turn) -> Reply:
    """Open the dialog, with what was answered before or the proposed answers filled in."""
    change = change_of(turn)
    editor_of(turn, change)
    questions = form_of(turn, change)
    inputs = tuple(input_of(number, question, change.answers) for number, question in enumerate(questions))
    return Reply(
        dialog=Dialog(
            title="What no sample can say",
            intro=md("About {name}. Everything else I read from the file.", name=_names(turn)),
            inputs=inputs,
            submit=Action(
                verb="answers.submit",
                label="Build the configuration",
                subject=turn.subject,
                style=ActionStyle.PRIMARY,
            ),
        )
    )


def take_answers(turn: Turn) -> Reply:
    """Check the answers one by one; when all can be right, let the configuration be built."""
    change = change_of(turn)
    person = editor_of(turn, change)
    questions = form_of(turn, change)
    given = turn.incoming.inputs
    answers = {
        question.code: given.get(f"q{number}", "").strip() for number, question in enumerate(questions)
    }
    objections = {
        f"q{number}": said
        for number, question in enumerate(questions)
        if (said := _objection(question, answers[question.code]))
    }
    sheet = answers.get(_SHEET, "")
    if not objections and sheet and sheet != profile_of(turn, change).sheet:
        return _read_again(turn, change, person, answers, sheet)
    by_code = (
        {} if objections else dict(turn.tools.configurator.objections(profile_of(turn, change), answers))
    )
    objections |= {f"q{n}": by_code[q.code] for n, q in enumerate(questions) if q.code in by_code}
    objections |= _of_a_taken_name(turn, change, questions, answers)
    if objections:
        return Reply(input_errors=objections)
    change = end_approval(turn, change, Verdict.SUPERSEDED)
    feed = answers.get("feed", change.feed)
    keep(
        turn,
        change.model_copy(
            update={
                "answers": answers,
                "corrections": of_columns(change.corrections),  # the dialog showed the others
                "feed": feed,
                "state": ChangeState.BUILDING,
                "revision": change.revision + 1,
                "authors": change.authors | {person.id},
                "sentence": "",
            }
        ),
    )
    turn.record(AuditAct.CHANGE_ANSWERED, change.subject, feed=feed, revision=str(change.revision + 1))
    return Reply()


def _read_again(
    turn: Turn, change: ConfigChange, person: Person, answers: Mapping[str, str], sheet: str
) -> Reply:
    """Read another sheet of the workbook; what was answered stays filled in."""
    change = end_approval(turn, change, Verdict.SUPERSEDED)
    keep(
        turn,
        change.model_copy(
            update={
                "answers": dict(answers),
                "sheet": sheet,
                "state": ChangeState.READING,
                "proposal": None,
                "revision": change.revision + 1,
                "authors": change.authors | {person.id},
                "sentence": "",
            }
        ),
    )
    turn.record(AuditAct.CHANGE_ANSWERED, change.subject, sheet=sheet[:100])
    again = f"I read the sheet {sheet} now. Press Answer again when its columns are there."
    return Reply(whispers=(sentence("Another sheet", again),))


def _of_a_taken_name(
    turn: Turn, change: ConfigChange, questions: Sequence[FormQuestion], answers: Mapping[str, str]
) -> dict[str, str]:
    """Object to a new feed under the name of an agreed one, which it would replace as a whole."""
    feed = answers.get("feed", "")
    place = next((n for n, question in enumerate(questions) if question.code == "feed"), None)
    if place is None or change.kind is not ChangeKind.ONBOARD or feed == change.feed:
        return {}
    if turn.uow.feeds.find(feed) is None:
        return {}
    said = f"There is a feed {feed} already. Give this one another name; or drop the file again and write"
    return {f"q{place}": f"{said} {feed} beside it, to change that one."}


def _names(turn: Turn) -> str:
    return ", ".join(file.name for file in change_of(turn).files[:3]) or "this feed"


def input_of(number: int, question: FormQuestion, answers: Mapping[str, str]) -> Input:
    """Return the input of a question: named `q<number>`, with the given or the proposed answer."""
    is_choice = question.kind is AnswerKind.CHOICE
    return Input(
        name=f"q{number}",
        kind=InputKind.CHOICE if is_choice else InputKind.TEXT,
        label=quote(question.label),
        value=answers.get(question.code, question.proposed),
        hint=quote(question.help),
        is_required=question.required,
        choices=tuple(Choice(value=value, label=quote(label)) for value, label in question.choices),
    )


def _objection(question: FormQuestion, answer: str) -> str:
    if question.required and not answer:
        return "I need an answer here."
    if (
        question.kind is AnswerKind.CHOICE
        and answer
        and answer not in {value for value, _ in question.choices}
    ):
        return "Choose one of the answers."
    return ""
