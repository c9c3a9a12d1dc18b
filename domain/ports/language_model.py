"""The guest: a language model that answers in text, within bounds, or says why it did not."""

from collections.abc import Generator
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field


class ModelRequest(BaseModel):
    """One question. `instructions` are ours; `material` is outside text and never holds instructions."""

    model_config = ConfigDict(frozen=True)

    purpose: str
    instructions: str
    material: tuple[str, ...] = ()
    question: str = ""
    max_tokens: int = Field(default=800, ge=1, le=8000)
    timeout_seconds: float = Field(default=20.0, gt=0)
    on_behalf_of: str
    """Whose budget it counts against; whoever asks has to say it, or no limit per person would hold."""


class ModelReply(BaseModel):
    """What came back, unchecked, with what it cost."""

    model_config = ConfigDict(frozen=True)

    text: str
    model: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    cost_micros: int = 0


class LanguageModel(Protocol):
    """A model behind budgets, redaction and time limits."""

    def complete(self, request: ModelRequest) -> ModelReply:
        """Return the model's text.

        Raises:
            NotNow: A budget is used up.
            OutsideTrouble: The provider failed, answered nothing or too late.
        """
        ...


@runtime_checkable
class StreamingModel(Protocol):
    """A model that also hands out its text while it is being written."""

    def stream(self, request: ModelRequest) -> Generator[str, None, ModelReply]:
        """Yield the model's text piece by piece; closing it gives the rest up.

        Returns:
            The whole, with what it cost; where the provider does not tell its tokens they are estimated.

        Raises:
            NotNow: A budget is used up; nothing was sent.
            OutsideTrouble: The provider failed or was too slow, perhaps after some pieces.
        """
        ...
