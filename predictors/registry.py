"""Keep models as files of plain numbers that can be checked, compared and rolled back; never as programs.

A model is one JSON document: arrays as lists, a digest over the canonical text, and the window of data it
learned from. A file whose digest does not match is not used; the one before it is.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from domain.errors import BadInput, NotFound, NotNow
from predictors.estimators.forest import Forest
from predictors.estimators.prior_logistic import LinearModel
from predictors.estimators.stack import Stack
from predictors.estimators.steepness import Steepness
from predictors.failure.drift import Spread
from predictors.failure.failure_model import FailureModel
from predictors.failure.feed_features import known_columns
from predictors.failure.start_law import StartLaw
from predictors.timeliness.finish_model import FinishModel
from predictors.timeliness.late_law import LateLaw, PaceLaw

_FORMAT = "dogwatch-failure-model/5"
_LARGEST_BYTES = 200_000_000
_HALF_KEPT = 86_400.0
_DAMAGED_KEPT = 30 * _HALF_KEPT


@dataclass(frozen=True)
class ModelCard:
    """What stands beside a model: when its data began and ended (epoch seconds), and its backtest.

    Attributes:
        troubles: How many troubles it learned from; 0 in files that do not say.
        signs: How the main signs were distributed in the days before it was made; nothing in files that do
            not say.
    """

    version: str
    data_from: float
    data_until: float
    brier_skill: float
    pr_auc: float
    troubles: int = 0
    signs: Mapping[str, Spread] = field(default_factory=dict)


def save(folder: Path, model: FailureModel, card: ModelCard, key: bytes) -> Path:
    """Write a model and return its path; the file appears whole or not at all, whatever kills the writer.

    Raises:
        NotNow: A model that learned from later data is there already; it would go on answering.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_older(folder, card, key)
    document = {"format": _FORMAT, "card": asdict(card), "model": _as_data(model)}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    path = folder / f"{card.version}.json"
    half = path.with_suffix(".half")
    half.write_text(json.dumps({"digest": _digest(text, key), "text": text}), encoding="utf-8")
    half.replace(path)
    return path


def _refuse_older(folder: Path, card: ModelCard, key: bytes) -> None:
    try:
        there = newest(folder, key)[1]
    except NotFound:
        return
    if there.data_until > card.data_until:
        raise NotNow(
            f"{there.version} learned from later data than {card.version}",
            say=f"{there.version} has learned from later data meanwhile and stays in service.",
        )


