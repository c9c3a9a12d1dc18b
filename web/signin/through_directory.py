"""Sign-in with the password of a directory: few guesses, the same words and time for every refusal.

A try is counted before the directory is asked, so that many at once are no more than five, and whoever
guesses locks a name here before the directory locks it for everything else.
"""

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.errors import NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.ports.directory import Directory, DirectoryPerson
from domain.web_access import Guesses, MarkKind, SignInMark, plain_name
from web.answers import Handler
from web.services import WebServices
from web.signin.accounts import Vouched, owner_of, recorded, signed_in
from web.signin.passwords import does_not_fit, patiently
from web.signin.typed import Typed, typed_in

WAY = "ldap"
_AT_ONCE = 4
_MOST_WAITING = 32
_PATIENCE_SECONDS = 12.0
_REMEMBERED = timedelta(days=1)


def with_directory(services: WebServices) -> Handler:
    """Return what takes a name and a password of the directory."""
    directory = services.ways.directory
    if directory is None:
        return _no_directory
    questions = _Questions(directory)

    async def endpoint(request: Request) -> Response:
        typed = await typed_in(request)
        began = time.monotonic()
        try:
            return await recorded(services, WAY, sign_in(typed))
        except NotAllowed:
            await patiently(began)
            raise

    async def sign_in(typed: Typed) -> Response:
        found = await _proven(services, questions, typed)
        if not found.may_come_in:
            raise NotAllowed(
                f"ldap: in none of the groups that may: {found.subject}",
                say="The directory knows you, but you are in none of the groups that may come in here.",
                next_step="Ask an administrator of the directory.",
            )
        vouched = Vouched(WAY, directory.issuer, found.subject, found.email, True)
        person = await asyncio.to_thread(owner_of, services, vouched)
        answer = JSONResponse({"to": typed.page})
        now = services.clock.now()
        return await asyncio.to_thread(signed_in, services, person, WAY, now, answer, found.subject)

    return endpoint


async def _no_directory(request: Request) -> Response:
    raise NotFound("no directory", say="No directory is set up here.")


async def _proven(services: WebServices, questions: "_Questions", typed: Typed) -> DirectoryPerson:
    name = plain_name(typed.name)
    tries = _Tries(services)
    if not await asyncio.to_thread(tries.may_try, f"{WAY}\0{name.casefold()}"):
        raise does_not_fit()
    try:
        found = await questions.ask(
            name, typed.password, lambda subject: tries.may_try(f"{WAY}-id\0{subject}")
        )
    except (OutsideTrouble, NotNow, NotAllowed):
        await asyncio.to_thread(tries.take_back)  # nothing was guessed, or the password was right
        raise
    if found is None:
        raise does_not_fit()
    await asyncio.to_thread(tries.forget)
    return found


class _Tries:
    """What one try counts as: at the name that was typed, and at whom it leads to, whatever name that was."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._before: dict[str, Guesses] = {}

    def may_try(self, at: str) -> bool:
        """Count a try at something; False while it is locked."""
        key = hashlib.sha256(at.encode()).hexdigest()
        before = _count_try(self._services, key)
        if before is None:
            return False
        self._before[key] = before
        return True

    def take_back(self) -> None:
        """Count nothing."""
        for key, before in self._before.items():
            _keep(self._services, key, before)

    def forget(self) -> None:
        """Begin to count anew: the password was right."""
        for key in self._before:
            _keep(self._services, key, Guesses())


def _count_try(services: WebServices, key: str) -> Guesses | None:
    """Count a try and return the record as it was before; None while the name is locked."""
    now = services.clock.now()
    with services.writing() as uow:
        uow.sign_in_marks.tidy(now)
        mark = uow.sign_in_marks.find(MarkKind.GUESSES, key, now)
        before = Guesses.model_validate_json(mark.text) if mark is not None else Guesses()
        if before.is_locked(now):
            return None
        uow.sign_in_marks.save(_mark(services, key, before.after_wrong(now)))
    return before


def _keep(services: WebServices, key: str, guesses: Guesses) -> None:
    with services.writing() as uow:
        uow.sign_in_marks.save(_mark(services, key, guesses))


def _mark(services: WebServices, key: str, guesses: Guesses) -> SignInMark:
    until = services.clock.now() + _REMEMBERED
    return SignInMark(kind=MarkKind.GUESSES, key=key, until=until, text=guesses.model_dump_json())


class _Questions:
    """Asks the directory in threads of its own: a slow one holds up only those who sign in through it."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="directory")
        self._places = threading.BoundedSemaphore(_MOST_WAITING)

    async def ask(
        self, name: str, password: str, may_try: Callable[[str], bool] = lambda subject: True
    ) -> DirectoryPerson | None:
        """Return who gave the right password, or None, in bounded time."""
        if not self._places.acquire(blocking=False):
            raise NotNow(
                "too many ask the directory",
                say="Too many people are signing in at this moment.",
                next_step="Try again in half a minute.",
            )
        asked = self._threads.submit(self._directory.prove, name, password, may_try)
        asked.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(asked), _PATIENCE_SECONDS)
        except TimeoutError as error:
            raise OutsideTrouble(
                "ldap: no answer in time",
                say="The directory takes too long to answer, so nobody was signed in.",
                next_step="Try again in a minute.",
            ) from error
