"""The error tree: everything we foresaw, each knowing what to tell a person.

`say` is the sentence for people and must never contain a stack trace or a secret;
`str(error)` is for logs.
"""


class DogwatchError(Exception):
    """Something we foresaw.

    Args:
        detail: For logs.
        say: What happened and why, in the words of the person in the channel.
        next_step: What they can do now; empty when there is nothing to do.
    """

    def __init__(self, detail: str, *, say: str, next_step: str = "") -> None:
        super().__init__(detail)
        self.say = say
        self.next_step = next_step

    def sentence(self) -> str:
        """Return what a person reads: what happened, why, and what to do next."""
        return f"{self.say} {self.next_step}".strip()


class NotAllowed(DogwatchError):  # noqa: N818  a refusal is a claim, not a fault
    """The person may not do this."""


class NotFound(DogwatchError):  # noqa: N818
    """The named thing does not exist."""


class BadInput(DogwatchError):  # noqa: N818
    """They can fix it themselves."""


class NotNow(DogwatchError):  # noqa: N818
    """A state forbids it; later it may work."""


class OutsideTrouble(DogwatchError):  # noqa: N818
    """Another system failed; we retry, unless it said that this will never work."""

    retry_after_seconds: float | None = None
    """When the other side asked us to slow down: how long."""
    is_final: bool = False
    needs_person: bool = False
    """Only a person can mend it, such as a revoked key: we go on trying, and tell it elsewhere at once."""
    is_message_lost: bool = False
    """What stood there was deleted, or may not be changed any more: another message is to stand for it."""


_PASSING = frozenset({408, 425, 429})


def is_final_answer(status: int) -> bool:
    """Tell whether an HTTP answer says that the same request will never work, unlike a host in trouble."""
    return 300 <= status < 500 and status not in _PASSING


OUR_FAULT = "That went wrong on my side, again and again. Nothing was changed; my log says what happened."
"""What a person is told of a fault of our own that trying again does not mend."""


class Collision(OutsideTrouble):
    """Two transactions waited for each other and ours gave way; nothing was changed, and again it may do."""