def load(path: Path, key: bytes) -> tuple[FailureModel, ModelCard]:
    """Return a model whose digest matches.

    Raises:
        NotFound: There is no such file.
        BadInput: The file is damaged, was edited, or is of another format.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _damaged(path, "too large")
        outer = json.loads(path.read_text(encoding="utf-8"))
        text, told = str(outer["text"]), str(outer["digest"])
        is_ours = hmac.compare_digest(told.encode(), _digest(text, key).encode())
    except FileNotFoundError:
        raise NotFound(f"no model {path.name}", say="That model does not exist.") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, "not readable") from error
    if not is_ours:
        raise _damaged(path, "digest differs")
    try:
        document = json.loads(text)
        if document["format"] != _FORMAT:
            raise _damaged(path, "another format")
        model, card = _as_model(document["model"]), _as_card(document["card"])
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        # A later release may tell more, or the same in another form, and a roll-back meets its files.
        raise _damaged(path, "of another release") from error
    if not {*model.stack.linear.columns, *model.stack.forest_columns} <= known_columns():
        # Each release may know other things of a run; one that can't be told would end every sweep.
        raise _damaged(path, "of another release")
    return model, card


def newest(folder: Path, key: bytes) -> tuple[FailureModel, ModelCard, list[str]]:
    """Return the newest sound model by its data's end, and the damaged files' names.

    Of two that learned from the same data it is the later version.

    Raises:
        NotFound: No sound model is there.
    """
    sound, damaged = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            sound.append(load(path, key))
        except BadInput:
            damaged.append(path.name)
        except NotFound:
            continue  # it was tidied away meanwhile
    if not sound:
        raise NotFound(
            f"no sound model in {folder.name}, {len(damaged)} damaged",
            say="I have no usable model.",
            next_step="Train one, then I can predict again.",
        )
    model, card = max(sound, key=lambda pair: (pair[1].data_until, pair[1].version))
    return model, card, damaged


def forget_old(folder: Path, key: bytes, *, keep: int, now: float) -> list[str]:
    """Remove what nobody goes back to and return the names: all but the newest sound models.

    The one in service is the newest. Damaged files, and those of another release, stay a month to be looked
    at; a half-written one stays a day, for its writer may be at work.
    """
    sound, unusable = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            sound.append((load(path, key)[1].data_until, path))
        except BadInput:
            unusable += [path] if path.is_file() else []
        except NotFound:
            continue
    old = [path for _, path in sorted(sound)[: max(len(sound) - keep, 0)]]
    old += [path for path in unusable if now - path.stat().st_mtime > _DAMAGED_KEPT]
    old += [path for path in sorted(folder.glob("*.half")) if now - path.stat().st_mtime > _HALF_KEPT]
    for path in old:
        path.unlink(missing_ok=True)
    return [path.name for path in old]


def _as_data(model: FailureModel) -> dict[str, Any]:  # Any: JSON
    stack = model.stack
    forests = [_forest_data(forest) | {"share": share} for forest, share in stack.forests]
    return {
        "linear": {
            "columns": stack.linear.columns,
            "intercept": stack.linear.intercept,
            "weights": stack.linear.weights,
        },
        "forests": forests,
        "forest_columns": stack.forest_columns,
        "numbers": [stack.share, stack.rate_share, stack.threshold],
        "steepness": vars(stack.steepness),
        "shift": model.shift,
        "record": model.record.tolist(),
        "version": model.version,
        "finish": vars(model.finish),
        "starts": vars(model.starts),
        "late": asdict(model.late),
    }


def _as_card(told: dict[str, Any]) -> ModelCard:  # Any: JSON
    signs = {
        name: Spread(tuple(one["edges"]), tuple(one["shares"]), one["usual"])
        for name, one in told.get("signs", {}).items()
    }
    return ModelCard(**(told | {"signs": signs}))


def _as_model(data: dict[str, Any]) -> FailureModel:  # Any: JSON
    linear = LinearModel(
        tuple(data["linear"]["columns"]), data["linear"]["intercept"], tuple(data["linear"]["weights"])
    )
    forests = tuple((_as_forest(tree), float(tree["share"])) for tree in data["forests"])
    # Models from before averages were made steeper don't tell how steep.
    steepness = Steepness(**data.get("steepness", {}))
    share, rate_share, threshold = data["numbers"]
    stack = Stack(linear, forests, tuple(data["forest_columns"]), share, rate_share, threshold, steepness)
    told = data["finish"]
    # Models from before ends were missed don't tell how often a run still ran: they believed all of them.
    still = tuple(float(share) for share in told.get("still", FinishModel().still))
    finish = FinishModel(tuple(told["weights"]), float(told["intercept"]), float(told["scale"]), still)
    record = np.asarray(data["record"], dtype=np.float64)
    starts = _as_starts(data["starts"])
    late = _as_late(data["late"])
    return FailureModel(stack, data["shift"], record, data["version"], finish, starts, late)


def _as_late(told: dict[str, Any]) -> LateLaw:  # Any: JSON
    if "every" not in told:  # models from before each pace had a law of its own
        return LateLaw(_as_pace(told))
    return LateLaw(_as_pace(told["every"]), tuple(_as_pace(one) for one in told["paced"]))


def _as_pace(told: dict[str, Any]) -> PaceLaw:  # Any: JSON
    lines = [
        tuple(tuple(float(value) for value in side) for side in told[name]) for name in ("running", "waiting")
    ]
    (running, waiting) = ((line[0], line[1]) for line in lines)
    return PaceLaw(running, waiting, float(told["overdue"]), float(told.get("later", 1.0)))


def _as_starts(told: dict[str, Any]) -> StartLaw:  # Any: JSON
    delays = tuple(tuple(float(value) for value in column) for column in told["delays"])
    return StartLaw(delays, tuple(float(value) for value in told["lost"]), float(told["stray"]))


def _forest_data(forest: Forest) -> dict[str, Any]:  # Any: JSON
    data: dict[str, Any] = {
        name: np.asarray(getattr(forest, name)).tolist() for name in ("feature", "left", "right", "value")
    }
    # Leaves carry an infinite threshold; JSON has no infinity.
    data["threshold"] = np.nan_to_num(forest.threshold, posinf=1e300).tolist()
    return data | {"depth": forest.depth, "boosted": forest.boosted, "base": forest.base}


def _as_forest(tree: dict[str, Any]) -> Forest:  # Any: JSON
    feature, left, right = (np.asarray(tree[name], dtype=np.int32) for name in ("feature", "left", "right"))
    threshold, value = (np.asarray(tree[name], dtype=np.float64) for name in ("threshold", "value"))
    return Forest(
        feature,
        threshold,
        left,
        right,
        value,
        int(tree["depth"]),
        bool(tree["boosted"]),
        float(tree["base"]),
    )


def _digest(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput(
        f"model {path.name}: {why}",
        say="That model file is damaged, so I don't use it.",
        next_step="I go on with the one before it; train a new one.",
    )
