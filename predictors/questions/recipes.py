"""One recipe per kind of question: what is generally true of it, before any history is read.

The numbers are experience from public histories, rounded to what such experience is worth. They are log-odds
per unit of the feature; a system with many failures of its own overrules them.
"""

from predictors.estimators.forest import Growth
from predictors.estimators.inner_choice import Mix, Trees
from predictors.estimators.member_weights import each_weighed, members
from predictors.estimators.stack import Prior, Recipe
from predictors.estimators.steepness import measured, never_flatter
from predictors.questions import delivery_features, outage_features, run_features, wear_features

_RATE_SHARE = 0.5


def _mixes(priors: int, *, is_rated: bool = True) -> tuple[Mix, ...]:
    """Return what every kind of question chooses among: each prior alone, with the feed's own rate, with the
    trees that its evidence grants, with both, and mostly trees."""
    rates = (0.0, _RATE_SHARE) if is_rated else (0.0,)
    blends = [(trees, rate) for trees in (Trees.NONE, Trees.GRANTED) for rate in rates]
    return tuple(
        Mix(trees, rate, prior) for trees, rate in [*blends, (Trees.MOST, 0.0)] for prior in range(priors)
    )


# On one folder of outages answers made as steep as the training asked for promised far too much afterwards:
# endpoints change their ways. So these stay as they are. Where endpoints go down together, each storm is of
# its own kind and general experience the better guide; where each fails for itself, a few dozen outages say
# what a sign is worth here.
OUTAGE = Recipe(
    priors=(Prior(outage_features.PRIOR, 30.0), Prior(outage_features.HABIT, 30.0)),
    least_leaf=30,
    half=30.0,
    mixes=_mixes(2),
    firmness=3.0,
)
RUNS = Recipe(
    priors=(Prior(run_features.PRIOR, 60.0), Prior(run_features.BROKEN, 30.0)),
    growths=((Growth.EXTRA, 100, 0.5), (Growth.BOOSTED, 80, 0.5)),
    half=25.0,
    # Whether jobs fail each at its own rate, or stay broken, shows in few failures, and matters much: until
    # the history says it, a bit of everything.
    usual=Mix(Trees.GRANTED, 0.2),
    mixes=members(2),
    settle=each_weighed,
    steepen=measured,
)
# What a sign is worth differs from system to system, and shows in a dozen faults. How often a feed was told
# to be faulty changes: what a training learns of that is worth little later.
_RATES = dict.fromkeys(("rate_ever", "rate_recent", "rate_month"), 300.0)
_HARDLY_KNOWN = dict.fromkeys(("missing", "source_gap", "late", "shrunk", "odd_amount"), 1.0)
DELIVERY = Recipe(
    priors=(
        Prior(delivery_features.PRIOR, 5.0, _RATES | _HARDLY_KNOWN | {"weekend": 30.0}),
        Prior(delivery_features.HABIT, 10.0, dict.fromkeys(_RATES, 60.0)),
    ),
    least_leaf=10,
    half=40.0,
    mixes=_mixes(2),
    steepen=never_flatter,
)
WEAR = Recipe(priors=(Prior(wear_features.PRIOR, 0.1),), mixes=_mixes(1, is_rated=False))
