"""One recipe per kind of question: what is generally true of it, before any history is read.

The numbers are experience from public histories, rounded to what such experience is worth. They are log-odds
per unit of the feature; a system with many failures of its own overrules them.
"""

from predictors import delivery_features, outage_features, run_features, wear_features
from predictors.forest import Growth
from predictors.stack import Prior, Recipe

OUTAGE = Recipe(
    priors=(Prior(outage_features.PRIOR, 30.0), Prior(outage_features.HABIT, 30.0)), least_leaf=30, half=30.0
)
# A few feeds that always fail carry most of what can be known of runs: their own rate is a member of its own.
RUNS = Recipe(
    priors=(Prior(run_features.PRIOR, 60.0),),
    growths=((Growth.EXTRA, 100, 0.5), (Growth.BOOSTED, 80, 0.5)),
    half=25.0,
    rate_share=0.5,
)
DELIVERY = Recipe(
    priors=(Prior(delivery_features.PRIOR, 150.0), Prior(delivery_features.HABIT, 30.0)),
    least_leaf=10,
    half=40.0,
)
WEAR = Recipe(priors=(Prior(wear_features.PRIOR, 0.1),))
