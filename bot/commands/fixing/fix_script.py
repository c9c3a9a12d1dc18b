"""Written scripts: taken from a dialog, a dropped file or a model, reviewed by rules, adopted by a person."""

import re
from pathlib import PurePosixPath

from bot.cards.model import Reply
from bot.cards.text import quote
from bot.commands.ended_requests import end_request
from bot.commands.fixing.fix import fix_tools
from bot.commands.fixing.fix_model import ask_model
from bot.commands.fixing.fix_plan import changeable, keep_plan
from bot.commands.fixing.fix_script_dialog import NOTHING
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.acts.fix_moves import keep_fix, plan_id
from domain.approval.approvals import Verdict
from domain.errands import ErrandKind
from domain.errors import BadInput, NotNow
from domain.identity.access import Act
from domain.identity.chat import FileRef
from domain.ids import RequestId
from domain.proof.audit import AuditAct
from domain.remediation.fixes import CHANGEABLE, Fix, FixState
from domain.remediation.plans import Authorship, Language
from domain.remediation.scripts import MOST_SCRIPT, Draft, ScriptDraft, ScriptWish
from domain.remediation.target_names import parse_target
from domain.stories import StoryKind
from domain.telling.postings import View

LANGUAGES = {
    ".sh": Language.BASH,
    ".bash": Language.BASH,
    ".py": Language.PYTHON,
    ".yml": Language.ANSIBLE,
    ".yaml": Language.ANSIBLE,
}
_PLAN = re.compile(r"\bp[0-9a-f]{10}\b")
_GRANT = re.compile(r"\b[a-z0-9][a-z0-9._-]{0,62}:(?:read|write)\b")
_TRUE = frozenset({"true", "on", "yes", "1"})


def take_script(turn: Turn) -> Reply:
    """Take a pasted script, or let the model draft one when only its purpose was said."""
    fix = changeable(turn)
    if turn.arguments.get("draft", "") != (fix.draft.digest if fix.draft else ""):
        raise NotNow(
            f"draft of {fix.id} moved on",
            say="The script was changed while you wrote.",
            next_step="Open the dialog again from the newest card.",
        )
    given = {name: text.replace("\r\n", "\n") for name, text in turn.incoming.inputs.items()}
    title = " ".join(given.get("title", "").split())[:200]
    if not title:
        return Reply(input_errors={"title": "Say what it does."})
    too_long = {n: f"At most {MOST_SCRIPT:,} characters." for n in ("script", "undo", "check")
                if len(given.get(n, "")) > MOST_SCRIPT}  # fmt: skip
    if too_long:
        return Reply(input_errors=too_long)
    language = Language(given.get("language", Language.BASH.value))
    targets = _granted(turn, fix, given)
    is_previewable = given.get("preview", "").lower() in _TRUE
    if not given.get("script", "").strip():
        if not fix_tools(turn).has_model:
            return Reply(input_errors={"script": "There is no model here, so the script has to be yours."})
        return _have_drafted(turn, fix, title, language, targets, is_previewable=is_previewable)
    draft = Draft(
        title=title,
        language=language,
        script=given["script"],
        undo=given.get("undo", "").strip() and given["undo"],
        check=given.get("check", "").strip() and given["check"],
    )
    return _keep(turn, fix, draft, targets, is_previewable=is_previewable)


def adopt(turn: Turn) -> Reply:
    """Make the script on the card a plan; whoever adopts it asks for it, and can't approve it."""
    person = turn.require(Act.PROPOSE_FIX)
    fix = changeable(turn)
    script = fix.draft
    if script is None or turn.subject_hash != script.digest or fix.state is not FixState.CHOOSING:
        raise NotNow(
            f"draft of {fix.id} moved on",
            say="The script was changed or adopted since that card was drawn.",
            next_step="Read the newest card.",
        )
    plan = (
        fix_tools(turn)
        .get_scripts()
        .adopted(
            script,
            environment=fix.trouble.environment,
            requested_by=person.id,
            plan_id=plan_id(fix.id, fix.revision + 1),
        )
    )
    turn.record(
        AuditAct.SCRIPT_ADOPTED,
        fix.subject,
        subject_hash=script.digest,
        author=script.author.value,
        by=script.by,
    )
    more = {
        "runbook": "",
        "changes_feed": False,
        "requested_by": person.id,
        "authors": fix.authors | {person.id, script.by},
    }
    keep_plan(turn, fix, plan, person, more)
    return Reply()


def are_scripts(turn: Turn) -> bool:
    """Tell whether dropped files are scripts for a plan: by their kind, in its thread or with its name."""
    files = turn.incoming.files
    if not files or any(_suffix(file) not in LANGUAGES for file in files):
        return False
    return _PLAN.search(turn.incoming.text.lower()) is not None or _begun_here(turn) is not None


