"""The questions that models are judged by: every hour of every feed in a span, with what came true.

Whoever counts alerts asks more closely where anything is told: service looks all the time, and what rises and
falls between two full hours is a card as well.

They do not depend on who answers, so several models can be asked the same. That a run is overdue is a fact
and no forecast: such moments are not asked about, nor those that people's words leave out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.errors import BadInput
from domain.running.feeds import Feed
from predictors.failure.failure_model import FailureModel, known_by
from predictors.failure.feed_features import Asked, asked_runs
from predictors.known.due_times import Changes
from predictors.known.landscape import Landscape, landscape
from predictors.known.run_table import SPAN, RunStates, RunTable, states_after
from predictors.known.signals import Signals
from predictors.known.words import Span, as_said, left_out, troubles_as_said
from predictors.timeliness.finish_times import duration_law
from predictors.timeliness.lateness import OwedRun, late_chances, late_within, owed_runs
from predictors.timeliness.punctuality import Punctuality, missed_deadlines, punctualities

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]

CLOSER = 6
"""How many questions an hour has where it is asked more closely."""
_HOUR = 3_600.0
_MOST_QUESTIONS = 100_000
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Exam:
    """Questions feed by feed in order of time, with their answers.

    Attributes:
        scene: The feeds and due times; table: their runs; states: what was known after each.
        punctual: How punctual feeds were before the span.
        signals: What resources said.
        feed: Number of the feed per question; now: its moment.
        true: Whether trouble came within the hour; trouble_at: when (NaN without).
    """

    scene: Landscape
    table: RunTable
    states: RunStates
    punctual: Sequence[Punctuality]
    signals: Signals | None
    feed: Whole
    now: Floats
    true: Floats
    trouble_at: Floats

    def told(self, model: FailureModel, rows: Truths | None = None) -> tuple[Floats, Asked]:
        """Return what a model says of the chosen questions, of all unless chosen, and what it was asked."""
        chosen = np.ones(len(self.now), dtype=bool) if rows is None else rows
        feed, now = self.feed[chosen], self.now[chosen]
        laws = (model.finish, model.starts)
        asked = asked_runs(self.scene, self.table, self.states, feed, now, self.signals, laws)
        owed = owed_runs(self.scene, self.table, self.punctual, feed, now)
        chance = late_chance(model, asked.situation, self.table, self.states, owed, feed)
        late = late_within(owed, model.late.worth(chance, owed), model.late.onset(owed))[:, -1]
        return np.maximum(model.within(asked)[:, -1], late), asked

    def told_in_parts(self, model: FailureModel, rows: Truths | None = None) -> Floats:
        """Return what a model says, some questions at a time: what it is asked takes a kilobyte each."""
        chosen = np.flatnonzero(np.ones(len(self.now), dtype=bool) if rows is None else rows)
        told = np.zeros(len(chosen))
        for first in range(0, len(chosen), _AT_ONCE):
            part = np.zeros(len(self.now), dtype=bool)
            part[chosen[first : first + _AT_ONCE]] = True
            told[first : first + _AT_ONCE] = self.told(model, part)[0]
        return told


def exam_of(
    feeds: Sequence[Feed],
    table: RunTable,
    cut: float,
    end: float,
    *,
    signals: Signals | None = None,
    changes: Changes | None = None,
    words: Sequence[Span] = (),
    asked: Whole | None = None,
) -> Exam:
    """Return the questions between two moments, epoch seconds; what people said stands above the runs.

    Args:
        feeds: The feeds; table: their runs.
        cut: From when on; end: until when.
        signals: What resources said; changes: schedules that held before; words: what people said.
        asked: Numbers of the feeds to ask about. All of them unless given, and where those are many, in
            fewer of the newest hours.

    Raises:
        BadInput: There is no full hour to ask about between them.
    """
    hours = np.arange(cut + _HOUR, end - _HOUR, _HOUR)
    if not len(hours):
        raise BadInput(
            "the newest quarter of the runs is shorter than two hours",
            say="I can't judge what I learn from these runs: they span too few hours.",
            next_step="Wait for more runs, or import history.",
        )
    if asked is None:
        asked = np.arange(len(feeds), dtype=np.intp)
        hours = hours[-max(_MOST_QUESTIONS // max(len(feeds), 1), 24) :]
    feed, now = np.repeat(asked, len(hours)), np.tile(hours, len(asked))
    return _exam(feeds, table, feed, now, (cut, end), signals, changes or {}, words)


def closer_exam(
    exam: Exam,
    told: Floats,
    feeds: Sequence[Feed],
    cut: float,
    end: float,
    *,
    changes: Changes | None = None,
    words: Sequence[Span] = (),
) -> Exam:
    """Return the questions between the full hours of an exam; of very many, those where most was told beside.

    Args:
        exam: The hourly questions; told: what a model says of them.
        feeds: The feeds; cut, end, changes, words: those of the exam.
    """
    near = np.argsort(-told, kind="stable")[:_MOST_QUESTIONS]
    steps = np.arange(1, CLOSER) * (_HOUR / CLOSER)
    beside = np.r_[-steps, steps]
    now = np.asarray(np.round(np.add.outer(exam.now[near], beside)), dtype=np.float64).ravel()
    feed: Whole = np.repeat(exam.feed[near], len(beside))
    inside = (now > cut + _HOUR) & (now < end - _HOUR)
    place = np.unique(np.c_[feed[inside].astype(np.float64), now[inside]], axis=0)
    return _exam(
        feeds,
        exam.table,
        place[:, 0].astype(np.intp),
        place[:, 1].astype(np.float64),
        (cut, end),
        exam.signals,
        changes or {},
        words,
    )


def _exam(
    feeds: Sequence[Feed],
    table: RunTable,
    feed: Whole,
    now: Floats,
    span: tuple[float, float],
    signals: Signals | None,
    changes: Changes,
    words: Sequence[Span],
) -> Exam:
    """Return these questions with their answers, but those that would ask about a fact."""
    cut, end = span
    begin = float(now.min()) if len(now) else cut
    scene, states = landscape(feeds, begin, end, changes), states_after(table)
    known = punctualities(feeds, known_by(table, cut), changes)
    missed = missed_deadlines(feeds, table, known, end, changes)
    ahead = ~missed.is_late(feed, now) & ~owed_runs(scene, table, known, feed, now).is_late
    ahead &= ~left_out(words, feed, now, _HOUR)
    feed, now = feed[ahead], now[ahead]
    late_at = troubles_as_said(words, feed, now, missed.first_in(feed, now, _HOUR), _HOUR)
    trouble_at = np.fmin(_failed_at(as_said(words, table), feed, now), late_at)
    true = np.isfinite(trouble_at).astype(np.float64)
    return Exam(scene, table, states, known, signals, feed, now, true, trouble_at)


def a_part_of(feeds: int, cut: float, end: float) -> Whole | None:
    """Return which of very many feeds to ask about all the time between two moments; None for all of them."""
    step = int(np.ceil(feeds * (end - cut) / _HOUR / _MOST_QUESTIONS))
    return np.arange(0, feeds, step, dtype=np.intp) if step > 1 else None


def late_chance(
    model: FailureModel,
    columns: Mapping[str, Floats],
    table: RunTable,
    states: RunStates,
    owed: OwedRun,
    feed: Whole,
) -> Floats:
    """Return the chance that each owed run passes its deadline, as its law says."""
    return late_chances(owed, *duration_law(model.finish, table, states, columns, feed, owed.now))


def _failed_at(table: RunTable, feed: Whole, now: Floats) -> Floats:
    """Return when a run first failed within the hour, NaN where none did."""
    bad = table.bad > 0
    key = np.sort(table.feed[bad] * SPAN + table.finished[bad])
    if not len(key):
        return np.full(len(now), np.nan)
    base = feed * SPAN + now
    found = key[np.minimum(np.searchsorted(key, base, "right"), len(key) - 1)]
    return np.where((found > base) & (found <= base + _HOUR), found - feed * SPAN, np.nan)
