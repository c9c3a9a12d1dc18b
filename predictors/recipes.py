"""One recipe per kind of question: what is generally true of it, before any history is read.

The numbers are experience from public histories, rounded to what such experience is worth. They are log-odds
per unit of the feature; a system with many failures of its own overrules them.
"""

from predictors import delivery_features, outage_features, run_features, wear_features
from predictors.stack import Prior, Recipe

OUTAGE = Recipe(
    priors=(Prior(outage_features.PRIOR, 30.0), Prior(outage_features.HABIT, 30.0)),
    extra=outage_features.EXTRA,
    least_leaf=30,
)
RUNS = Recipe(priors=(Prior(run_features.PRIOR, 60.0),), extra=run_features.EXTRA, half=40.0)
DELIVERY = Recipe(
    priors=(Prior(delivery_features.PRIOR, 150.0), Prior(delivery_features.HABIT, 30.0)),
    extra=delivery_features.EXTRA,
    least_leaf=10,
)
WEAR = Recipe(priors=(Prior(wear_features.PRIOR, 0.1),), extra=wear_features.EXTRA, trees=200, half=15.0)
