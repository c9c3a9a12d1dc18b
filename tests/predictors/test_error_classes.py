"""What a failure's class of error says about the next run, and which log lines are new."""

import numpy as np

from predictors.known.error_classes import class_number, lines_number, newly_met, repeats

TIMEOUT, CONFIGURATION = class_number("timeout"), class_number("configuration")


def _alternating(feeds: int, runs: int, error: float, lasts: int) -> tuple[np.ndarray, ...]:
    """Return runs of feeds that fail `lasts` times in a row, every tenth run."""
    feed = np.repeat(np.arange(feeds), runs)
    place = np.tile(np.arange(runs), feeds)
    bad = (place % 10 < lasts).astype(float)
    return feed, place * 60.0 + feed, bad, np.where(bad > 0, error, 0.0)


def test_a_class_that_keeps_failing_is_told_from_one_that_passes() -> None:
    lasting = _alternating(4, 100, CONFIGURATION, 4)
    passing = _alternating(4, 100, TIMEOUT, 1)
    feed, seen, bad, error = (np.concatenate(pair) for pair in zip(lasting, passing, strict=True))
    feed[400:] += 4
    told = repeats(feed, seen, bad, error)
    late = seen > 3_000.0
    assert told[late & (error == CONFIGURATION)].min() > 0.5
    assert told[late & (error == TIMEOUT)].max() < -0.5
    assert not told[bad == 0].any()


def test_nothing_that_became_known_later_changes_what_an_error_said() -> None:
    feed, seen, bad, error = _alternating(3, 80, CONFIGURATION, 3)
    whole = repeats(feed, seen, bad, error)
    cut = seen <= 2_400.0
    before = repeats(feed[cut], seen[cut], bad[cut], error[cut])
    assert np.allclose(whole[cut], before)


def test_the_first_error_ever_says_nothing_of_its_class() -> None:
    assert repeats(np.array([0]), np.array([5.0]), np.array([1.0]), np.array([TIMEOUT])).tolist() == [0.0]
    assert not len(repeats(*(np.zeros(0) for _ in range(4))))


def test_lines_are_new_once_a_feed_whatever_their_order() -> None:
    one, other = lines_number("disk is full\nretry"), lines_number("retry\ndisk is full")
    assert one == other
    assert class_number("") == 0.0
    feed = np.array([0, 0, 0, 1])
    assert newly_met(feed, np.array([one, 0.0, other, one])).tolist() == [1.0, 0.0, 0.0, 1.0]
