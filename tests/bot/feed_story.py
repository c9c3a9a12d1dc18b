"""The story of a change walked step by step without its server; everything else is real."""

from dataclasses import dataclass, field
from pathlib import Path

from activities.configuring import ChangeRef, Configuring
from activities.reviewing import Reviewing
from bot.cards.model import Action, Card, Reply
from bot.presenters.drawing import Drawing
from config_gen.gate import inspect
from config_gen.git_objects import SYSTEM, tree_with, write_commit
from config_gen.git_repository import GitRepository
from config_gen.local_reviews import LocalReviews
from domain.approval.policy import parse_policy
from domain.configuration.changes import ChangeState, ConfigChange
from domain.identity.chat import FileRef, Incoming, IncomingKind, Platform
from domain.ids import FeedName
from domain.telling.postings import View
from integrations.hosted_reviews import HostedReviews
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.sample_reader import ChildSampleReader
from tests.audiences import an_audience_book
from tests.bot.desk_house import RULES, DeskHouse, account_of, place_of

_ONE_YES = {**RULES["rules"][0], "needs": [{"role": "approver", "count": 1}]}


@dataclass
class FeedStory:
    """A desk and the steps of its stories; `turns` counts what was done, to give each act a key."""

    folder: Path
    turns: int = field(default=0)
    git: HostedReviews | None = None
    """Where reviews are opened; a repository of our own when left out."""

    def __post_init__(self) -> None:
        """Open the house and the activities beside it."""
        self.house = DeskHouse(self.folder, most_acts=10_000)
        self.house.policy = parse_policy({"rules": [_ONE_YES]})
        self.reviews = LocalReviews(self.folder / "config.git", gate=inspect)
        shared = {
            "reading": self.house.transactions.reading,
            "writing": self.house.transactions.writing,
            "clock": self.house.clock,
            "wake": lambda: None,
        }
        self.configuring = Configuring(
            ChildSampleReader(), EngineConfigurator(self.reviews, "production"), self.house.blobs, **shared
        )
        self.reviewing = Reviewing(
            self.git or self.reviews,
            self.git or self.reviews,
            self.house.blobs,
            policy=lambda: self.house.policy,
            channels={},
            audiences=an_audience_book({}),
            **shared,
        )

    def drop(self, *files: tuple[str, bytes], text: str = "", person: str = "sam") -> ConfigChange:
        """Drop files in one message, let the story read them, and return the change."""
        self.turns += 1
        before = {change.id for change in self.open_ones()}
        self.house.act(
            Incoming(
                key=f"web:drop-{self.turns}",
                kind=IncomingKind.UPLOAD,
                account=account_of(person, "web"),
                place=place_of("web"),
                at=self.house.clock.at,
                text=text,
                message=f"d{self.turns}",
                files=tuple(
                    FileRef(name=name, size_bytes=len(body), blob=self.house.blobs.put(body))
                    for name, body in files
                ),
                addressed=True,
            )
        )
        (opened,) = [change for change in self.open_ones() if change.id not in before]
        return self.walk(opened)

    def walk(self, change: ConfigChange) -> ConfigChange:
        """Do what the story does next until it waits for people or has ended."""
        ref = ChangeRef(id=change.id)
        steps = {
            ChangeState.READING: self.configuring.read_sample,
            ChangeState.BUILDING: self.configuring.build,
            ChangeState.OPENING: self.reviewing.open_review,
            ChangeState.MERGING: self.reviewing.merge,
        }
        current = self.change(change)
        while current.state in steps:
            steps[current.state](ref)
            current = self.change(change)
        return current

    def change(self, change: ConfigChange) -> ConfigChange:
        """Return the change as it stands."""
        with self.house.transactions.reading() as uow:
            return uow.changes.get(change.id)

    def card(self, change: ConfigChange, view: View = View.CHANGE) -> Card:
        """Return the change's card as it is drawn now."""
        with self.house.transactions.reading() as uow:
            posting = next(p for p in uow.postings.due(self.house.clock.at, 500, list(Platform))
                           if p.subject == change.subject and p.view is view)  # fmt: skip
            return Drawing(self.house.blobs).draw(posting, uow)

    def press(self, action: Action, person: str = "sam", **inputs: str) -> Reply:
        """Press a button of a card or send a dialog, as the person."""
        self.turns += 1
        return self.house.act(
            Incoming(
                key=f"web:press-{self.turns}",
                kind=IncomingKind.SUBMIT if inputs else IncomingKind.PRESS,
                account=account_of(person, "web"),
                place=place_of("web"),
                at=self.house.clock.at,
                message=f"p{self.turns}",
                token=self.house.mint(action, place_of("web")),
                inputs=inputs,
            )
        )

    def answer(self, change: ConfigChange, **answers: str) -> ConfigChange:
        """Fill in the questions by their labels' first words, else as proposed, and walk on."""
        asked = self.press(button(self.card(change), "Answer")).dialog
        assert asked is not None
        self.fill(asked_inputs := {i.name: i.value for i in asked.inputs}, asked.inputs, answers)
        reply = self.press(asked.submit, **asked_inputs)
        assert reply.input_errors == {}, reply.input_errors
        return self.walk(change)

    @staticmethod
    def fill(values: dict[str, str], inputs: object, answers: dict[str, str]) -> None:
        """Put answers, given by the first words of the labels, into the values of a dialog."""
        for words, value in answers.items():
            named = [
                i for i in inputs if i.label.replace("\\", "").lower().startswith(words.replace("_", " "))
            ]  # type: ignore[attr-defined]
            values[named[0].name] = value

    def approve(self, change: ConfigChange) -> ConfigChange:
        """Say yes as an approver and let the story merge."""
        reply = self.yes(change)
        merged = self.walk(change)
        assert merged.state is ChangeState.MERGED, (reply, merged.sentence)
        return merged

    def yes(self, change: ConfigChange) -> Reply:
        """Say yes as an approver."""
        current = self.change(change)
        assert current.approval is not None, current.sentence or current.state
        with self.house.transactions.reading() as uow:
            request = uow.approvals.get(current.approval)
        return self.press(
            Action(
                verb="approval.approve",
                label="Approve",
                subject=f"approval/{request.id}",
                subject_hash=request.subject_hash,
            ),
            "ada",
        )

    def onboard(self, name: str, body: bytes, **answers: str) -> ConfigChange:
        """Carry one file from the drop to the merge."""
        change = self.answer(self.drop((name, body)), **answers)
        assert change.state is ChangeState.IN_REVIEW, self.card(change).plain
        return self.approve(change)

    def break_by_hand(self, feed: str, content: bytes) -> None:
        """Do what somebody with a clone can do: change an agreed configuration without any review."""
        repository = GitRepository(self.folder / "config.git")
        main = repository.git("rev-parse", "refs/heads/main").decode().strip()
        tree = tree_with(repository, main, FeedName(feed), content)
        commit = write_commit(
            repository, tree=tree, parents=(main,), message="By hand", author=SYSTEM, seconds=1_800_000_000
        )
        repository.git("update-ref", operands=("refs/heads/main", commit, main))

    def open_ones(self) -> list[ConfigChange]:
        """Return the changes that are open."""
        with self.house.transactions.reading() as uow:
            return [*uow.changes.every_open()]


def button(card: Card, label: str) -> Action:
    """Return the button of a card by the beginning of its label."""
    found = [action for action in card.actions if action.label.startswith(label)]
    assert found, f"no button {label} among {[action.label for action in card.actions]}"
    return found[0]
