"""Who you are to me, and how a second account becomes the same person."""

import hashlib
import secrets
from datetime import timedelta

from bot.cards.model import Card, Fact, Reply, Tone
from bot.cards.text import md, quote
from bot.directly import direct_place
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotAllowed, NotNow
from domain.identity.access import Act
from domain.identity.chat import Account, Place
from domain.identity.people import ChatIdentity, LinkCode, Person
from domain.identity.web_access import is_fresh
from domain.proof.audit import AuditAct

_GOOD_FOR = timedelta(minutes=10)
_SHUT_OUT = "You were shut out, so nothing that you ask is done, whatever your roles"
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LETTERS, _LETTERS_OF_NAME = 9, 3
"""The first letters name a code, the other six are its secret: five guesses at 2 to the power of 30."""


def who_am_i(turn: Turn) -> Reply:
    """Say who the account belongs to and what that person may do."""
    if turn.person is None:
        return Reply(whispers=(_how_to_link(turn.incoming.account),))
    person = turn.person
    accounts = ", ".join(sorted({a.platform.value for a in turn.uow.people.accounts_of(person.id)}))
    roles = ", ".join(sorted(role.value.replace("_", " ") for role in person.roles)) or "none"
    card = Card(
        title=f"You are {person.name}",
        facts=(
            Fact(label="Roles", value=quote(roles)),
            Fact(label="Teams", value=quote(", ".join(sorted(person.teams)) or "none")),
            Fact(label="Accounts", value=quote(accounts)),
        ),
        lead="" if person.is_active else f"{_SHUT_OUT}.",
        plain=f"You are {person.name}; roles: {roles}; accounts: {accounts}."
        + ("" if person.is_active else f" {_SHUT_OUT}."),
    )
    return Reply(whispers=(card,))


def is_code(rest: str) -> bool:
    """Return whether what follows `link` may be a code: in "link to the dashboard" it is none."""
    return rest.partition(" ")[0].lower() not in ("to", "of", "for")


def link(turn: Turn) -> Reply:
    """Without a code: issue one to a known person. With a code: join this account to its person."""
    if turn.words:
        return _redeem(turn, turn.words[0].upper())
    if turn.person is None:
        return Reply(whispers=(_how_to_link(turn.incoming.account),))
    person = _who_links(turn)
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
    turn.uow.link_codes.save(
        LinkCode(
            code_hash=_hash(code),
            name=code[:_LETTERS_OF_NAME],
            person=person.id,
            asked_from=turn.incoming.account,
            expires_at=turn.now + _GOOD_FOR,
        )
    )
    turn.record(AuditAct.LINK_CODE_ISSUED, f"person/{person.id}")
    text = md(
        "Tell me `link {code}` from your other account within ten minutes."
        " It works once and makes that account **{name}**. Give it to nobody.",
        code=code,
        name=person.name,
    )
    return Reply(whispers=(sentence("Link another account", text),))


def _who_links(turn: Turn) -> Person:
    """Return the person who may add an account: one who is here, and signed in lately.

    A session that somebody else sits at must not win an account that no sign-in is asked of.
    """
    person = turn.require(Act.LINK_ACCOUNT)
    if not is_fresh(turn.incoming.account.platform, turn.incoming.signed_in_at, turn.now):
        raise NotNow(
            f"{person.id} signed in long ago",
            say="A new account would be you, and you signed in more than 15 minutes ago.",
            next_step="Press your name at the bottom left, sign in again, and say `link` once more.",
        )
    return person


def _redeem(turn: Turn, code: str) -> Reply:
    if turn.person is not None:
        raise NotAllowed(
            "account is linked already",
            say=f"This account already belongs to {turn.person.name}.",
            next_step="Enter the code from the account that I don't know yet.",
        )
    named = [c for c in turn.uow.link_codes.open_codes(turn.now) if code.startswith(c.name)]
    found = next((c for c in named if secrets.compare_digest(c.code_hash, _hash(code))), None)
    owner = turn.uow.people.get(found.person) if found is not None else None
    if found is None or owner is None or not owner.is_active:
        # A wrong guess costs the code that it names a try, and nobody else's: else any stranger could use up
        # everybody's codes.
        for known in named:
            tries = known.tries_left - 1
            turn.uow.link_codes.save(known.model_copy(update={"tries_left": tries, "is_used": tries <= 0}))
        turn.record(AuditAct.REFUSED, "link", reason="wrong code")
        text = (
            "That code is wrong, used or older than ten minutes. Say `link` where I know you for a new one."
        )
        return Reply(whispers=(sentence("Not linked", text),))
    turn.uow.people.link(ChatIdentity(account=turn.incoming.account, person=owner.id, linked_at=turn.now))
    turn.uow.link_codes.save(found.model_copy(update={"is_used": True}))
    turn.record(AuditAct.ACCOUNT_LINKED, f"person/{owner.id}", platform=turn.incoming.account.platform.value)
    text = md(
        "This {here} account and the {there} account that asked for the code are now one person: **{name}**.",
        here=_named(turn.incoming.account, turn.incoming.display_name),
        there=_named(found.asked_from),
        name=owner.name,
    )
    _tell_owner(turn, found)
    return Reply(whispers=(sentence("Linked", text),))


def _tell_owner(turn: Turn, code: LinkCode) -> None:
    """Tell the one who asked for a code what became of it: somebody else may have used it."""
    place = direct_place(code.asked_from) or _terminal_of(code.asked_from)
    account = turn.incoming.account
    text = md(
        "The {account} account is you now: what it says and presses here counts as yours. Is it not yours?"
        " Then ask an administrator at once for `dogwatch user unlink --account {written}`.",
        account=_named(account, turn.incoming.display_name),
        written=_written(account),
    )
    turn.say_at(place, sentence("An account was linked to you", text, tone=Tone.WARNING))


def _terminal_of(account: Account) -> Place:
    """Return where a terminal hears us: it has nobody else to read there, and no other conversation."""
    channel = f"console/{account.user}"
    return Place(platform=account.platform, workspace=account.workspace, channel=channel, is_private=True)


def _named(account: Account, display_name: str = "") -> str:
    """Return which account that is: names may be anybody's, so its id stands beside."""
    shown = f"{display_name}, {account.user}" if display_name else account.user
    return f"{account.platform.value} ({shown})"


def _how_to_link(account: Account) -> Card:
    return sentence(
        "I don't know this account yet",
        md(
            "Say `link` to me where I know you, such as the web chat. I'll give you a code to tell me here."
            " I know you nowhere? Then tell whoever runs me that this account is `{written}`.",
            written=_written(account),
        ),
    )


def _written(account: Account) -> str:
    """Return an account as the people file's keys and `--account` of `dogwatch user` name it."""
    return f"{account.platform}:{account.workspace}:{account.user}"


def _hash(code: str) -> str:
    return hashlib.sha256(b"dogwatch/link/1" + code.encode()).hexdigest()
