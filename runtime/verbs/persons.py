"""The verbs that end what somebody may: deactivate, sign out, take an account off; and let them in again."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from domain.acts.incident_leavers import take_from_incidents
from domain.counting import counted
from domain.errors import BadInput, DogwatchError, NotFound, OutsideTrouble
from domain.identity.chat import Account, Platform
from domain.identity.people import Person
from domain.ids import PersonId
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from runtime.people.endings import Ended, Ending, note_ending
from runtime.people.people_file import read_people
from runtime.people.shut_out import let_in, mark_of, shut_out, take_off
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores

ENDING = ("activate", "deactivate", "sign-out", "unlink")
_WITHIN = "within a minute"


def run_ending(parsed: argparse.Namespace) -> int:
    """Do one of `ENDING`; a house that runs follows within a minute."""
    settings = Settings()
    stores = open_stores(settings)
    if parsed.act == "unlink":
        return _unlink(stores, parsed.account)
    if parsed.act == "sign-out":
        with stores.transactions.writing() as uow:
            person = person_named(uow, parsed.id)
            ended = _sign_out(uow, stores, person)
        print(f"{ended} of {person.name}'s sign-ins ended; open pages follow {_WITHIN}.")
        return 0
    return _activate(settings, stores, PersonId(parsed.id), is_active=parsed.act == "activate")


def account_of(text: str) -> Account:
    """Return the account that `platform:workspace:user` names.

    On the web the workspace is an issuer, which holds colons itself: there the last one counts.

    Raises:
        BadInput: It names none.
    """
    platform, _, rest = text.partition(":")
    workspace, _, user = rest.rpartition(":") if platform == Platform.WEB else rest.partition(":")
    try:
        return Account(platform=Platform(platform), workspace=workspace, user=user)
    except ValueError as error:
        raise BadInput(
            f"account {text[:80]}",
            say=f"{text[:80]} names no account.",
            next_step=f"Write platform:workspace:user, with one of {', '.join(Platform)} as platform.",
        ) from error


def person_named(uow: UnitOfWork, name: str) -> Person:
    """Return who has that id, for a verb that has to be told.

    Raises:
        BadInput: Nobody was named.
        NotFound: Nobody has that id.
    """
    if not name:
        raise BadInput("nobody was named", say="Say whom, with --id.")
    found = next((one for one in uow.people.everybody() if one.id == name), None)
    if found is None:
        raise NotFound(
            f"person {name[:80]}",
            say=f"I don't know anybody with the id {name[:80]}.",
            next_step="`dogwatch user list` shows who is known.",
        )
    return found


def words_of(text: str) -> list[str]:
    """Return what commas part, with or without blanks around them."""
    return [word for part in text.split(",") if (word := part.strip())]


def record_person(
    uow: UnitOfWork, now: datetime, act: AuditAct, person: Person, facts: dict[str, str]
) -> None:
    """Add an entry about a person to the audit trail, as done on the command line."""
    uow.audit.append(
        AuditEntry(at=now, act=act, actor="command line", subject=f"person/{person.id}", facts=facts)
    )


def note_beside_keys(stores: Stores, ending: Ending) -> bool:
    """Write a word down beside the keys, for a restore; it holds here also where that can't be done.

    Returns:
        Whether the copy of the keys has to be made anew; see `say_to_copy`.
    """
    try:
        note_ending(stores.keys.folder, ending)
    except OutsideTrouble as error:
        print(error.sentence(), file=sys.stderr)
        return False
    return ending.is_over


def say_to_copy(stores: Stores) -> None:
    """Say that the copy of the keys is old now."""
    print(
        f"Copy {stores.keys.folder} anew to where you keep its copy: then a restore of an earlier backup"
        " keeps to it."
    )


def _activate(settings: Settings, stores: Stores, name: PersonId, *, is_active: bool) -> int:
    with stores.transactions.reading() as uow:
        person_named(uow, name)  # who never was here is not written down
    word = Ending(what=Ended.PERSON, id=name, at=stores.clock.now(), is_over=not is_active)
    # Out before it is done, in again only after: cut short in between, a restore keeps somebody out.
    is_noted = not is_active and note_beside_keys(stores, word)
    with stores.transactions.writing() as uow:
        person = person_named(uow, name)
        uow.people.save(person.model_copy(update={"is_active": is_active}))
        if is_active:
            let_in(uow, name)
        else:
            shut_out(uow, name, stores.clock.now())
        record_person(uow, stores.clock.now(), AuditAct.PERSON_CHANGED, person, {"active": str(is_active)})
        parts = 0
        if not is_active:
            _sign_out(uow, stores, person)
            parts = take_from_incidents(uow, person, stores.clock.now())
    if is_active:
        note_beside_keys(stores, word)
        print(f"{person.name} is let in again.")
    else:
        print(f"{person.name} may do nothing any more, on any platform; open pages follow {_WITHIN}.")
    if parts:
        print(f"{counted(parts, 'open incident')} had them in a part; people are called anew.")
    told = file_says(settings, name)
    if is_active and told is False:
        print("Set is_active: true in the people file too: it wins at the next start.")
    if told and not is_active:
        print("The people file still has them as active; they stay out until `dogwatch user activate`.")
    if is_noted:
        say_to_copy(stores)
    return 0


def file_says(settings: Settings, name: PersonId) -> bool | None:
    """Return whether the people file has somebody as active; None when it does not say."""
    told = file_tells(settings, name)
    return None if told is None else told.is_active


def file_tells(settings: Settings, name: PersonId) -> Person | None:
    """Return what the people file tells of somebody, or None."""
    if not settings.people_file:
        return None
    try:
        entries = read_people(Path(settings.people_file))
    except DogwatchError:
        return None
    return next((entry.person for entry in entries if entry.person.id == name), None)


def _sign_out(uow: UnitOfWork, stores: Stores, person: Person) -> int:
    ended = uow.sign_ins.end_sign_ins_of(person.id, stores.clock.now())
    facts = {"reason": "command line", "person": person.id, "ended": str(ended)}
    uow.audit.append(
        AuditEntry(
            at=stores.clock.now(),
            act=AuditAct.SESSION_ENDED,
            actor="command line",
            subject="sign-in",
            facts=facts,
        )
    )
    return ended


def _unlink(stores: Stores, accounts: list[str]) -> int:
    if not accounts:
        raise BadInput("user unlink", say="Say which account, with --account platform:workspace:user.")
    is_noted = False
    with stores.transactions.writing() as uow:
        for text in accounts:
            account = account_of(text)
            owner = uow.people.find_person(account)
            if owner is None:
                raise NotFound(
                    f"account {text[:80]}",
                    say=f"Nobody owns {text[:80]}.",
                    next_step="`dogwatch user list` shows the accounts.",
                )
            word = Ending(
                what=Ended.ACCOUNT,
                id=owner.id,
                at=stores.clock.now(),
                account=mark_of(account, owner.id),
            )
            is_noted |= note_beside_keys(stores, word)
            uow.people.unlink(account)
            take_off(uow, account, owner.id, stores.clock.now())
            facts = {"platform": account.platform.value}
            record_person(uow, stores.clock.now(), AuditAct.ACCOUNT_UNLINKED, owner, facts)
            print(f"{text} is no account of {owner.name} any more.")
    if is_noted:
        say_to_copy(stores)
    return 0
