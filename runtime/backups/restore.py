"""`dogwatch restore`: a house on an empty machine from a backup and its keys, in which nothing runs twice."""

import argparse
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.acts.restoring import end_what_may_have_run
from domain.counting import counted
from domain.errors import BadInput, NotFound
from domain.ids import PersonId
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import Fix
from domain.remediation.orders import SignedOrder
from domain.remediation.run_reports import RunReport, RunState
from remediation.account import RemediationOff
from remediation.journal import Journal, Phase
from runtime.backups.backup import JOURNAL, anchor_path
from runtime.backups.ended_again import EndedAgain, end_again, who_may_decide
from runtime.keys import KeyFolder
from runtime.people.endings import ENDINGS_LIST, Ending, endings_since
from runtime.people.erased import ERASED_LIST, erased_since
from runtime.people.kept_lists import join_lists
from runtime.sealed_archive import hash_of_text, read_facts, unseal
from runtime.settings.house import Settings
from runtime.wiring.stores import RESTORING, Stores, open_stores
from storage.audit.audit_verify import AuditReport, read_anchors, rows_of, verify
from storage.erasure import erase_person
from storage.snapshots import put_back, refuse_filled, refuse_other_kind

_BEGUN = "filling"
_LISTS = (ERASED_LIST, ENDINGS_LIST)
_MAY_BE_THERE = frozenset({"keys", RESTORING, "lock"})
_SAY_OVER = "Restored from a backup: what this order did since is not known here, so it is over."


@dataclass(frozen=True)
class _Found:
    taken_at: datetime
    ended: list[Fix]
    open_approvals: int
    api_keys: int
    report: AuditReport
    set_aside: Path | None
    erased: list[PersonId]
    again: EndedAgain
    let_in: str
    """Who is let in and may do something, by name."""
    damaged: Path | None
    """Where the runner's journal was set aside, which was damaged in the backup."""


def run_restore(parsed: argparse.Namespace) -> int:
    """Restore, and say what came back, what is lost, and what to look at."""
    settings = Settings()
    data = settings.data_dir.resolve()
    began = time.monotonic()
    backup = Path(parsed.file).resolve()
    keys = _keys(Path(parsed.keys).resolve() if parsed.keys else data / "keys")
    facts = read_facts(backup, keys)
    _refuse_used(data)
    refuse_other_kind(facts.get("database_kind", "sqlite"), settings.database_url())
    half = data / RESTORING
    begun = _begun(half)
    _empty(half)
    _take_keys(Path(parsed.keys).resolve() if parsed.keys else data / "keys", data / "keys")
    # Read before anything is filled: a list that can't be read must not end a restore half-way.
    taken_at = datetime.fromisoformat(facts["taken_at"])
    erased, endings = erased_since(data / "keys", taken_at), endings_since(data / "keys", taken_at)
    unseal(backup, keys, half, sha256=facts["sha256"])
    _fill_database(settings, half, begun)
    set_aside = _move_in(settings, half)
    stores = open_stores(settings, is_restoring=True)
    found = _reckon(settings, stores, facts, set_aside, ended=(erased, endings))
    shutil.rmtree(half)
    _say(found, time.monotonic() - began)
    return 0 if found.report.is_whole else 1


def _keys(folder: Path) -> KeyFolder:
    if not (folder / "backup.age").exists():
        raise BadInput(
            f"no backup.age in {folder}",
            say=f"The keys folder {folder} holds no key for backups, so I can't open this one.",
            next_step="Name the copy of the keys folder of the house that made the backup: --keys FOLDER.",
        )
    return KeyFolder(folder)


def _refuse_used(data: Path) -> None:
    there = {path.name for path in data.iterdir()} - _MAY_BE_THERE if data.exists() else set()
    is_again = (data / RESTORING).exists()
    if there and not is_again:
        raise BadInput(
            f"data folder holds {sorted(there)[:5]}",
            say=f"The data folder {data} is in use, with {', '.join(sorted(there)[:3])}. I changed nothing.",
            next_step="Restore into an empty folder: set DOGWATCH_DATA_DIR, or move the old one away.",
        )


def _begun(half: Path) -> str:
    """Return which database an interrupted restore had begun to fill, or an empty string."""
    return (half / _BEGUN).read_text(encoding="utf-8") if (half / _BEGUN).exists() else ""


def _empty(half: Path) -> None:
    """Make the folder, or empty it of all but the note of what was begun: this try may be cut short, too."""
    half.mkdir(parents=True, mode=0o700, exist_ok=True)
    for part in half.iterdir():
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part)
        elif part.name != _BEGUN:
            part.unlink()


def _fill_database(settings: Settings, half: Path, begun: str) -> None:
    """Fill the database; one that an interrupted restore had begun to fill may be replaced, no other."""
    url = settings.database_url()
    name = hash_of_text(url)
    if begun != name:
        refuse_filled(url)
    (half / _BEGUN).write_text(name, encoding="utf-8")
    put_back(half / "database", url)


def _take_keys(source: Path, home: Path) -> None:
    if source == home:
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    join_lists(source, home, _LISTS)
    aside = []
    for file in source.iterdir():
        if file.is_file() and not file.name.startswith(".") and file.name not in _LISTS:
            kept = home / file.name
            if kept.is_file() and kept.read_bytes() != file.read_bytes():
                # It may be newer than the copy, and be nowhere else.
                kept.replace(_before(kept))
                aside.append(file.name)
            shutil.copyfile(file, kept)
            kept.chmod(0o600)
    if aside:
        print(
            f"Keys that were in {home} and differ from the copy were set aside: {', '.join(aside)}.before-…."
        )


def _before(path: Path) -> Path:
    return path.with_name(f"{path.name}.before-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")


