"""How often a name may be guessed at: few times, and in such a way that no stranger locks a colleague out.

Guesses are counted apart: those of a browser in which that person has signed in before, which strangers do
not have, and those of everybody else. Whoever guesses from elsewhere locks only what they guess from.
"""

import hashlib
import secrets
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from domain.identity.web_access import MOST_WRONG_PASSWORDS, Guesses, MarkKind, SignInMark
from domain.ports.transactions import UnitOfWork
from web.services import WebServices
from web.signin.attempts import sealed, unsealed
from web.signin.limit import address_of

MOST_FROM_EVERYWHERE = 50
"""Wrong guesses at one name from all addresses together; then only browsers that its person used may try."""
_REMEMBERED = timedelta(days=1)
_KNOWN, _KNOWN_FOR = "dogwatch_known", timedelta(days=90)


class Tries:
    """What one try to sign in counts as.

    Args:
        services: What the room is given.
        request: Whose browser and address count.
        by_address: Whether strangers at different addresses are counted apart. Not where somebody else locks
            the name as well, whom all addresses together must not lead to that.
    """

    def __init__(self, services: WebServices, request: Request, *, by_address: bool) -> None:
        self._services = services
        told = unsealed(services, request.cookies.get(_KNOWN, "")) or []
        is_ours = len(told) > 2 and told[0] == _KNOWN
        self._browser, self._known_at = (told[1], frozenset(told[2:])) if is_ours else ("", frozenset())
        self._address = address_of(request) if by_address else ""
        self._is_secure = request.url.scheme == "https"
        self._at: list[str] = []
        self._before: dict[str, Guesses] = {}

    def may_try(self, at: str) -> bool:
        """Count a try at something; False while it is locked for this browser."""
        name = _hash(at)
        now = self._services.clock.now()
        with self._services.writing() as uow:
            uow.sign_in_marks.tidy(now)
            counted = {key: (self._found(uow, key), most) for key, most in self._counters(name).items()}
            if any(before.is_locked(now) for before, _ in counted.values()):
                return False
            for key, (before, most) in counted.items():
                self._keep(uow, key, before.after_wrong(now, most))
        self._at.append(name)
        self._before |= {key: before for key, (before, _) in counted.items()}
        return True

    def take_back(self) -> None:
        """Count nothing."""
        with self._services.writing() as uow:
            for key, before in self._before.items():
                self._keep(uow, key, before)

    def forget(self) -> None:
        """Begin to count anew: the password was right."""
        with self._services.writing() as uow:
            for key in self._before:
                self._keep(uow, key, Guesses())

    def remember_browser(self, answer: Response) -> None:
        """Let strangers' guesses at what was tried not lock this browser, for 90 days."""
        browser = self._browser or secrets.token_urlsafe(16)
        answer.set_cookie(
            _KNOWN,
            sealed(self._services, [_KNOWN, browser, *self._at], int(_KNOWN_FOR.total_seconds())),
            max_age=int(_KNOWN_FOR.total_seconds()),
            httponly=True,
            secure=self._is_secure,
            samesite="strict",
            path="/sign-in",
        )

    def _counters(self, name: str) -> dict[str, int]:
        """Return where a try at a name counts, and how many wrong ones lock that."""
        if name in self._known_at:
            return {_hash(f"{name}\0browser\0{self._browser}"): MOST_WRONG_PASSWORDS}
        if not self._address:
            return {name: MOST_WRONG_PASSWORDS}
        return {
            _hash(f"{name}\0address\0{self._address}"): MOST_WRONG_PASSWORDS,
            name: MOST_FROM_EVERYWHERE,
        }

    def _found(self, uow: UnitOfWork, key: str) -> Guesses:
        mark = uow.sign_in_marks.find(MarkKind.GUESSES, key, self._services.clock.now())
        return Guesses.model_validate_json(mark.text) if mark is not None else Guesses()

    def _keep(self, uow: UnitOfWork, key: str, guesses: Guesses) -> None:
        until = self._services.clock.now() + _REMEMBERED
        mark = SignInMark(kind=MarkKind.GUESSES, key=key, until=until, text=guesses.model_dump_json())
        uow.sign_in_marks.save(mark)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
