"""The language model behind its port, when one is configured."""

from collections.abc import Callable

from domain.investigation.diagnosis_report import ModelBounds
from domain.model_budget import Budget
from domain.ports.language_model import LanguageModel
from domain.text.redaction import Redaction
from runtime.log_lines import secrets_of_house
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores
from storage.model_spending import SqlSpending

_NO_BOUND = 1 << 62


def open_model(settings: Settings, stores: Stores) -> LanguageModel | None:
    """Return the model, None when none is configured; the provider's library loads with the first call."""
    told = settings.model
    if not told.name or not told.base_url:
        return None
    from integrations.litellm_model import LiteLLMModel
    from integrations.litellm_model import ModelSettings as Provider

    provider = Provider(
        name=told.name,
        base_url=told.base_url,
        api_key=told.api_key.get_secret_value(),
        micros_per_thousand_prompt_tokens=told.micros_per_thousand_prompt_tokens,
        micros_per_thousand_answer_tokens=told.micros_per_thousand_answer_tokens,
    )
    budget = Budget(
        calls_per_day=told.calls_per_day,
        tokens_per_day=told.tokens_per_day,
        calls_per_person=told.calls_per_person,
        micros_per_day=told.micros_per_day or _NO_BOUND,
        seconds_per_call=told.seconds_per_call,
    )
    spending = SqlSpending(stores.database, budget, stores.clock.now)
    return LiteLLMModel(provider, budget, redactor(settings), spending=spending)


def model_bounds(settings: Settings) -> ModelBounds:
    """Return what the model may cost for one incident."""
    told = settings.model
    return ModelBounds(
        calls=told.calls_per_incident,
        tokens=told.tokens_per_incident,
        seconds=told.seconds_per_incident,
        micros=told.micros_per_incident,
    )


def redactor(settings: Settings) -> Callable[[str], str]:
    """Return what makes a text fit to leave the house: line by line, without secrets, known or likely.

    Nothing is cut here: a line may be a whole paragraph or document, and whoever asks knows what may go.
    """
    redaction = Redaction(secrets_of_house(settings))

    def redacted(text: str) -> str:
        from rca.findings import clean

        return "\n".join(clean(line, len(line) + 1) for line in redaction.mask(text).splitlines())

    return redacted
