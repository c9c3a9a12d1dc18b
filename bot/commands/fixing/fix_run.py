"""What people do with a plan under way: look at all of it, withdraw, stop, say what happened, list."""

from bot.cards.model import Card, Reply, Table
from bot.cards.text import md, quote
from bot.commands.ended_requests import end_request
from bot.commands.fixing.fix import fix_of, fix_tools
from bot.commands.pages import pages
from bot.commands.quiet_feeds import wished_by_stop
from bot.presenters.plan_parts import everything
from bot.presenters.script_parts import script_texts
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.acts.fix_moves import keep_fix
from domain.approval.approvals import Verdict
from domain.counting import counted
from domain.errors import NotAllowed, NotNow
from domain.identity.access import Act
from domain.identity.people import Role
from domain.proof.audit import AuditAct
from domain.remediation.fixes import CHANGEABLE, FixState
from domain.remediation.run_reports import Word
from domain.stories import StoryKind
from domain.telling.postings import View

_LISTED = 20


def show_everything(turn: Turn) -> Reply:
    """Show every byte that would run to the one who asked, and remember that they opened this version."""
    person = turn.require(Act.ASK)
    fix = fix_of(turn)
    if fix.state is FixState.CHOOSING and fix.draft is not None:
        script = fix.draft
        lead = md("Nobody has adopted this script yet: `{digest}`.", digest=script.digest)
        return Reply(whispers=pages(f"The script for {fix.id}", script_texts(script), lead))
    version = turn.uow.plans.get(fix.id, fix.revision)
    if fix.approval is not None and version.subject_hash:
        turn.uow.approvals.note_read(fix.approval, person.id, version.subject_hash, turn.now)
        turn.record(AuditAct.APPROVAL_SEEN, f"approval/{fix.approval}", subject_hash=version.subject_hash)
    lead = md("Exactly this is approved: `{digest}`.", digest=version.subject_hash or "no hash yet")
    return Reply(whispers=pages(f"All of plan {version.plan.id}", everything(version), lead))


def withdraw(turn: Turn) -> Reply:
    """Take the plan back before an order was signed."""
    person = turn.require(Act.WITHDRAW)
    fix = fix_of(turn)
    if person.id not in fix.authors and Role.LEAD not in person.roles:
        raise NotAllowed(
            f"{person.id} is no author of {fix.id}",
            say="Only the people who made this plan, or a lead, can withdraw it.",
            next_step="Approvers can reject it instead; a run can be stopped.",
        )
    if fix.state not in CHANGEABLE:
        raise NotNow(
            f"{fix.id} is {fix.state}",
            say=f"This plan is {fix.state.value.replace('_', ' ')}, so it can't be withdrawn.",
            next_step="Press Stop if it runs.",
        )
    end_request(turn, fix.approval, Verdict.WITHDRAWN)
    text = f"{person.name} withdrew it. Nothing was changed."
    keep_fix(turn.uow, fix.model_copy(update={"state": FixState.WITHDRAWN, "sentence": text}), turn.now)
    turn.record(AuditAct.PLAN_WITHDRAWN, fix.subject)
    turn.nudge(StoryKind.REMEDIATION, fix.id)
    return Reply(whispers=(sentence("Withdrawn", "Nothing was changed."),))


def stop(turn: Turn) -> Reply:
    """Ask the runner to end what runs; the whole process tree goes within seconds."""
    if wished_by_stop(turn):
        return Reply()
    person = turn.require(Act.STOP_RUN)
    fix = fix_of(turn)
    if fix.state not in (FixState.RUNNING, FixState.APPROVED):
        raise NotNow(
            f"{fix.id} is {fix.state}",
            say=f"Nothing of this plan runs: it is {fix.state.value.replace('_', ' ')}.",
        )
    if fix.stop_wished_by is None:
        keep_fix(turn.uow, fix.model_copy(update={"stop_wished_by": person.id}), turn.now)
        turn.record(AuditAct.STOP_WISHED, fix.subject, order=fix.order)
        turn.nudge(StoryKind.REMEDIATION, fix.id)
    text = "I end every process of it now and say how far it came."
    return Reply(whispers=(sentence("Stopping", text),))


