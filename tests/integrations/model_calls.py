"""A model's client that asks a counterpart, and a question for it."""

from collections.abc import Callable
from datetime import UTC, datetime

from domain.model_budget import Budget
from domain.ports.language_model import ModelRequest
from integrations.litellm_model import LiteLLMModel, ModelSettings
from tests.counterparts.model import Counterpart


def a_model(
    counterpart: Counterpart,
    budget: Budget | None = None,
    now: Callable[[], datetime] = lambda: datetime(2026, 3, 1, tzinfo=UTC),
    name: str = "openai/local",
) -> LiteLLMModel:
    settings = ModelSettings(
        name=name, base_url=counterpart.url, api_key="sk-canary",
        micros_per_thousand_prompt_tokens=1000, micros_per_thousand_answer_tokens=2000,
    )  # fmt: skip
    return LiteLLMModel(settings, budget or Budget(), lambda text: text.replace("hunter2", "[secret]"), now)


def a_request(**more: object) -> ModelRequest:
    facts: dict[str, object] = {
        "purpose": "test", "instructions": "Answer.", "question": "Why?", "material": ("The disk is full.",),
        "on_behalf_of": "ana", "timeout_seconds": 20.0,
    }  # fmt: skip
    return ModelRequest.model_validate(facts | more)
