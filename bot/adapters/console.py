"""The console door: cards as text, buttons by number, dialogs question by question, files by path.

A number always means the newest card that has buttons; a card that came earlier can be shown again by asking.
"""

import asyncio
import secrets
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.console_answers import answer_to, as_agreed, problem_with
from bot.cards import plain
from bot.cards.exact import line
from bot.cards.ink import Ink, card_hash
from bot.cards.model import Action, Card, Dialog, Input, Reply
from bot.door import Desk, Minter
from domain.errors import BadInput, DogwatchError
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, MessageRef, Place, Platform
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock

Say = Callable[[str], None]
Ask = Callable[[str], Awaitable[str | None]]
"""Shows a prompt and returns the line that was typed; None at the end of input."""

HELP = "Write what you want, a number for a button, or: drop PATH [what it is]. An empty line ends."


class ConsoleSettings(BaseModel):
    """Whose terminal this is."""

    model_config = ConfigDict(frozen=True)

    user: str = Field(min_length=1, max_length=200)
    """Subject of the account; who it is for us is decided from the people's store."""
    name: str = ""
    issuer: str = "console"
    public_url: str = ""
    upload_limit_bytes: int = Field(default=200 * 1024 * 1024, gt=0)


class Terminal:
    """What the door prints to and reads from."""

    def __init__(self, say: Say, ask: Ask) -> None:
        self.say = say
        self.ask = ask


