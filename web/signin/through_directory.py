"""Sign-in with the password of a directory: few guesses, the same words and time for every refusal.

A try is counted before the directory is asked, so that many at once are no more than five, and whoever
guesses locks a name here before the directory locks it for everything else.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.errors import NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.identity.web_access import plain_name
from domain.ports.directory import Directory, DirectoryPerson
from web.answers import Handler
from web.services import WebServices
from web.signin.accounts import Vouched, owner_of, recorded, signed_in
from web.signin.guesses import Tries
from web.signin.passwords import does_not_fit, patiently
from web.signin.typed import Typed, typed_in

WAY = "ldap"
_AT_ONCE = 4
_MOST_WAITING = 32
_PATIENCE_SECONDS = 12.0


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
            # The directory locks people too, for everything else: all addresses together count here.
            tries = Tries(services, request, by_address=False)
            return await recorded(services, WAY, sign_in(typed, tries))
        except NotAllowed:
            await patiently(began)
            raise

    async def sign_in(typed: Typed, tries: Tries) -> Response:
        found = await _proven(questions, typed, tries)
        if not found.may_come_in:
            raise NotAllowed(
                f"ldap: in none of the groups that may: {found.subject}",
                say="The directory knows you, but you are in none of the groups that may come in here.",
                next_step="Ask an administrator of the directory.",
            )
        vouched = Vouched(WAY, directory.issuer, found.subject, found.email, True)
        person = await asyncio.to_thread(owner_of, services, vouched)
        answer = JSONResponse({"to": typed.page})
        tries.remember_browser(answer)
        now = services.clock.now()
        return await asyncio.to_thread(signed_in, services, person, WAY, now, answer, found.subject)

    return endpoint


async def _no_directory(request: Request) -> Response:
    raise NotFound("no directory", say="No directory is set up here.")


async def _proven(questions: "_Questions", typed: Typed, tries: Tries) -> DirectoryPerson:
    name = plain_name(typed.name)
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
