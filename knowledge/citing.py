"""Choose which articles an answer cites: the best one, and another only when it answers about as well.

A library always has a second and a third article; most of the time they answer something else. What is not
cited still stands on the card among what is related.
"""

from collections.abc import Sequence

from domain.knowledge.articles import Hit
from knowledge.features import FEATURES
from knowledge.retrieval import Found

_MOST = 3
_BEHIND = 0.35
"""How far another article's score may fall behind the best one's: about seven chances to ten."""
_LEAST_COVER = 0.9
"""Share of the question's weight that it must hold, of what the best one holds."""
_COVERS = FEATURES.index("article_covers")


def articles_to_cite(found: Found) -> Sequence[Hit]:
    """Return the hits that an answer may cite, best first; at least one when anything was found."""
    if not found.hits:
        return ()
    least_score = found.hits[0].score - _BEHIND
    least_cover = float(found.features[0, _COVERS]) * _LEAST_COVER
    beside = zip(found.hits[1:_MOST], found.features[1:_MOST, _COVERS].tolist(), strict=False)
    return (
        found.hits[0],
        *(
            hit
            # What stands higher than the first was passed over: it does not know what is asked about.
            for hit, covers in beside
            if least_score <= hit.score <= found.hits[0].score and covers >= least_cover
        ),
    )
