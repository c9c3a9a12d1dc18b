"""From which confidence on the library answers: what it costs, and how much it may withhold."""

import numpy as np

from benchmarks.kb_doubt import least_confidence

_RIGHT = np.linspace(0.305, 0.895, 60)


def test_what_parts_right_from_wrong_is_where_answers_begin() -> None:
    least = least_confidence(np.array([0.7, 0.8, 0.9]), np.array([0.2, 0.3]), np.array([0.1, 0.5]))

    assert 0.5 < least <= 0.7


def test_dear_mistakes_withhold_a_tenth_of_right_answers_and_no_more() -> None:
    strange = np.linspace(0.1, 0.6, 400)

    least = least_confidence(_RIGHT, np.linspace(0.1, 0.6, 60), strange)

    assert 0.05 < np.mean(least > _RIGHT) <= 0.1


def test_where_no_mistake_is_made_nothing_is_withheld() -> None:
    assert least_confidence(_RIGHT, np.array([]), np.array([])) <= _RIGHT.min()
