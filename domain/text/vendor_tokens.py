"""Tokens that begin with their maker's mark: data platforms, clouds, code hosts, models, watchers.

A mark alone is no token: each pattern wants the length that the maker gives its tokens, so that `gsk_total`
stays a word. Airtable's `pat` begins too many words, and Mailgun's `key-` too many keys of caches.
"""

_DATA = (
    (("dbtc_", "dbtu_"), r"dbt[cu]_[\w-]{30,}"),
    (("pnu_", "pnb_"), r"pn[ub]_[A-Za-z0-9]{36}"),
    (("pscale_",), r"pscale_(?:tkn|pw|oauth)_[\w.-]{30,}"),
    (("sbp_", "sb_secret_"), r"sb(?:p_[0-9a-f]{40}|_secret_[\w-]{20,})"),
    (("akcp",), r"AKCp[A-Za-z0-9]{60,}"),
)  # fmt: skip
_CLOUDS = (
    (("absk", "bedrock-api-key-"), r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{60,}={0,2}"),
    (("azdo",), r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"),
    (("hrku-",), r"HRKU-[\w-]{36,}"),
    (("nfp_",), r"nfp_[A-Za-z0-9]{36,}"),
    (("fm1_", "fm2_"), r"fm[12][ar]?_[A-Za-z0-9+/=]{60,}"),
    (("tskey-",), r"tskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    (("pul-",), r"pul-[0-9a-f]{40}"),
    ((".atlasv1.",), r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}"),
    (("dp.",), r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{1,64}\.)?[A-Za-z0-9]{40,44}"),
    (("ops_eyj",), r"ops_eyJ[\w-]{60,}"),
)  # fmt: skip
_WORK = (
    (("atatt3", "atctt3"), r"AT[AC]TT3[\w-]{60,}(?:=[0-9A-F]{8})?"),
    (("atbb",), r"ATBB[A-Za-z0-9]{32}"),
    (("lin_api_",), r"lin_api_[A-Za-z0-9]{32,}"),
    (("ntn_", "secret_"), r"(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})"),
    (("figd_",), r"figd_[\w-]{36,}"),
    (("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    (("sq0",), r"sq0[a-z]{3}-[\w-]{22,43}"),
    ((":aa",), r"\d{8,10}:AA[\w-]{33}"),
)  # fmt: skip
_CODE = (
    (("dckr_",), r"dckr_[po]at_[\w-]{20,}"),
    (("rubygems_",), r"rubygems_[0-9a-f]{48}"),
    (("ccipat_",), r"CCIPAT_[A-Za-z0-9]{20,}_[0-9a-f]{40}"),
    (("bkua_", "bkct_"), r"bk(?:ua|ct)_[0-9a-f]{40}"),
)  # fmt: skip
_OURS = ((("dwk_",), r"dwk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}"),)
_WATCHERS = (
    (("glsa_",), r"glsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),
    (("glc_eyj",), r"glc_eyJ[A-Za-z0-9+/]{40,}={0,2}"),
    (("nrak-",), r"NRAK-[A-Z0-9]{27}"),
    (("nrii-",), r"NRII-[\w-]{32}"),
    (("dt0",), r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    (("sntrys_", "sntryu_"), r"sntry(?:s_eyJ[\w+/=-]{40,}|u_[0-9a-f]{64})"),
    (("phx_",), r"phx_[A-Za-z0-9]{40,}"),
)  # fmt: skip
_MODELS = (
    (("gsk_",), r"gsk_[A-Za-z0-9]{48,}"),
    (("xai-",), r"xai-[A-Za-z0-9]{60,}"),
    (("pplx-",), r"pplx-[A-Za-z0-9]{40,}"),
    (("r8_",), r"r8_[A-Za-z0-9]{37}"),
    (("lsv2_",), r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    (("wandb_v1_",), r"wandb_v1_\w{40,}"),
)  # fmt: skip
_KINDS = {
    "an API key of this house": _OURS,
    "a data platform's token": _DATA,
    "a cloud's token": _CLOUDS,
    "a work tool's token": _WORK,
    "a build's token": _CODE,
    "a monitoring token": _WATCHERS,
    "a model platform's token": _MODELS,
}


def _shape(listed: tuple[tuple[tuple[str, ...], str], ...]) -> tuple[tuple[str, ...], str]:
    """Return the marks of a kind, in lower case, and the one pattern of all its tokens."""
    bodies = "|".join(body for _, body in listed)
    return tuple(
        mark for marks, _ in listed for mark in marks
    ), rf"(?<![A-Za-z0-9_])(?:{bodies})(?![A-Za-z0-9])"


VENDOR_TOKENS = {kind: _shape(listed) for kind, listed in _KINDS.items()}