class ConsoleDoor:
    """One terminal of one person, and a `ChatAdapter` for what is posted there."""

    platform = Platform.CONSOLE

    def __init__(
        self,
        settings: ConsoleSettings,
        desk: Desk,
        mint: Minter,
        blobs: BlobStore,
        clock: Clock,
        terminal: Terminal,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._mint = mint
        self._blobs = blobs
        self._clock = clock
        self._terminal = terminal
        self._session = secrets.token_hex(8)
        self._acts = 0
        self._shown: dict[str, str] = {}
        self._buttons: tuple[str, Card, bool] | None = None
        self.earlier: set[str] = set()
        """Postings, and messages of ours, that are not about what is said now: only their titles are kept."""
        self.meanwhile: list[str] = []
        """Titles of cards from earlier conversations that changed."""
        self._held: dict[str, Card] | None = None

    @property
    def place(self) -> Place:
        """Return where this terminal stands."""
        channel = f"console/{self._settings.user}"
        return Place(
            platform=Platform.CONSOLE, workspace=self._settings.issuer, channel=channel, is_private=True
        )

    @property
    def account(self) -> Account:
        """Return the account that acts here."""
        return Account(platform=Platform.CONSOLE, workspace=self._settings.issuer, user=self._settings.user)

    def hold_cards(self) -> None:
        """Print no card until all are told: into a file or a pipe each goes once, as it reads at the end."""
        self._held = {}

    def tell_held(self) -> None:
        """Print the cards that were held, in the order in which they came."""
        held, self._held = self._held or {}, None
        for message, card in held.items():
            self._print(card, message)

    async def converse(self) -> None:
        """Take lines until an empty one or the end of input."""
        self._terminal.say(HELP)
        while (typed := await self._terminal.ask("> ")) is not None and typed.strip():
            await self.take(typed)

    async def take(self, typed: str) -> None:
        """Act on one line: a number presses, `drop` uploads, everything else is said."""
        typed = typed.strip()
        try:
            if typed.isascii() and typed.isdecimal() and self._buttons is not None:
                await self._press(int(typed))
            elif typed.startswith("drop "):
                await self._drop(typed.removeprefix("drop ").strip())
            else:
                await self._do(self._incoming(IncomingKind.MESSAGE, text=typed))
        except DogwatchError as error:
            self._terminal.say(error.sentence())

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Print a card; the same key again prints nothing."""
        if key in self._shown:
            return MessageRef(place=place, message=self._shown[key])
        message = f"{self._session}-{len(self._shown) + 1}"
        self._shown[key] = message
        self._print_or_note(card, message, key)
        return MessageRef(place=place, message=message)

    async def update(self, message: MessageRef, card: Card) -> None:
        """Print how a card reads now; paper cannot be changed."""
        self._print_or_note(card, message.message, message.message)

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Print a card; a terminal has one reader."""
        self._print(card, "")

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Ask the questions one by one, send the answers, and ask again what was wrong."""
        await self._questions(dialog, incoming.message)

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Copy a dropped file to disk."""
        if file.blob is None:
            raise BadInput("console file without a blob", say="That file did not reach me.")
        source = self._blobs.path(file.blob)
        if source.stat().st_size > limit_bytes:
            raise _too_large(file.name, limit_bytes)
        await asyncio.to_thread(shutil.copyfile, source, into)

    async def _do(self, incoming: Incoming) -> Reply:
        await self._desk.accept(incoming)
        reply = await self._desk.work(incoming)
        for card in reply.whispers:
            self._print(card, "")
        if reply.updated is not None:
            self._print(reply.updated, incoming.message)
        if reply.dialog is not None:
            await self._questions(reply.dialog, incoming.message)
        return reply

    async def _press(self, number: int) -> None:
        if self._buttons is None:
            return
        message, card, is_whole = self._buttons
        if not 1 <= number <= len(card.actions):
            last = len(card.actions)
            self._terminal.say(f"The last card has the numbers 1 to {last}: {plain.numbered(card.actions)}")
            return
        action = card.actions[number - 1]
        if action.confirm and not as_agreed(await self._terminal.ask(f"{line(action.confirm)} (yes or no) ")):
            self._terminal.say("Nothing was done.")
            return
        inputs: dict[str, str] = {}
        for question in card.inputs:
            typed = await self._terminal.ask(plain.question_line(question) + " ")
            inputs[question.name] = answer_to(question, typed)
        token = self._ink().token(action, card_hash(card), is_shown_whole=is_whole)
        pressed = self._incoming(IncomingKind.PRESS, token=token, inputs=inputs, message=message)
        reply = await self._do(pressed)
        for sentence in reply.input_errors.values():
            self._terminal.say(sentence)

    async def _questions(self, dialog: Dialog, message: str) -> None:
        self._terminal.say(line(dialog.title))
        if dialog.intro:
            self._terminal.say(line(dialog.intro))
        answers: dict[str, str] = {}
        to_ask = {question.name for question in dialog.inputs}
        while to_ask or not dialog.inputs:
            for question in dialog.inputs:
                if question.name not in to_ask:
                    continue
                answer = await self._answer(question, answers.get(question.name, question.value))
                if answer is None:
                    self._terminal.say("Nothing was sent.")
                    return
                answers[question.name] = answer
            errors = await self._send(dialog.submit, answers, message)
            for sentence in errors.values():
                self._terminal.say(sentence)
            to_ask = set(errors) & set(answers)
            if not to_ask:
                return

    async def _answer(self, question: Input, proposed: str) -> str | None:
        """Ask until the answer can be sent; None when the input ended."""
        asked = question.model_copy(update={"value": proposed})
        while (typed := await self._terminal.ask(plain.question_line(asked) + " ")) is not None:
            answer = answer_to(asked, typed)
            problem = problem_with(asked, answer)
            if problem is None:
                return answer
            self._terminal.say(problem)
        return None

    async def _send(self, submit: Action, answers: dict[str, str], message: str) -> dict[str, str]:
        token = self._ink().token(submit, "", is_shown_whole=True)
        incoming = self._incoming(IncomingKind.SUBMIT, token=token, inputs=dict(answers), message=message)
        return (await self._do(incoming)).input_errors

    async def _drop(self, words: str) -> None:
        path, text = _path_of(words)
        size_bytes = path.stat().st_size
        if size_bytes > self._settings.upload_limit_bytes:
            raise _too_large(path.name, self._settings.upload_limit_bytes)
        copy = self._blobs.new_file()
        await asyncio.to_thread(shutil.copyfile, path, copy)
        blob = await asyncio.to_thread(self._blobs.put_file, copy)
        file = FileRef(name=line(path.name)[:200], size_bytes=size_bytes, blob=blob)
        await self._do(self._incoming(IncomingKind.UPLOAD, text=text, files=(file,)))

    def _incoming(self, kind: IncomingKind, **more: object) -> Incoming:
        self._acts += 1
        plain_fields: dict[str, object] = {
            "key": f"console:{self._session}:{self._acts}",
            "kind": kind,
            "account": self.account,
            "place": self.place,
            "at": self._clock.now(),
            "display_name": self._settings.name,
        }
        return Incoming.model_validate(plain_fields | more)

    def _print_or_note(self, card: Card, message: str, known_as: str) -> None:
        if known_as in self.earlier:
            self.meanwhile.append(line(card.title))
        else:
            self._print(card, message)

    def _print(self, card: Card, message: str) -> None:
        if self._held is not None and message:
            self._held[message] = card
            return
        drawn = plain.render_message(card, self._ink())
        if card.actions:
            self._buttons = (message, card, drawn.is_shown_whole)
        self._terminal.say(drawn.text)

    def _ink(self) -> Ink:
        return Ink(place=self.place, mint=self._mint, public_url=self._settings.public_url)


def _path_of(words: str) -> tuple[Path, str]:
    """Return the file that words begin with, which may have spaces in its name, and what follows."""
    parts = words.split(" ")
    for count in range(len(parts), 0, -1):
        path = Path(" ".join(parts[:count]).strip("'\"")).expanduser()
        if path.is_file():
            return path, " ".join(parts[count:]).strip()
    raise BadInput(
        "no such file at the console",
        say=f"I find no file called {line(words)[:200]}.",
        next_step="Say drop and the file's path.",
    )


def _too_large(name: str, limit: int) -> BadInput:
    return BadInput(
        "console file over the limit",
        say=f"{line(name)} is larger than {limit / 1024**2:,.0f} MiB, the most I take.",
        next_step="Send a smaller sample: the first 100,000 rows are plenty.",
    )
