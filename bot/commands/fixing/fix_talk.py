"""Approvers who want to know more, or want somebody else to look: ask, answer, delegate."""

from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind, Reply
from bot.cards.text import md, quote
from bot.commands.fixing.fix import fix_of
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.acts.fix_moves import keep_fix
from domain.acts.notice_calls import called_at
from domain.approval.approvals import ApprovalRequest, Verdict
from domain.approval.policy import who_could
from domain.errors import NotAllowed, NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.ids import ApprovalId
from domain.proof.audit import AuditAct
from domain.remediation.fixes import Question
from domain.text.redaction import mask_shapes

_MOST_QUESTIONS = 20
_QUESTION = "question"
"""Which one a dialog asks to answer, by its place among all of the plan's."""


def open_question(turn: Turn) -> Reply:
    """Open the dialog of a question."""
    turn.require(Act.DECIDE)
    _pending(turn)
    return _dialog(turn, "Ask about this plan", "fix.ask_this", "What do you want to know?", "Ask")


def take_question(turn: Turn) -> Reply:
    """Put the question where the plan was begun, and on the card; the request stays open."""
    person = turn.require(Act.DECIDE)
    text = _text(turn)
    if not text:
        return Reply(input_errors={"text": "What is the question?"})
    fix = fix_of(turn)
    if len(fix.questions) >= _MOST_QUESTIONS:
        raise NotNow("too many questions", say="This plan has twenty questions. Talk to each other.")
    question = Question(asked_by=person.id, text=text, at=turn.now)
    keep_fix(turn.uow, fix.model_copy(update={"questions": (*fix.questions, question)}), turn.now)
    turn.record(AuditAct.QUESTION_ASKED, fix.subject, text=text[:200])
    about = {"who": person.name, "title": fix.title or fix.subject_name, "id": fix.id, "text": text}
    asked = md("{who} asks about **{title}** (plan `{id}`): {text}", **about)
    answer = Action(verb="fix.answer", label="Answer", subject=fix.subject)
    card = sentence("A question", asked, actions=(answer,))
    called = called_at(turn.uow, (fix.requested_by,), fix.place)
    turn.say_at(fix.place, card.model_copy(update={"calls": called}))
    return Reply(whispers=(sentence("Asked", "The question stands on the card and where it was begun."),))


def open_answer(turn: Turn) -> Reply:
    """Open the dialog of an answer."""
    fix = fix_of(turn)
    turn.require(Act.ASK)
    open_ones = [question for question in fix.questions if question.answered_by is None]
    if not open_ones:
        raise NotNow("no open question", say="There is no open question about this plan.")
    asked = {_QUESTION: str(fix.questions.index(open_ones[0]))}
    return _dialog(turn, "Answer", "fix.answer_this", open_ones[0].text, "Answer", asked)


def take_answer(turn: Turn) -> Reply:
    """Answer the question that the dialog showed: somebody else may have answered it meanwhile."""
    person = turn.require(Act.PROPOSE_FIX)
    text = _text(turn)
    if not text:
        return Reply(input_errors={"text": "What is the answer?"})
    fix = fix_of(turn)
    questions = list(fix.questions)
    open_ones = [number for number, question in enumerate(questions) if question.answered_by is None]
    shown = turn.arguments.get(_QUESTION)
    meant = open_ones[:1] if shown is None else [number for number in open_ones if str(number) == shown]
    if not meant:
        raise NotNow(
            "question is answered",
            say="That question was answered while you wrote.",
            next_step=f"Look at the card. You wrote: {text[:500]}",
        )
    answered = {"answer": text, "answered_by": person.id}
    questions[meant[0]] = questions[meant[0]].model_copy(update=answered)
    keep_fix(turn.uow, fix.model_copy(update={"questions": tuple(questions)}), turn.now)
    turn.record(AuditAct.QUESTION_ANSWERED, fix.subject, text=text[:200])
    return Reply(whispers=(sentence("Recorded", "The answer stands on the card."),))


def open_delegation(turn: Turn) -> Reply:
    """Offer the people who could decide instead."""
    person = turn.require(Act.DECIDE)
    request = _pending(turn)
    able = _able(turn, request, person)
    if not able:
        raise NotNow("nobody else", say="Nobody else can decide this one.")
    return Reply(
        dialog=Dialog(
            title="Delegate",
            intro="They get a message with your name. Nobody gains a right by this.",
            inputs=(
                Input(
                    name="person",
                    kind=InputKind.CHOICE,
                    label="Who decides instead?",
                    value=able[0].id,
                    is_required=True,
                    choices=tuple(Choice(value=one.id, label=one.name) for one in able[:50]),
                ),
            ),
            submit=Action(
                verb="fix.delegate_to",
                label="Delegate",
                subject=turn.subject,
                subject_hash=turn.subject_hash,
                style=ActionStyle.PRIMARY,
            ),
        )
    )


def delegate(turn: Turn) -> Reply:
    """Call somebody who can decide as well, in the name of the one who can't now."""
    person = turn.require(Act.DECIDE)
    request = _pending(turn)
    chosen = next(
        (one for one in _able(turn, request, person) if one.id == turn.incoming.inputs.get("person", "")),
        None,
    )
    if chosen is None:
        raise NotAllowed("delegate has no right", say="That person can't decide this one.")
    turn.record(AuditAct.DELEGATED, f"approval/{request.id}", subject_hash=request.subject_hash, to=chosen.id)
    text = (
        f"**{quote(chosen.name)}**: {quote(person.name)} asks you to decide {quote(request.title)} instead."
    )
    for place in turn.tools.channels.get(request.channel, ()):
        calls = {"calls": called_at(turn.uow, [chosen.id], place)}
        turn.say_at(place, sentence("Delegated", text).model_copy(update=calls))
    return Reply(whispers=(sentence("Delegated", f"I called {quote(chosen.name)}."),))


def _able(turn: Turn, request: ApprovalRequest, person: Person) -> list[Person]:
    so_far = turn.uow.approvals.decisions(request.id)
    barred = frozenset(
        request.authors | {request.requested_by, person.id} | {decision.person for decision in so_far}
    )
    return who_could(request.needs, turn.uow.people.everybody(), barred)


def _pending(turn: Turn) -> ApprovalRequest:
    request = turn.uow.approvals.get(ApprovalId(turn.subject.removeprefix("approval/")))
    if request.verdict is not Verdict.PENDING:
        raise NotNow(
            f"{request.id} is over",
            say=f"This request is already {request.verdict.value}.",
        )
    return request


def _dialog(
    turn: Turn, title: str, verb: str, label: str, submit: str, arguments: dict[str, str] | None = None
) -> Reply:
    return Reply(
        dialog=Dialog(
            title=title,
            inputs=(Input(name="text", kind=InputKind.LONG_TEXT, label=label[:150], is_required=True),),
            submit=Action(
                verb=verb,
                label=submit,
                subject=turn.subject,
                subject_hash=turn.subject_hash,
                style=ActionStyle.PRIMARY,
                arguments=arguments or {},
            ),
        )
    )


def _text(turn: Turn) -> str:
    return mask_shapes(turn.incoming.inputs.get("text", "").strip())[:1000]
