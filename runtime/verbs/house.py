"""What each verb does. Heavy imports stay inside, so that light verbs stay light."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

from domain.counting import counted
from domain.errors import BadInput
from runtime.clear_text import refuse_clear_text
from runtime.log_lines import log_to_stderr
from runtime.settings.house import Settings


def run_up(parsed: argparse.Namespace) -> int:
    """Run everything on this machine."""
    from runtime.processes.up import run_up as up

    log_to_stderr()
    up(Settings())
    _leave()
    return 0


def run_serve(parsed: argparse.Namespace) -> int:
    """Run doors and light worker until SIGTERM."""
    settings = Settings()
    if not settings.temporal.address:
        raise BadInput(
            "serve without temporal.address",
            say="`dogwatch serve` needs the address of a Temporal server.",
            next_step="Set DOGWATCH_TEMPORAL__ADDRESS, or use `dogwatch up`, which brings its own.",
        )
    refuse_clear_text(settings, settings.temporal.address)
    log_to_stderr()
    import uvloop

    uvloop.run(_serve(settings))
    _leave()
    return 0


async def _serve(settings: Settings) -> None:
    from runtime.people.known_people import prepare
    from runtime.people.people_file import tell_held_out
    from runtime.ports import WEB_PORT, listening, only_one
    from runtime.processes.front import build_front, run_front
    from runtime.wiring.stores import open_stores

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stores = open_stores(settings)
    # On a file of its own a front takes up at once what another one had begun: there may be one alone.
    alone = only_one(settings.data_dir.resolve()) if stores.database.is_sqlite else contextlib.nullcontext()
    with alone:
        tell_held_out(prepare(settings, stores))
        doors = listening(settings.web.host, settings.web.port, WEB_PORT)
        port = doors.getsockname()[1]
        front = build_front(settings, stores, settings.temporal.address, port)
        await run_front(
            front, doors, stop, lambda: print(f"Dogwatch serves at {settings.public_url(port)}", flush=True)
        )


def run_worker(parsed: argparse.Namespace) -> int:
    """Run a worker of one queue until SIGTERM."""
    settings = Settings()
    address = parsed.temporal or settings.temporal.address
    refuse_clear_text(settings, address)
    if parsed.queue == "intake":
        from runtime.processes.intake import run_intake

        log_to_stderr()
        asyncio.run(run_intake(settings))
        return 0
    if parsed.queue == "knowledge":
        from runtime.library.process import run_knowledge

        log_to_stderr()
        asyncio.run(run_knowledge(settings))
        return 0
    if not address:
        raise BadInput(
            "worker without temporal address",
            say="A worker needs the address of a Temporal server.",
            next_step="Give --temporal host:port or set DOGWATCH_TEMPORAL__ADDRESS.",
        )
    log_to_stderr()
    if parsed.queue == "heavy":
        from runtime.processes.heavy import run_heavy

        asyncio.run(run_heavy(settings, address))
    else:
        from runtime.processes.light import run_light

        asyncio.run(run_light(settings, address))
    _leave()
    return 0


def _leave() -> None:
    """End a process that has drained, at once.

    Native threads of the workflow client outlive the loop for a moment, and now and then one of them met a
    half-ended interpreter and aborted the process. DuckDB's binding complains then of each object that is
    still held, a hundred lines below the Ctrl-C of whoever only asked *why*.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def run_runner(parsed: argparse.Namespace) -> int:
    """Run the runner of one environment until SIGTERM."""
    from runtime.processes.runner import run_runner as serve

    settings = Settings()
    address = parsed.temporal or settings.temporal.address
    if not address:
        raise BadInput(
            "runner without temporal address",
            say="A runner needs the address of a Temporal server.",
            next_step="Give --temporal host:port or set DOGWATCH_TEMPORAL__ADDRESS.",
        )
    refuse_clear_text(settings, address)
    log_to_stderr()
    serve(settings, parsed.environment, address)
    return 0


def run_demo_service(parsed: argparse.Namespace) -> int:
    """Serve the demo's control interface until killed."""
    from runtime.demo.service import serve_demo
    from runtime.demo.targets import demo_secrets

    folder = Settings().data_dir.resolve() / "runner"
    serve_demo(parsed.port, folder, *demo_secrets(folder))
    return 0


def run_policy(parsed: argparse.Namespace) -> int:
    """Say who would have to approve a plan and why."""
    from runtime.verbs.policy_explain import explain
    from runtime.wiring.policy_file import read_policy
    from runtime.wiring.stores import open_stores

    settings = Settings()
    print("\n".join(explain(open_stores(settings), read_policy(settings), parsed.plan)))
    return 0


