"""Say which words for a state are good ones and which are bad ones, in whatever words a system has for them.

Common words, and what numbers usually mean, are known. What is not known is learned from answered questions:
a run's own answer tells what its word means, and an endpoint is asked about only while it answers. So a word
is settled by training, never by what else stands in the rows that are asked about later.
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.known.history import groups, latest

_GOOD = frozenset(
    {"ok", "up", "success", "succeeded", "successful", "pass", "passed", "passing", "healthy", "operational"}
    | {"available", "online", "true", "completed", "green", "alive", "reachable"}
)
_BAD = frozenset(
    {"down", "fail", "failed", "failing", "failure", "error", "errored", "broken", "outage", "critical"}
    | {"unavailable", "offline", "unreachable", "timeout", "timed out", "major outage", "crashed", "false"}
    | {"red", "dead", "unhealthy"}
)
# Where answers show nothing: a monitor writes 1 while it is answered, a run writes its exit code.
_USUAL_OUTAGE, _USUAL_RUN = {"1": True, "0": False}, "0"
_WORDS = {"outage": ("up", "down")}
# Redirects are answers; what is below or above is none.
_FIRST_ANSWER, _FIRST_ERROR, _NO_CODE = 200.0, 400.0, 600.0
# A word met less often than this has not shown what it means; one that is no name of a state never will.
_LEAST_MET, _MOST_WORDS = 3, 50


def state_pair(kind: str) -> tuple[str, str]:
    """Return the good and the bad state of a kind of question."""
    return _WORDS.get(kind, ("ok", "fail"))


def plain_words(states: pd.Series) -> "pd.Series[str]":
    """Return the words in one spelling: no capitals, `_` or `-`; whole numbers as such. Gaps stay."""
    return states.map(_plain, na_action="ignore").astype(object)


def read_states(
    states: pd.Series, kind: str, learned: Mapping[str, bool] | None = None
) -> NDArray[np.object_]:
    """Return each state as the kind's good or bad one, else in its own words; None for gaps.

    Args:
        states: What the column `status` says.
        kind: The kind of question.
        learned: Whether a word is good, as `learn_words` found; without it only HTTP codes are settled.
    """
    good, bad = state_pair(kind)
    plain = plain_words(states)
    shown = [(_usual(word, kind), is_good) for word, is_good in (learned or {}).items()]
    alike = [usual is is_good for usual, is_good in shown if usual is not None]
    # A number that answers did not show means what it usually does where those that they showed do.
    is_usual = learned is not None and (not learned or (any(alike) and all(alike)))
    meanings: dict[object, object] = {}
    for word in plain.dropna().unique():
        is_good = _common(str(word), kind)
        if is_good is None and learned is not None:
            is_good = learned.get(str(word), _usual(str(word), kind) if is_usual else None)
        meanings[word] = word if is_good is None else good if is_good else bad
    return np.array([meanings.get(word) for word in plain], dtype=object)


def is_answer(code: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether an HTTP code is an answer."""
    return np.asarray((code >= _FIRST_ANSWER) & (code < _FIRST_ERROR), dtype=np.bool_)


def learn_words(events: pd.DataFrame, queries: pd.DataFrame, kind: str) -> dict[str, bool]:
    """Return for words that are no common ones whether they are good, where answered questions show it.

    Args:
        events: Rows with `feed_id`, `t`, `t_avail` and `status`, by `t_avail`.
        queries: Answered questions with `feed_id`, `t` and `y`.
        kind: The kind of question.
    """
    words = plain_words(events["status"])
    counted = words.value_counts()
    open_words = [str(word) for word in counted.index if _common(str(word), kind) is None]
    if kind not in ("outage", "runs") or not open_words or len(counted) > _MOST_WORDS:
        return {}
    rows = events.assign(word=words)
    return _by_answers(rows, queries, open_words) if kind == "runs" else _by_calm(rows, queries, open_words)


def _plain(state: object) -> str:
    number = str(state).strip().removesuffix(".0")
    if number.removeprefix("-").isdecimal():
        return number
    return " ".join(str(state).casefold().replace("_", " ").replace("-", " ").split())


def _common(word: str, kind: str) -> bool | None:
    """Return whether a common word is a good one, None for one that answers have to settle."""
    if word in _GOOD or word in _BAD:
        return word in _GOOD
    if kind == "outage" and word.isdecimal() and len(word) == 3 and float(word) < _NO_CODE:
        return bool(is_answer(np.array([float(word)]))[0])
    return None


def _usual(word: str, kind: str) -> bool | None:
    """Return what a number means as a rule, None for other words."""
    if kind == "outage":
        return _USUAL_OUTAGE.get(word)
    return word == _USUAL_RUN if kind == "runs" and word.isdecimal() else None


def _by_answers(rows: pd.DataFrame, queries: pd.DataFrame, words: list[str]) -> dict[str, bool]:
    """Return what runs meant by their words, by the answers to the questions about these very runs."""
    asked = queries[["feed_id", "t", "y"]].drop_duplicates(["feed_id", "t"])
    met = rows[["feed_id", "t", "word"]].merge(asked, on=["feed_id", "t"])
    share = met.groupby("word")["y"].agg(["mean", "count"])
    sure = share[share["count"] >= _LEAST_MET]
    return {word: bool(sure["mean"][word] < 0.5) for word in words if word in sure.index}


def _by_calm(rows: pd.DataFrame, queries: pd.DataFrame, words: list[str]) -> dict[str, bool]:
    """Return the words that are never an endpoint's state while it is asked about: these are outages.

    A number that is its state at most questions is the good one. The others stay what they are: an endpoint
    that answers badly is asked about too.
    """
    asked, times = groups(queries["feed_id"].to_numpy(object)), rows["t_avail"].to_numpy(np.float64)
    moments, said = queries["t"].to_numpy(np.float64), rows["word"].to_numpy(object)
    current: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for name, own in groups(rows["feed_id"].to_numpy(object)).items():
        if name in asked:
            place = latest(times[own], moments[asked[name]])
            current.update(map(str, said[own][place[place >= 0]]))
            met.update(map(str, said[own]))
    found = {word: False for word in words if not current[word] and met[word] >= _LEAST_MET}
    usual = max(current, key=lambda word: current[word], default="")
    return found | {word: True for word in words if word == usual and word.isdecimal()}
