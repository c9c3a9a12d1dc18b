"""Teach by units as a model meets them later: by directions of wear that were learned from other units."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictors.questions.wear_features import WearScale, directed, wear_features

Floats = NDArray[np.float64]

# Into so many parts are units cut that teach; of fewer units than these none can be spared.
_PARTS, _FEWEST_APART = 10, 16


def taught_features(scale: WearScale, events: pd.DataFrame, labels: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns by which the units that taught the scale teach a model, one value per question.

    The directions of wear fit the units that they were learned from better than any later unit, and a model
    taught so believes them too much: each tenth of the units is seen by the directions of the others.
    """
    units = np.unique(labels["feed_id"].to_numpy(object).astype(str))
    part = pd.Series(np.arange(len(units)) % _PARTS, index=units)
    asked, seen = (frame["feed_id"].astype(str).map(part).to_numpy(np.float64) for frame in (labels, events))
    columns = wear_features(scale, events, labels)
    for number in range(_PARTS if len(units) >= _FEWEST_APART else 0):
        own, others = asked == number, asked != number
        apart = directed(scale, events[seen != number], labels[others])
        for name, values in wear_features(apart, events[seen == number], labels[own]).items():
            columns[name][own] = values
    return columns
