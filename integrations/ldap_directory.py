"""Ask an LDAP directory who somebody is: search with our own account, then bind as who was found.

What somebody typed stands in a filter only, every sign of it escaped, and never in a distinguished name:
names come from the server. Source: RFC 4511, RFC 4513 §5.1.2 (binds without password), RFC 4515 §3 (escapes).
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import BadInput, OutsideTrouble
from domain.identity.web_access import plain_name
from domain.ports.directory import DirectoryPerson
from integrations.ldap_connection import Conversation, Entry, LdapPlace, PasswordExpired, conversation

log = logging.getLogger("dogwatch.ldap")

_LONGEST_PASSWORD = 1024
_LONGEST_SUBJECT = 200
_DEEPEST = 10
_MOST_GROUPS = 500
_AT_ONCE = 50
"""People who are asked after in one conversation."""
_MEMBERS = ("member", "uniqueMember")
_GUID = "objectguid"
"""Active Directory's id is sixteen bytes, not text."""


@dataclass(frozen=True)
class LdapRules:
    """Who is looked for, and where.

    Args:
        base: Below which entry people are.
        person_filter: Fits a person; `{name}` stands for what was typed.
        subject: Attribute with the id that stays.
        mail: Attribute with the mail address.
        groups: Distinguished names; a person must be in one, also through other groups. Empty: no rule.
        groups_base: Below which entry groups are.
    """

    base: str
    person_filter: str
    subject: str
    mail: str
    groups: tuple[str, ...] = ()
    groups_base: str = ""


