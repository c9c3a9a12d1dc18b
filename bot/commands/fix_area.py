"""The verbs and buttons of remediation."""

from bot.commands import fix, fix_guard, fix_plan, fix_run, fix_script, fix_script_dialog, fix_talk, fix_undo
from bot.intents import Area, Verb

AREA = Area(
    verbs=(
        Verb(
            ("fix", "remediate"),
            "fix NAME [trouble]",
            "ways out of trouble, with their risk",
            fix.open_fix,
            is_harmless=True,
        ),
        Verb(
            ("runs", "plans"),
            "runs",
            "what was planned and run",
            fix_run.list_runs,
            is_harmless=True,
            is_bare=True,
        ),
        Verb(
            ("plan",),
            "plan ID",
            "one plan: steps, dry run, how it goes",
            fix_run.show_plan,
            is_harmless=True,
        ),
        Verb(
            ("runbooks",),
            "runbooks [word]",
            "everything that can be run",
            fix_run.list_runbooks,
            is_harmless=True,
        ),
        Verb(("stop",), "stop ID", "end a run and every process of it", fix_run.stop),
        Verb(("undo",), "undo ID", "take a verified plan back, by a plan of its own", fix_undo.undo),
        Verb(("freeze",), "freeze [reason]", "stop all execution; two people lift it", fix_guard.freeze),
        Verb(("lift", "unfreeze"), "lift", "lift the freeze, with a second person", fix_guard.lift),
    ),
    buttons={
        "fix.open": fix.open_fix,
        "fix.again": fix_undo.open_again,
        "fix.undo": fix_undo.undo,
        "fix.pick": fix_plan.pick,
        "fix.plan": fix_plan.take_parameters,
        "fix.change": fix_plan.change_parameters,
        "fix.script": fix_script_dialog.open_script,
        "fix.script_take": fix_script.take_script,
        "fix.adopt": fix_script.adopt,
        "fix.everything": fix_run.show_everything,
        "fix.withdraw": fix_run.withdraw,
        "fix.stop": fix_run.stop,
        "fix.word": fix_run.say_word,
        "fix.ask": fix_talk.open_question,
        "fix.ask_this": fix_talk.take_question,
        "fix.answer": fix_talk.open_answer,
        "fix.answer_this": fix_talk.take_answer,
        "fix.delegate": fix_talk.open_delegation,
        "fix.delegate_to": fix_talk.delegate,
        "fix.break_glass": fix_guard.ask_to_break,
        "fix.break_because": fix_guard.break_glass,
        "fix.review": fix_guard.ask_review,
        "fix.review_says": fix_guard.take_review,
    },
)
