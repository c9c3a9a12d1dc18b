"""The verbs around who may come in: people, their passwords, and the keys of programs."""

import argparse
import getpass
import re
import sys
from datetime import timedelta
from typing import TypeVar

from domain.errors import BadInput, NotFound
from domain.identity.contacts import is_mail_address, is_phone_number
from domain.identity.people import ChatIdentity, Person, Role, Way
from domain.identity.web_access import Scope, new_key
from domain.ids import PersonId, TeamId
from domain.proof.audit import AuditAct, AuditEntry
from runtime.people.endings import Ended, Ending
from runtime.people.erased import note_erased
from runtime.people.shut_out import give_back, mark_of
from runtime.settings.house import Settings
from runtime.verbs.persons import (
    ENDING,
    account_of,
    file_says,
    file_tells,
    note_beside_keys,
    person_named,
    record_person,
    run_ending,
    say_to_copy,
    words_of,
)
from runtime.wiring.stores import Stores, open_stores

_NEW_ID = re.compile(r"\w[\w.@+-]{0,79}")
"""What is typed and read aloud in commands: no blanks, commas, or quotation marks of a telephone."""
_LONGEST_NAME = 120
Named = TypeVar("Named", Role, Scope)


def run_user(parsed: argparse.Namespace) -> int:
    """Add, list, end or erase people, or give one a password."""
    if parsed.act in ENDING:
        return run_ending(parsed)
    stores = open_stores(Settings())
    if parsed.act == "list":
        return _list(stores)
    if parsed.act == "password":
        return _set_password(stores, parsed.id)
    if parsed.act == "erase":
        return _erase(stores, PersonId(parsed.id))
    return _add(stores, parsed)


def _erase(stores: Stores, person: PersonId) -> int:
    from storage.erasure import erase_person

    with stores.transactions.reading() as uow:
        person_named(uow, person)  # who never was here is not written down
    settings = Settings()
    now, keys = stores.clock.now(), settings.data_dir.resolve() / "keys"
    note_erased(keys, person, now)
    erase_person(stores.database, stores.transactions, person, now)
    # Once more: a backup that was taken while this waited for its turn still holds them.
    note_erased(keys, person, stores.clock.now())
    print(f"{person} has no name, address, account or right any more. The audit trail is untouched.")
    if file_says(settings, person) is not None:
        print("The people file still names them: take them out there, or its next reading brings them back.")
    print(f"Copy {keys} anew to where you keep its copy: a restore of an earlier backup erases them again.")
    return 0


def _list(stores: Stores) -> int:
    with stores.transactions.reading() as uow:
        for person in uow.people.everybody():
            accounts = [f"{a.platform}:{a.workspace}:{a.user}" for a in uow.people.accounts_of(person.id)]
            shown = " ".join(accounts if person.is_active else ["(deactivated)", *accounts])
            print(f"{person.id:<12} {person.name:<24} {','.join(sorted(person.roles)):<40} {shown}")
    return 0


def _add(stores: Stores, parsed: argparse.Namespace) -> int:
    """Add a person, or change one: what is not said of somebody who is known stays as it is."""
    told = _told(parsed)
    accounts = [account_of(text) for text in parsed.account]
    now, words = stores.clock.now(), list[Ending]()
    with stores.transactions.writing() as uow:
        former = next((one.model_dump() for one in uow.people.everybody() if one.id == parsed.id), {})
        if not former:
            _refuse_new(parsed.id, parsed.name)
        person = Person.model_validate({"id": parsed.id} | former | told)
        uow.people.save(person)
        for account in accounts:
            uow.people.link(ChatIdentity(account=account, person=person.id, linked_at=now))
            if give_back(uow, account, person.id, now):
                mark = mark_of(account, person.id)
                words.append(Ending(what=Ended.ACCOUNT, id=person.id, at=now, is_over=False, account=mark))
            facts = {"platform": account.platform.value}
            record_person(uow, now, AuditAct.ACCOUNT_LINKED, person, facts)
        facts = {"roles": ",".join(sorted(person.roles))}
        record_person(uow, now, AuditAct.PERSON_CHANGED, person, facts)
    for word in words:
        note_beside_keys(stores, word)
    print(f"{person.name} is known as {person.id}.")
    in_file = file_tells(Settings(), person.id)
    if in_file is not None and any(getattr(in_file, field) != getattr(person, field) for field in told):
        print("The people file says otherwise of them: change it there too, it wins at the next start.")
    return 0


def _refuse_new(name: str, full_name: str) -> None:
    if not name or not full_name:
        raise BadInput("user add", say="A person who is new here needs --id and --name.")
    if not _NEW_ID.fullmatch(name):
        raise BadInput(
            f"user add id {name[:80]}",
            say=f"{name[:80]!r} is no id that people could type.",
            next_step="Use letters, digits and any of . _ - + @, such as maria or maria.k@example.org.",
        )