def run_mcp(parsed: argparse.Namespace) -> int:
    """Offer our tools to other assistants, over standard input and output or over HTTP."""
    from runtime.verbs.assistants_server import serve_http, serve_person

    settings = Settings()
    log_to_stderr()
    if not parsed.http and not parsed.person:
        raise BadInput(
            "mcp for nobody",
            say="Over standard input an assistant speaks for one person.",
            next_step="Give --as PERSON, or --http to serve people with API keys.",
        )
    asyncio.run(serve_http(settings) if parsed.http else serve_person(settings, parsed.person))
    return 0


def run_migrate(parsed: argparse.Namespace) -> int:
    """Bring the database up to this release."""
    from runtime.wiring.stores import make_data_folder
    from storage.engine import Database
    from storage.migrate import NEWEST, migrate

    settings = Settings()
    make_data_folder(settings.data_dir.resolve())
    changed = migrate(Database(settings.database_url()))
    print(f"The database is at {NEWEST}{'' if changed else ' already'}.")
    return 0


def run_audit(parsed: argparse.Namespace) -> int:
    """Verify the audit trail, or export it for a verification elsewhere."""
    from runtime.wiring.stores import open_stores
    from storage.audit.audit_verify import read_anchors, rows_of, verify

    settings = Settings()
    stores = open_stores(settings)
    anchor_path = settings.audit.anchor_file or str(settings.data_dir / "anchors.jsonl")
    if parsed.act == "export":
        from runtime.verbs.audit_export import write_export

        count = write_export(stores, Path(parsed.to or "audit-export.jsonl"))
        print(f"{counted(count, 'entry', 'entries')} written to {parsed.to or 'audit-export.jsonl'}.")
        return 0
    report = verify(rows_of(stores.database), read_anchors(Path(anchor_path)), stores.audit_ring)
    keys = ", ".join(report.keys) or "none"
    if report.is_whole and not report.entries:
        print(f"Nothing is recorded yet in {settings.data_dir}. Is DOGWATCH_DATA_DIR the folder you mean?")
        return 0
    if report.is_whole:
        print(
            f"The audit trail is whole: {counted(report.entries, 'entry', 'entries')},"
            f" {counted(report.anchors, 'anchor')},"
            f" keys {keys}, head {report.head[:16]}."
        )
        if not report.anchors:
            print(f"No anchor is in {anchor_path}: without one nobody sees that an end was cut off.")
        return 0
    print(f"The audit trail is NOT whole: {report.trouble}. Keys trusted: {keys}.", file=sys.stderr)
    if report.remark:
        print(report.remark, file=sys.stderr)
    return 1


def run_doctor(parsed: argparse.Namespace) -> int:
    """Check every part and say how to fix what is wrong."""
    from runtime.doctor.examination import examine

    # What is wrong is among the findings; the log of a process would say it once more, in other words.
    house = logging.getLogger("dogwatch")
    before = house.level
    house.setLevel(logging.CRITICAL)
    try:
        findings = examine(Settings())
    finally:
        house.setLevel(before)
    widest = max((len(finding.part) for finding in findings), default=0)
    for finding in findings:
        print(f"{'ok  ' if finding.is_fine else 'FIX '} {finding.part:<{widest}}  {finding.says}")
    return 0 if all(finding.is_fine for finding in findings) else 1


def run_demo(parsed: argparse.Namespace) -> int:
    """Write sample files to drop, and say what to try; or bring simulated feeds to life."""
    if parsed.what == "feeds":
        from runtime.demo.feeds import Wish, run_demo_feeds

        wish = Wish(parsed.feeds, parsed.days, parsed.seed, parsed.minutes, parsed.history_only)
        run_demo_feeds(Settings(), wish)
        return 0
    from runtime.demo.samples import write_samples

    folder = write_samples(Settings().data_dir / "samples")
    print(f"Sample files to drop are in {folder}. Open the address that `dogwatch up` prints, be Sam,")
    print("drop fx_trades.csv into #data-feeds, press Answer, then be Ada and press Approve in #approvals.")
    return 0


def run_import(parsed: argparse.Namespace) -> int:
    """Take in history of runs."""
    from runtime.verbs.import_runs import import_airflow, import_runs

    if parsed.what == "airflow":
        return import_airflow(Settings(), parsed.days, live=parsed.live)
    return import_runs(Settings(), parsed.files, live=parsed.live, zone=parsed.zone)


def run_ask(parsed: argparse.Namespace) -> int:
    """Say something to the bot from this terminal."""
    from runtime.verbs.ask import ask

    return ask(Settings(), " ".join(parsed.words), parsed.person, [Path(name) for name in parsed.file])


def run_freeze(parsed: argparse.Namespace) -> int:
    """Freeze from this terminal: the same words through the same door, so with the same rights and record."""
    from runtime.verbs.ask import freeze

    return freeze(Settings(), parsed.words, parsed.person)
