"""A model may describe columns; it never changes what values prove, and its words are made quiet."""

import json
from dataclasses import dataclass, field

import pytest

from config_gen.model_guesses import Guesses, ask_for_guesses, with_guesses
from config_gen.profile import profile
from domain.configuration.feed_config import FeedConfig
from domain.errors import NotNow, OutsideTrouble
from domain.ports.language_model import ModelReply, ModelRequest
from runtime.settings.house import Settings
from runtime.wiring.model import redactor
from tests.config_gen.builders import a_config


@dataclass
class Scripted:
    """A model that says what it was given."""

    says: str
    asked: list[ModelRequest] = field(default_factory=list)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Return the words."""
        self.asked.append(request)
        return ModelReply(text=self.says, model="scripted")


@dataclass
class Failing:
    """A model that is away."""

    error: Exception

    def complete(self, request: ModelRequest) -> ModelReply:
        """Raise."""
        raise self.error


def _said(**column: str) -> str:
    return json.dumps({"description": "About trades.", "columns": [{"name": "amount", **column}]})


SEEN = profile(b"trade_id,amount\nT1,2.5\nT2,3.5\n", "fx_trades.csv")


def _guessed(says: str) -> FeedConfig:
    return with_guesses(a_config(), ask_for_guesses(SEEN, Scripted(says), "ana"))


def test_descriptions_are_marked_as_guesses_and_what_people_wrote_stays() -> None:
    after = _guessed(f"Sure! {_said(description='What was paid')}")

    assert after.columns[1].description == "What was paid (guess)"
    assert after.description == "Trades of the desk."


def test_types_keys_and_protection_are_out_of_reach() -> None:
    said = _said(type="text", nullable="false", treatment="none", meaning="email")

    assert _guessed(said) == a_config()


def test_a_harmless_meaning_is_taken_as_a_guess() -> None:
    column = _guessed(_said(meaning="monetary_amount")).columns[1]

    assert (column.meaning, column.meaning_is_guess) == ("monetary_amount", True)


def test_mentions_and_links_of_a_model_reach_nobody() -> None:
    said = _said(description="see https://evil.example and ask @everyone, fixes #1")
    text = _guessed(said).columns[1].description

    assert "://" not in text
    assert "@" not in text
    assert "#1" not in text


@pytest.mark.parametrize("says", ["no JSON at all {", "{broken}", '{"columns": "all"}'])
def test_nonsense_is_no_guess(says: str) -> None:
    assert "none that I could use" in ask_for_guesses(SEEN, Scripted(says), "ana").missing
    assert _guessed(says) == a_config()


@pytest.mark.parametrize("error", [NotNow("spent", say="Spent."), OutsideTrouble("away", say="Away.")])
def test_a_model_that_is_away_holds_nothing_up(error: NotNow | OutsideTrouble) -> None:
    said = ask_for_guesses(SEEN, Failing(error), "ana")

    assert said == Guesses(missing=error.say)
    assert with_guesses(a_config(), said) == a_config()


def test_no_value_of_the_sample_is_sent() -> None:
    model = Scripted("{}")
    ask_for_guesses(SEEN, model, "ana")

    (material,) = model.asked[0].material
    assert set(json.loads(material)["columns"][0]) == {"name", "type", "meaning"}


def test_what_a_wide_feed_asks_stays_whole_on_its_way_out() -> None:
    model = Scripted(_said(description="What was paid"))
    header = ",".join(f"amount_{n}" for n in range(200))

    ask_for_guesses(profile(f"{header}\n{','.join(['2.5'] * 200)}\n".encode(), "wide.csv"), model, "ana")

    [asked] = model.asked
    sent = redactor(Settings())(asked.material[0])
    assert len(json.loads(sent)["columns"]) == 40