def _move_in(settings: Settings, half: Path) -> Path | None:
    """Move everything to its place; return where an outside file of anchors was set aside."""
    data = settings.data_dir.resolve()
    anchors, set_aside = anchor_path(settings), None
    if anchors.exists() and anchors.parent != data:
        # It may know entries that are lost now: kept as evidence, but not as what the trail has to hold.
        set_aside = _before(anchors)
        anchors.replace(set_aside)
    anchors.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(half / "anchors.jsonl", anchors)
    for part in list(half.iterdir()):
        if part.is_dir():
            shutil.copytree(part, data / part.name, dirs_exist_ok=True)
            shutil.rmtree(part)
    for name in ("anchors.jsonl", "database"):
        (half / name).unlink()
    return set_aside


def _reckon(
    settings: Settings,
    stores: Stores,
    facts: dict[str, str],
    set_aside: Path | None,
    *,
    ended: tuple[list[PersonId], list[Ending]],
) -> _Found:
    """End what may have run, sign everybody out, and write the restore into the trail; all or nothing."""
    taken_at, now = datetime.fromisoformat(facts["taken_at"]), stores.clock.now()
    with stores.transactions.writing() as uow:
        plans = end_what_may_have_run(uow, taken_at, now)
        orders = [uow.plans.order(fix.order) for fix in plans if fix.order]
        again = end_again(uow, ended[1], now)
        uow.sign_ins.end_every_sign_in()
        told = {"taken_at": facts["taken_at"], "head": facts["head"], "plans_ended": str(len(plans))}
        uow.audit.append(
            AuditEntry(at=now, act=AuditAct.RESTORED, actor="dogwatch", subject="house", facts=told)
        )
        open_approvals = len(uow.approval_list.pending())
        api_keys = sum(1 for key in uow.api_keys.every() if key.revoked_at is None and now < key.expires_at)
    damaged = _close_orders(settings.data_dir.resolve() / JOURNAL, orders)
    held = _erase_again(stores, ended[0])
    with stores.transactions.reading() as uow:
        let_in = who_may_decide(uow.people.everybody())
    stores.anchors.anchor(stores.database, force=True)
    report = verify(rows_of(stores.database), read_anchors(anchor_path(settings)), stores.audit_ring)
    return _Found(taken_at, plans, open_approvals, api_keys, report, set_aside, held, again, let_in, damaged)


def _erase_again(stores: Stores, erased: list[PersonId]) -> list[PersonId]:
    """Erase whoever was erased after the backup, and return whom it held."""
    held = []
    for person in erased:
        try:
            erase_person(stores.database, stores.transactions, person, stores.clock.now())
        except NotFound:  # came after the backup
            continue
        held.append(person)
    return held


def _close_orders(path: Path, orders: list[SignedOrder]) -> Path | None:
    """Write into the runner's journal that these orders were used and are over: no step of them begins.

    Returns:
        Where a journal was set aside that is damaged in the backup, else None.
    """
    if not path.exists() and not orders:
        return None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    journal, damaged = _journal(path)
    try:
        for signed in orders:
            order = signed.order
            journal.accept(order.id, nonce=order.nonce, plan_id=order.plan_id, title=order.plan_id)
        for order_id in {*journal.open_orders(), *(signed.order.id for signed in orders)}:
            over = RunReport(order_id=order_id, state=RunState.STOPPED, say=_SAY_OVER)
            journal.move(order_id, Phase.OVER, report=over.model_dump_json())
    finally:
        journal.close()
    return damaged


def _journal(path: Path) -> tuple[Journal, Path | None]:
    """Open the journal; one that is damaged must not keep the rest of the house from coming back."""
    try:
        return Journal(path), None
    except RemediationOff:
        if not path.exists():
            raise
        damaged = path.with_name(f"{path.name}.damaged")
        path.replace(damaged)
        for ending in ("-wal", "-shm"):
            path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
        return Journal(path), damaged


def _say(found: _Found, seconds: float) -> None:
    lost = (datetime.now(found.taken_at.tzinfo) - found.taken_at).total_seconds() / 60
    print(f"Restored the house as it was at {found.taken_at:%Y-%m-%d %H:%M:%S} UTC, in {seconds:.1f} s.")
    print(f"Lost: what happened in the {counted(round(lost), 'minute')} since then.")
    trail = (
        f"whole, {counted(found.report.entries, 'entry', 'entries')}"
        if found.report.is_whole
        else found.report.trouble
    )
    print(f"Audit trail: {trail}. Open approvals: {found.open_approvals}.")
    if found.report.remark:
        print(found.report.remark)
    for fix in found.ended:
        print(f"Ended, because it may have run since: plan {fix.id}, {fix.title or fix.subject_name}.")
    if found.erased:
        print(f"Erased again, as they were after the backup: {', '.join(found.erased)}.")
    for sentence in found.again.sentences():
        print(sentence)
    if found.let_in:
        print(f"Let in, with these roles: {found.let_in}.")
        print("Is one of them gone? `dogwatch user deactivate --id ID`: the copy of the keys may be older.")
    if found.damaged:
        print(
            f"The runner's journal was damaged in the backup: it was set aside in {found.damaged}, and"
            " what it recorded for taking a plan back is lost."
        )
    print("Everybody has to sign in again.", end=" ")
    if found.api_keys:
        print(
            f"{counted(found.api_keys, 'API key')} {'works' if found.api_keys == 1 else 'work'}: see"
            " `dogwatch key list`."
        )
    else:
        print()
    if found.set_aside:
        print(
            f"The anchors outside were set aside in {found.set_aside}: they may know entries that are lost."
        )
    print("Next: `dogwatch doctor`, then start as usual.")