def _named(kind: type[Named], words: str) -> frozenset[Named]:
    """Return the roles, or scopes, of a list of words."""
    name = kind.__name__.lower()
    try:
        return frozenset(kind(word) for word in words_of(words))
    except ValueError as error:
        known = ", ".join(one.value for one in kind)
        raise BadInput(
            f"unknown {name}",
            say=f"I don't know one of these {name}s: {words}.",
            next_step=f"{name.capitalize()}s are {known}.",
        ) from error


def _told(parsed: argparse.Namespace) -> dict[str, object]:
    """Return what was said of a person, without what was not."""
    roles = _named(Role, parsed.roles)
    phone = parsed.phone
    if phone and not is_phone_number(phone):
        raise BadInput(
            "user add phone", say=f"{phone} is no phone number I can use.", next_step="Write +4915112345678."
        )
    if parsed.email and not is_mail_address(parsed.email):
        raise BadInput(
            "user add email",
            say=f"{parsed.email[:80]} is no mail address I can use.",
            next_step="Write maria@example.org.",
        )
    if len(parsed.name) > _LONGEST_NAME:
        raise BadInput("user add name", say=f"A name has at most {_LONGEST_NAME} characters.")
    told = {
        "name": parsed.name,
        "email": parsed.email,
        "phone": phone,
        "vouched": _ways(parsed.vouch),
        "roles": roles,
        "teams": frozenset(TeamId(team) for team in words_of(parsed.teams)),
    }
    return {field: value for field, value in told.items() if value}


def _ways(words: str) -> frozenset[Way]:
    try:
        return frozenset(Way(word) for word in words_of(words))
    except ValueError as error:
        raise BadInput("unknown way", say="--vouch takes mail, sms, or both with a comma.") from error


def _set_password(stores: Stores, person: str) -> int:
    """Ask for a password twice, or read one line where nobody sits at a terminal."""
    from web.signin.passwords import set_password

    with stores.transactions.reading() as uow:
        person_named(uow, person)  # before anybody types a password for nobody
    if sys.stdin.isatty():
        text = getpass.getpass("New password: ")
        if text != getpass.getpass("Again: "):
            raise BadInput("passwords differ", say="The two were different, so nothing was changed.")
    else:
        text = sys.stdin.readline().rstrip("\n")
    with stores.transactions.writing() as uow:
        set_password(uow, PersonId(person), text, stores.clock.now(), "command line")
    print(f"{person} can sign in with that password now.")
    return 0


def run_key(parsed: argparse.Namespace) -> int:
    """Make, list or revoke the keys of programs."""
    stores = open_stores(Settings())
    if parsed.act == "list":
        with stores.transactions.reading() as uow:
            known = uow.api_keys.every()
            if not known:
                print("There are no keys. `dogwatch key add --person ID --name WHAT_FOR` makes one.")
            for key in known:
                state = "revoked" if key.revoked_at else f"until {key.expires_at:%Y-%m-%d}"
                print(
                    f"{key.id:<13} {key.name:<24} {key.person:<12} {','.join(sorted(key.scopes)):<12} {state}"
                )
        return 0
    if parsed.act == "revoke":
        return _revoke(stores, parsed.id)
    scopes = _named(Scope, parsed.scope)
    now = stores.clock.now()
    with stores.transactions.writing() as uow:
        if not parsed.person:
            raise BadInput("key add", say="A key needs --person: whose rights it has.", next_step="Say who.")
        owner = person_named(uow, parsed.person)
        key, text = new_key(parsed.name or "key", owner.id, scopes, now, timedelta(days=parsed.days))
        uow.api_keys.save(key)
        uow.audit.append(_entry(stores, key.id, {"made": ",".join(sorted(scopes)), "person": owner.id}))
    print(text)
    print(f"This is shown once. It ends on {key.expires_at:%Y-%m-%d}.", file=sys.stderr)
    return 0


def _revoke(stores: Stores, key_id: str) -> int:
    with stores.transactions.writing() as uow:
        key = uow.api_keys.find(key_id)
        if key is None:
            raise NotFound(
                "key", say=f"There is no key {key_id}.", next_step="`dogwatch key list` shows them."
            )
        is_noted = note_beside_keys(stores, Ending(what=Ended.KEY, id=key.id, at=stores.clock.now()))
        uow.api_keys.save(key.model_copy(update={"revoked_at": stores.clock.now()}))
        uow.audit.append(_entry(stores, key.id, {"revoked": "yes"}))
    print(f"Key {key_id} opens nothing any more.")
    if is_noted:
        say_to_copy(stores)
    return 0


def _entry(stores: Stores, key_id: str, facts: dict[str, str]) -> AuditEntry:
    return AuditEntry(
        at=stores.clock.now(),
        act=AuditAct.KEY_CHANGED,
        actor="command line",
        subject=f"api-key/{key_id}",
        facts=facts,
    )
