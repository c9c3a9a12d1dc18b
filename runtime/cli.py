"""`dogwatch`: the verbs. What is heavy is imported by the verb that needs it: `--help` answers at once."""

import argparse
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit code: 0 fine, 1 it failed in words, 2 wrong usage."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    if words and not words[0].startswith("-") and words[0] not in (verbs := _verbs_of(parser)):
        return _refuse_verb(words[0], verbs)
    parsed = parser.parse_args(words)
    if parsed.version:
        from runtime.release import release

        print(release())
        return 0
    if not hasattr(parsed, "verb"):
        parser.print_help()
        return 2
    from domain.errors import DogwatchError

    try:
        return _run(parsed)
    except DogwatchError as error:
        print(error.sentence(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(parsed: argparse.Namespace) -> int:
    home = importlib.import_module(parsed.home)
    verb = getattr(home, f"run_{parsed.verb.replace('-', '_')}")
    return int(verb(parsed))


def _verbs_of(parser: argparse.ArgumentParser) -> list[str]:
    listed = parser.get_default("verbs")
    return list(listed)


def _refuse_verb(word: str, verbs: Iterable[str]) -> int:
    """Name the verb that was meant, where one is near; the library would list all of them in a line."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), verbs, n=1)
    meant = f" Did you mean `dogwatch {near[0]}`?" if near else ""
    print(f"There is no verb {word[:60]}.{meant} `dogwatch --help` lists all.", file=sys.stderr)
    return 2


def _server(text: str) -> str:
    from runtime.settings.addresses import server_address

    try:
        return server_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number within bounds, and refuses any other in words."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:12]) <= most:
            raise argparse.ArgumentTypeError(f"{text[:20]} is no whole number from {least:,} to {most:,}")
        return int(text)

    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dogwatch", description="A ChatOps bot with approval workflows for data feeds and services."
    )
    parser.add_argument("--version", action="store_true", help="show which release this is, and from where")
    verbs = parser.add_subparsers(metavar="VERB")
    parser.set_defaults(verbs=verbs.choices)

    def verb(name: str, purpose: str, home: str = "runtime.verbs.house") -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=purpose, description=purpose)
        added.set_defaults(verb=name, home=home)
        return added

    verb("up", "run everything on this machine: web chat, workers, embedded servers")
    verb("serve", "run the doors and the light worker, against a Temporal address and a database")
    worker = verb("worker", "run a worker of one queue")
    worker.add_argument("--queue", choices=["front", "heavy", "intake", "knowledge"], required=True)
    worker.add_argument("--temporal", type=_server, default="", help="host:port, instead of the setting")
    runner = verb("runner", "run what changes the systems of one environment, by signed orders only")
    runner.add_argument("environment")
    runner.add_argument("--temporal", type=_server, default="", help="host:port, instead of the setting")
    service = verb("demo-service", "a small service to try remediation on")
    service.add_argument("--port", type=_whole(1, 65_535), required=True)
    verb("doctor", "check every part and say how to fix what is wrong")
    demo = verb(
        "demo", "show what to try, with the sample files to drop; `demo feeds` brings feeds that live"
    )
    demo.add_argument("what", nargs="?", choices=["feeds"], help="feeds: a simulated world, watched")
    demo.add_argument("--feeds", type=_whole(1, 20_000), default=400, help="how many; 400 unless told")
    demo.add_argument("--days", type=_whole(1, 3_660), default=180, help="of history; 180 unless told")
    demo.add_argument("--seed", type=_whole(0, 2**31), default=7, help="one seed is one world; 7 unless told")
    demo.add_argument("--minutes", type=float, default=0.0, help="how long they live; 0: until Ctrl-C")
    demo.add_argument("--history-only", action="store_true", help="import the history and end")
    imports = verb("import", "take in history: CSV, Parquet, JSON lines, OpenLineage, Airflow, dbt")
    imports.add_argument("what", choices=["runs", "airflow"], help="airflow: from telemetry.airflow_url")
    imports.add_argument("files", nargs="*", help="files of run history")
    imports.add_argument("--days", type=_whole(1, 3_660), default=180, help="how far back Airflow is asked")
    imports.add_argument(
        "--zone",
        default="",
        help="by whose clock times are that name no zone, as Europe/Berlin; UTC unless told",
    )
    imports.add_argument("--live", action="store_true", help="a schedule repeats it: new runs are news")
    ask = verb("ask", "say something to the bot from this terminal")
    ask.add_argument("words", nargs="*", help="what to say; nothing opens a conversation")
    ask.add_argument("--as", dest="person", default="", help="account on the console, such as sam")
    ask.add_argument("--file", action="append", default=[], help="drop this file")
    freeze = verb("freeze", "stop all execution now; two people lift it")
    freeze.add_argument("words", nargs="*", help="why")
    freeze.add_argument("--as", dest="person", default="", help="account on the console, such as ada")
    policy = verb("policy", "the approval policy")
    policy.add_argument("act", choices=["explain"])
    policy.add_argument("--plan", required=True, help="name of a plan, such as p1a2b3c4d5e")
    mcp = verb("mcp", "offer search, ask and propose to other assistants (Model Context Protocol)")
    mcp.add_argument("--as", dest="person", default="", help="for whom it speaks, over standard input")
    mcp.add_argument("--http", action="store_true", help="serve HTTP; every call needs an API key")
    verb("migrate", "bring the database up to this release")
    backup = verb(
        "backup", "copy everything that can't be derived into one sealed file", "runtime.backups.backup"
    )
    backup.add_argument("--to", default="", help="file or folder; otherwise a new file in this folder")
    backup.add_argument("--telemetry", action="store_true", help="with the telemetry that was pushed here")
    restore = verb("restore", "make a house from a backup, on an empty machine", "runtime.backups.restore")
    restore.add_argument("file", help="the backup; its signature lies beside it")
    restore.add_argument("--keys", default="", help="copy of the keys folder; otherwise the one in place")
    audit = verb("audit", "the audit trail")
    audit.add_argument("act", choices=["verify", "export"])
    audit.add_argument("--to", default="", help="file for the export")
    user = verb("user", "people and their passwords", "runtime.verbs.access")
    acts = ["activate", "add", "deactivate", "erase", "list", "password", "sign-out", "unlink"]
    user.add_argument("act", choices=acts)
    user.add_argument("--id", default="")
    user.add_argument("--name", default="")
    user.add_argument("--email", default="")
    user.add_argument("--phone", default="", help="for text messages, such as +4915112345678")
    user.add_argument("--vouch", default="", help="mail, sms: addresses known to be theirs")
    user.add_argument("--roles", default="", help="comma-separated")
    user.add_argument("--teams", default="", help="comma-separated")
    user.add_argument("--account", action="append", default=[], help="platform:workspace:user")
    bench = verb("bench", "measure an engine on labelled cases of your own", "runtime.verbs.incidents")
    bench.add_argument("what", choices=["rca"])
    bench.add_argument("--cases", required=True, help="folder of labelled incidents")
    written = verb("incidents", "resolved incidents as labelled cases", "runtime.verbs.incidents")
    written.add_argument("act", choices=["export"])
    written.add_argument("--to", required=True, help="folder for the cases")
    written.add_argument("--id", default="", help="only this incident")
    key = verb("key", "keys with which programs read and report", "runtime.verbs.access")
    key.add_argument("act", choices=["add", "list", "revoke"])
    key.add_argument("--id", default="", help="of the key to revoke")
    key.add_argument("--person", default="", help="whose rights the key has")
    key.add_argument("--name", default="", help="what it is for")
    key.add_argument("--scope", default="read", help="read, intake, or both with a comma")
    key.add_argument("--days", type=int, default=90, help="how long it lives")
    seal = verb("seal", "the keys that seal addresses of people in the database", "runtime.verbs.seal")
    seal.add_argument("act", choices=["rotate"], help="let a new key take over, while the house runs")
    rotate = verb("rotate", "let a new key of ours take over, while nothing runs", "runtime.verbs.rotate")
    rotate.add_argument("what", choices=["audit", "backup", "buttons", "orders", "sessions", "stories"])
    rotate.add_argument(
        "--pooler",
        action="append",
        default=[],
        help="machine of a pooler, which keeps connections of processes that ended; you know that none runs",
    )
    notify = verb("notify", "mail, text messages and the like: who is reached how", "runtime.verbs.notify")
    notify.add_argument("act", choices=["list", "test"])
    notify.add_argument("person", nargs="?", default="", help="who gets the test; nobody for a system")
    notify.add_argument("--by", default="", help="only this way: mail, sms, webhook, pagerduty")
    return parser
