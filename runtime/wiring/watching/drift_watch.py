"""Look whether the world has left the model in service: by what became of its estimates, and by the signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.counting import counted
from domain.errors import NotFound
from runtime.wiring.stores import Stores
from runtime.wiring.watching.model_files import files_of_models

if TYPE_CHECKING:
    from predictors.registry import ModelCard

_LATELY = timedelta(days=7)
_LEAST_JUDGED = 500
# Signs are read from many runs; they move in days.
_SIGNS_EVERY = timedelta(hours=6)


@dataclass(frozen=True)
class _Seen:
    """Which signs were seen of which model, and when."""

    at: datetime
    model: str
    signs: Mapping[str, Any]  # Any: arrays; numpy is imported when there is a model


class DriftWatch:
    """Says why a new model is due; signs are looked at every few hours."""

    def __init__(self, stores: Stores, models: Path, key: bytes) -> None:
        self._stores = stores
        self._models = models
        self._key = key
        self._seen: _Seen | None = None
        self._card_of: tuple[tuple[tuple[str, float], ...], ModelCard] | None = None

    def why(self, now: datetime) -> str:
        """Return why a new model is due now, or an empty string."""
        card, files = self._card(), files_of_models(self._models)
        if card is None and files:
            return f"No model can be used ({counted(len(files), 'file')} there): a new one is due."
        since = now - _LATELY
        if card is not None:
            # What another model said is nothing against this one.
            since = max(since, datetime.fromtimestamp(card.data_until, UTC))
        signs = self._signs(card, now) if card is not None and card.signs else {}
        with self._stores.transactions.reading() as uow:
            quarters = uow.forecasts.judged_quarters(since)
        judged = sum(one.asked for one in quarters)
        if judged < _LEAST_JUDGED:
            quarters = []
        if not quarters and not signs:
            return ""
        from predictors.failure.drift import drift

        found = drift(quarters, card.signs if card else {}, signs)
        reasons = []
        if found.is_off:
            reasons.append(
                f"Promised {found.promised:.2%}, happened {found.happened:.2%} in {judged:,} estimates"
                f" of the last week ({found.deviations:+.1f} deviations)"
            )
        if found.has_moved or (found.is_off and found.moved):
            reasons.append(
                f"Moved since the model was made (stability index above 0.25): {found.moved_in_words()}"
            )
        return f"{'. '.join(reasons)}: a new model is due." if found.calls_for_training else ""

    def _card(self) -> "ModelCard | None":
        there = files_of_models(self._models)
        if self._card_of is not None and self._card_of[0] == there:
            return self._card_of[1]
        if not there:
            return None
        from predictors import registry

        try:
            card = registry.newest(self._models, self._key)[1]
        except NotFound:
            return None
        self._card_of = there, card
        return card

    def _signs(self, card: "ModelCard", now: datetime) -> Mapping[str, Any]:
        """Return the signs of the newest days, as of a few hours ago at most."""
        seen = self._seen
        if seen is None or seen.model != card.version or now - seen.at >= _SIGNS_EVERY:
            from predictors.failure.sampled_signs import sampled_signs
            from runtime.wiring.watching.training_history import newest_history

            history = newest_history(self._stores.database, now, _LATELY / timedelta(days=1))
            begin, end = (now - _LATELY).timestamp(), now.timestamp()
            _, signs = sampled_signs(history.feeds, history.table, begin, end, **history.known.arguments())
            self._seen = seen = _Seen(now, card.version, signs)
        return seen.signs