def take_files(turn: Turn) -> Reply:
    """Take a dropped script; files named undo… and check… beside it are its undo and its check.

    Words such as `landing:write` beside the files grant it targets.
    """
    named = _PLAN.search(turn.incoming.text.lower())
    found = turn.uow.fixes.get(RequestId(named[0])) if named else _begun_here(turn)
    if found is None:
        raise BadInput("no plan named", say="Which plan is this script for?", next_step="Say its name too.")
    turn.subject = found.subject
    fix = changeable(turn)
    parts: dict[str, tuple[str, str, Language]] = {}
    for file in turn.incoming.files:
        stem = PurePosixPath(file.name.lower()).stem
        part = next((word for word in ("undo", "check") if stem.startswith(word)), "script")
        if part in parts:
            raise BadInput(f"two files for {part}", say=f"Two of these files would be the {part}. Drop one.")
        parts[part] = (file.name, _text(turn, file), LANGUAGES[_suffix(file)])
    if "script" not in parts or len({language for _, _, language in parts.values()}) != 1:
        raise BadInput(
            "no script among files",
            say="I need one script, and its undo and check in the same language.",
        )
    name, text, language = parts["script"]
    texts = {part: parts[part][1] if part in parts else "" for part in ("undo", "check")}
    draft = Draft(title=name[:200], language=language, script=text, **texts)
    targets = tuple(dict.fromkeys(_GRANT.findall(turn.incoming.text)))
    refuse_unknown_targets(turn, fix, targets)
    return _keep(turn, fix, draft, targets, is_previewable=True)


def refuse_unknown_targets(turn: Turn, fix: Fix, targets: tuple[str, ...]) -> None:
    """Refuse targets that the inventory does not have in this environment; raises `BadInput`."""
    inventory = fix_tools(turn).inventory(turn.uow)
    known = {one.name for one in inventory.targets if one.environment == fix.trouble.environment}
    unknown = sorted({parse_target(target)[0] for target in targets} - known)
    if unknown:
        raise BadInput(
            f"unknown target {unknown[0]}",
            say=f"I know no target named {unknown[0]} in {fix.trouble.environment}.",
            next_step=f"I know {', '.join(sorted(known))[:200]}." if known else "",
        )


def _keep(turn: Turn, fix: Fix, draft: Draft, targets: tuple[str, ...], *, is_previewable: bool) -> Reply:
    person = turn.person
    if person is None:
        raise BadInput("nobody writes a script", say="I don't know who you are.")
    script = ScriptDraft(
        draft=draft,
        # What a model began stays marked, whoever edits it.
        author=Authorship.PERSON if fix.draft is None else fix.draft.author,
        by=person.id,
        targets=targets,
        is_previewable=is_previewable,
        findings=fix_tools(turn).get_scripts().review(draft),
    )
    end_request(turn, fix.approval, Verdict.SUPERSEDED)
    moved: dict[str, object] = {
        "draft": script,
        "state": FixState.CHOOSING,
        "approval": None,
        "approved_at": None,
        "authors": fix.authors | {person.id},
        "sentence": "",
    }
    kept = keep_fix(turn.uow, fix.model_copy(update=moved), turn.now)
    turn.record(
        AuditAct.SCRIPT_DRAFTED,
        kept.subject,
        subject_hash=script.digest,
        author=script.author.value,
        language=draft.language.value,
        targets=",".join(targets)[:300],
        findings=",".join(sorted({finding.rule for finding in script.findings}))[:200],
        refused=str(script.is_refused).lower(),
    )
    turn.show(View.PLAN, kept.subject, kept.place)
    turn.nudge(StoryKind.REMEDIATION, kept.id)
    return Reply()


def _have_drafted(
    turn: Turn, fix: Fix, title: str, language: Language, targets: tuple[str, ...], *, is_previewable: bool
) -> Reply:
    turn.require(Act.PROPOSE_FIX)
    kinds = {one.name: one.kind.value for one in fix_tools(turn).inventory(turn.uow).targets}
    names = {parse_target(target)[0] for target in targets}
    wish = ScriptWish(
        text=title,
        language=language,
        targets=targets,
        kinds={name: kinds[name] for name in names},
        is_previewable=is_previewable,
    )
    if fix.state is not FixState.CHOOSING:
        raise NotNow(f"{fix.id} is {fix.state}", say="Take this plan back before the model drafts another.")
    ask_model(turn, fix, ErrandKind.DRAFT_SCRIPT, wish)
    text = f"The model drafts it: {quote(title)}. The card shows it with what the rules say."
    return Reply(whispers=(sentence("On it", text),))


def _granted(turn: Turn, fix: Fix, given: dict[str, str]) -> tuple[str, ...]:
    change, read = given.get("change", NOTHING) or NOTHING, given.get("read", NOTHING) or NOTHING
    targets = [f"{change}:write"] if change != NOTHING else []
    targets += [f"{read}:read"] if read not in (NOTHING, change) else []
    refuse_unknown_targets(turn, fix, tuple(targets))
    return tuple(targets)


def _begun_here(turn: Turn) -> Fix | None:
    """Return the attempt whose thread this is, when its plan can still be changed."""
    subject = turn.uow.posting_lookup.subject_of_thread(turn.incoming.place, "plan")
    if not subject:
        return None
    fix = turn.uow.fixes.get(RequestId(subject.removeprefix("plan/")))
    return fix if fix.state in CHANGEABLE else None


def _text(turn: Turn, file: FileRef) -> str:
    if file.blob is None or file.size_bytes > MOST_SCRIPT * 4:
        raise BadInput("script too long", say=f"A script has at most {MOST_SCRIPT:,} characters.")
    try:
        text = turn.tools.blobs.get(file.blob).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadInput("script is no text", say=f"{file.name[:80]} isn't UTF-8 text.") from error
    if not text.strip() or len(text) > MOST_SCRIPT:
        raise BadInput("script length", say=f"A script has 1 to {MOST_SCRIPT:,} characters.")
    return text


def _suffix(file: FileRef) -> str:
    return PurePosixPath(file.name.lower()).suffix
