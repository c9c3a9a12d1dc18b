"""Names of one place: what a cloud calls it, what people of other tongues do, and the code of its airport.

Each line is one place. A question for the Frankfurt region is answered by an article on `eu-central-1`.
"""

from functools import lru_cache

from knowledge.words import terms

_PLACES = """
Frankfurt, eu-central-1, europe-west3, germanywestcentral, FRA
Ireland, Dublin, eu-west-1, northeurope, DUB
London, eu-west-2, europe-west2, uksouth, LHR, LON
Paris, eu-west-3, europe-west9, francecentral, CDG
Stockholm, eu-north-1, swedencentral
Milan, Mailand, Milano, eu-south-1, europe-west8, italynorth, MXP
Madrid, eu-south-2, europe-southwest1, spaincentral
Zurich, Z\u00fcrich, eu-central-2, europe-west6, switzerlandnorth, ZRH
Amsterdam, europe-west4, westeurope, AMS
Belgium, europe-west1
Warsaw, Warschau, Warszawa, europe-central2, polandcentral, WAW
Hamina, europe-north1, HEL
Virginia, N. Virginia, us-east-1, IAD
Ohio, us-east-2, CMH
Oregon, us-west-2, PDX
California, N. California, SFO
Iowa, us-central1, centralus
Montreal, Montr\u00e9al, ca-central-1, northamerica-northeast1, canadaeast, YUL
Toronto, northamerica-northeast2, canadacentral, YYZ
S\u00e3o Paulo, Sao Paulo, sa-east-1, southamerica-east1, brazilsouth, GRU
Tokyo, ap-northeast-1, asia-northeast1, japaneast, NRT, HND
Osaka, ap-northeast-3, asia-northeast2, japanwest, KIX
Seoul, ap-northeast-2, asia-northeast3, koreacentral, ICN
Singapore, ap-southeast-1, asia-southeast1, southeastasia
Sydney, ap-southeast-2, australia-southeast1, australiaeast, SYD
Melbourne, ap-southeast-4, australia-southeast2, australiasoutheast, MEL
Mumbai, Bombay, ap-south-1, asia-south1, centralindia
Hong Kong, ap-east-1, asia-east2, eastasia, HKG
Cape Town, af-south-1, CPT
Bahrain, me-south-1, BAH
Munich, M\u00fcnchen, MUC
Cologne, K\u00f6ln, CGN
Nuremberg, N\u00fcrnberg, NUE
Vienna, Wien, VIE
Geneva, Genf, Gen\u00e8ve, GVA
Brussels, Br\u00fcssel, Bruxelles, BRU
Copenhagen, Kopenhagen, K\u00f8benhavn, CPH
Prague, Prag, Praha
Rome, Roma, FCO
Lisbon, Lissabon, Lisboa
"""


@lru_cache(maxsize=1)
def _by_words() -> dict[frozenset[str], tuple[frozenset[str], ...]]:
    found = {}
    for line in _PLACES.strip().split("\n"):
        names = tuple(frozenset(terms(name)) for name in line.split(", "))
        found.update(dict.fromkeys(names, names))
    return found


def other_names(place: frozenset[str]) -> tuple[frozenset[str], ...]:
    """Return the words of each other name of a place, none for one that is not known here."""
    return tuple(one for one in _by_words().get(place, ()) if one != place)