def say_word(turn: Turn) -> Reply:
    """Take a person's word about a step whose outcome nobody could find out."""
    person = turn.require(Act.DECIDE)
    fix = fix_of(turn)
    step = int(turn.arguments.get("step", "0"))
    # A card that was drawn for an earlier try speaks of what happened then.
    try_number = int(turn.arguments.get("try", "0"))
    if fix.state is not FixState.UNKNOWN or (fix.waiting_step, fix.waiting_try) != (step, try_number):
        raise NotNow(
            f"{fix.id} waits for no word about {step}.{try_number}",
            say="That step isn't waiting for anybody's word any more.",
            next_step="Look at the newest card.",
        )
    word = Word(turn.arguments.get("word", ""))
    freeze = turn.uow.guards.freeze()
    if freeze is not None and word is not Word.ROLL_BACK:
        raise NotNow(
            "frozen",
            say=f"Everything is frozen: {freeze.reason}. Only a roll back can go on.",
            next_step="Two people lift it with `lift`.",
        )
    moved = {"state": FixState.RUNNING, "word": word, "word_by": person.id, "stop_wished_by": None}
    keep_fix(turn.uow, fix.model_copy(update={**moved, "sentence": ""}), turn.now)
    about = {"step": str(step), "try": str(try_number)}
    turn.record(AuditAct.WORD_GIVEN, fix.subject, order=fix.order, word=word.value, **about)
    turn.nudge(StoryKind.REMEDIATION, fix.id)
    said = word.value.replace("_", " ")
    return Reply(whispers=(sentence("Recorded", f"Step {step}: {said}. It goes on from there."),))


def show_plan(turn: Turn) -> Reply:
    """Put the card of a plan here."""
    turn.require(Act.SEE_FEEDS)
    fix = fix_of(turn)
    turn.show(View.PLAN, fix.subject)
    return Reply()


def list_runs(turn: Turn) -> Reply:
    """Say what was planned and run, newest first."""
    turn.require(Act.SEE_FEEDS)
    fixes = turn.uow.fixes.recent(_LISTED)
    if not fixes:
        turn.say(
            sentence(
                "Runs", "Nothing was planned yet. Say `fix NAME` to begin. Runs of a feed: `runs of NAME`."
            )
        )
        return Reply()
    people = {person.id: person.name for person in turn.uow.people.everybody()}
    rows = tuple(
        (
            md("`{id}`", id=fix.id),
            quote(fix.title or fix.subject_name),
            quote(fix.subject_name.partition("/")[2]),
            quote(fix.state.value.replace("_", " ")),
            quote(people.get(fix.requested_by, fix.requested_by)),
            f"{fix.opened_at:%d %b %H:%M}",
        )
        for fix in fixes
    )
    freeze = turn.uow.guards.freeze()
    lead = f"**Frozen**: {quote(freeze.reason)}" if freeze else "Newest first. `plan NAME` shows one."
    turn.say(
        Card(
            title=counted(len(fixes), "plan"),
            lead=lead,
            table=Table(columns=("Plan", "What", "About", "State", "For", "Since (UTC)"), rows=rows),
            plain="Plans: " + ", ".join(f"{fix.id} {fix.state}" for fix in fixes),
        )
    )
    return Reply()


def list_runbooks(turn: Turn) -> Reply:
    """Say which runbooks there are, and for which trouble."""
    turn.require(Act.SEE_FEEDS)
    runbooks = fix_tools(turn).planner().runbooks()
    asked = " ".join(turn.words).lower()
    found = [r for r in runbooks if asked in f"{r.id} {r.title} {' '.join(r.serves)}".lower()]
    if not found:
        none = md("No runbook of mine speaks of {what}. `runbooks` lists them all.", what=asked[:80])
        turn.say(sentence("No runbook", none))
        return Reply()
    rows = tuple(
        (
            md("`{id}`", id=r.id),
            quote(r.title),
            quote(r.risk.value),
            quote(", ".join(kind.value.replace("_", " ") for kind in r.serves)),
        )
        for r in found
    )
    turn.say(
        Card(
            title=counted(len(found), "runbook"),
            lead="Say `fix NAME RUNBOOK` to use one, `runbooks disk` for those about one word.",
            table=Table(columns=("Runbook", "What", "Risk", "Serves"), rows=rows[:60]),
            plain="Runbooks: " + ", ".join(r.id for r in found),
        )
    )
    return Reply()