class LdapDirectory:
    """Implements `Directory` on an LDAP server.

    Args:
        place: Where it is.
        rules: Who is looked for.
        account: Gives the distinguished name and password that we search with, fresh each time.
        others: Where the same directory is as well; asked while the first is away.
    """

    def __init__(
        self,
        place: LdapPlace,
        rules: LdapRules,
        account: Callable[[], tuple[str, str]],
        others: Sequence[LdapPlace] = (),
    ) -> None:
        self._place = place
        self._others = tuple(others)
        self._answered: LdapPlace | None = None
        """Which answered last; it is asked first."""
        self._rules = rules
        self._account = account
        self.issuer = f"ldap:{rules.base.lower()}"

    def prove(
        self, name: str, password: str, may_try: Callable[[str], bool] = lambda subject: True
    ) -> DirectoryPerson | None:
        """Return who gave the right password, or None."""
        name = plain_name(name)
        if not name or not _may_be_sent(password):
            return None
        until = time.monotonic() + self._place.seconds
        with self._conversation(until) as asking:
            self._sign_in(asking)
            found = self._person(asking, self._rules.person_filter.replace("{name}", escaped(name)))
            if found is None:
                return None
            subject = self._subject(found)
            if not may_try(subject):
                return None
            with self._conversation(until) as proving:
                if not proving.bind(found.dn, password):
                    return None
            return DirectoryPerson(
                subject=subject,
                email=_text(found, self._rules.mail),
                may_come_in=self._may_come_in(asking, found.dn),
            )

    def still_known(self, subjects: Sequence[str]) -> frozenset[str]:
        """Return who of those that came in would still be let in, as far as shows without a password."""
        known: set[str] = set()
        for first in range(0, len(subjects), _AT_ONCE):
            with self._conversation(time.monotonic() + self._place.seconds) as asking:
                self._sign_in(asking)
                known |= {one for one in subjects[first : first + _AT_ONCE] if self._is_known(asking, one)}
        return frozenset(known)

    def lacks(self) -> str:
        """Return what keeps people from signing in through the directory; empty for nothing. For `doctor`."""
        for place in self._places():
            lacks = self._lacks_at(place)
            if lacks:
                return f"{place.host}: {lacks}" if self._others else lacks
        return ""

    def _lacks_at(self, place: LdapPlace) -> str:
        try:
            with conversation(place, time.monotonic() + place.seconds) as asking:
                self._sign_in(asking)
                missing = [group for group in self._rules.groups if self._spelled(asking, group) is None]
                is_there = self._spelled(asking, self._rules.base) is not None
        except OutsideTrouble as error:
            return str(error)
        if not is_there:
            return f"there is no entry {self._rules.base} that our account may see"
        return f"there is no group {missing[0]} that our account may see" if missing else ""

    def _places(self) -> list[LdapPlace]:
        return sorted((self._place, *self._others), key=lambda place: place != self._answered)

    @contextlib.contextmanager
    def _conversation(self, until: float) -> Iterator[Conversation]:
        """Yield a conversation with the first server that answers; each gets its share of the time."""
        with contextlib.ExitStack() as stack:
            yield self._reached(stack, until)

    def _reached(self, stack: contextlib.ExitStack, until: float) -> Conversation:
        places = self._places()
        for number, place in enumerate(places):
            now = time.monotonic()
            share = now + (until - now) / (len(places) - number)
            try:
                found = stack.enter_context(conversation(place, until, share))
            except OutsideTrouble as error:
                if number + 1 == len(places):
                    raise
                log.warning("%s does not answer, asking the next: %s", place.host, error)
            else:
                self._answered = place
                return found
        raise AssertionError("a directory has a place")

    def _is_known(self, asking: Conversation, subject: str) -> bool:
        raw = uuid.UUID(subject).bytes_le if self._rules.subject.lower() == _GUID else subject.encode()
        same = f"({self._rules.subject}={_escaped_bytes(raw)})"
        found = self._person(asking, f"(&{same}{self._rules.person_filter.replace('{name}', '*')})")
        return found is not None and self._may_come_in(asking, found.dn)

    def _sign_in(self, asking: Conversation) -> None:
        try:
            dn, password = self._account()
        except BadInput as error:
            # What an operator left out is no visitor's business.
            raise _refused(error.sentence()) from error
        try:
            is_ours = asking.bind(dn, password)
        except PasswordExpired as error:
            raise _refused("the password of our own account has expired") from error
        if not is_ours:
            raise _refused("our own account is refused; check signin.ldap.account and its credential")

    def _person(self, asking: Conversation, written: str) -> Entry | None:
        found = asking.search(self._rules.base, written, (self._rules.subject, self._rules.mail), most=2)
        if found is None or len(found) > 1:
            log.warning("several entries of the directory fit one name, so nobody was signed in")
            return None
        return found[0] if found else None

    def _subject(self, entry: Entry) -> str:
        raw = _first(entry, self._rules.subject)
        is_guid = self._rules.subject.lower() == _GUID and len(raw) == 16
        subject = str(uuid.UUID(bytes_le=raw)) if is_guid else raw.decode("utf-8", "replace")
        if not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise OutsideTrouble(
                f"ldap: an entry has no usable {self._rules.subject}; check signin.ldap.subject_attribute",
                say="The directory does not say who you are in a way that lasts, so nobody was signed in.",
                next_step="An operator can correct signin.ldap.subject_attribute.",
            )
        return subject

    def _may_come_in(self, asking: Conversation, dn: str) -> bool:
        """Return whether an entry is in one of our groups, going up from group to group."""
        if not self._rules.groups:
            return True
        spelled = (self._spelled(asking, group) for group in self._rules.groups)
        ours = {group.casefold() for group in spelled if group is not None}
        seen: set[str] = set()
        level = [dn]
        for _ in range(_DEEPEST):
            level = [group for group in self._groups_of(asking, level) if group.casefold() not in seen]
            seen |= {group.casefold() for group in level}
            if seen & ours or not level or len(seen) > _MOST_GROUPS:
                break
        return bool(seen & ours)

    def _groups_of(self, asking: Conversation, dns: Iterable[str]) -> list[str]:
        any_of = "".join(f"({kind}={escaped(dn)})" for dn in dns for kind in _MEMBERS)
        found = asking.search(self._rules.groups_base or self._rules.base, f"(|{any_of})", most=_MOST_GROUPS)
        return [entry.dn for entry in found or ()]

    def _spelled(self, asking: Conversation, dn: str) -> str | None:
        """Return a distinguished name as the server spells it, so that names can be compared."""
        found = asking.search(dn, "(objectClass=*)", only_base=True)
        return found[0].dn if found else None


def escaped(text: str) -> str:
    """Return a text as a value in a filter: every byte that is no plain letter or digit is escaped."""
    return _escaped_bytes(text.encode())


def _escaped_bytes(raw: bytes) -> str:
    return "".join(chr(one) if one < 128 and chr(one).isalnum() else f"\\{one:02x}" for one in raw)


def _may_be_sent(password: str) -> bool:
    return bool(password) and "\0" not in password and len(password) <= _LONGEST_PASSWORD


def _first(entry: Entry, name: str) -> bytes:
    values = entry.values.get(name) or [b""]
    return values[0]


def _text(entry: Entry, name: str) -> str:
    return _first(entry, name).decode("utf-8", "replace")


def _refused(detail: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"ldap: {detail}",
        say="The directory can't be asked now, so nobody was signed in.",
        next_step="An operator finds the reason in the log.",
    )
