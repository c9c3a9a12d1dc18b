"""Tokens that begin with their maker's mark: data platforms, clouds, code hosts, models, watchers.

A mark alone is no token: each pattern wants the length that the maker gives its tokens, so that `gsk_total`
stays a word. Airtable's `pat` begins too many words, and Mailgun's `key-` too many keys of caches. Hashes of
passwords stand here too: to who has the time they are as good as tokens.
"""

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DATA = (
    (("dbtc_", "dbtu_"), r"dbt[cu]_[\w-]{30,}"),
    (("pnu_", "pnb_"), r"pn[ub]_[A-Za-z0-9]{36}"),
    (("pscale_",), r"pscale_(?:tkn|pw|oauth)_[\w.-]{30,}"),
    (("sbp_", "sb_secret_"), r"sb(?:p_[0-9a-f]{40}|_secret_[\w-]{20,})"),
    (("akcp",), r"AKCp[A-Za-z0-9]{60,}"),
    (("mdb_sa_sk_",), r"mdb_sa_sk_[\w-]{40,}"),
    (("ccdb1_",), r"CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}"),
    (("avns_",), r"AVNS_[\w-]{19}"),
    (("essu_",), r"essu_[A-Za-z0-9+/_-]{40,}={0,2}"),
    (("napi_",), r"napi_[a-z0-9]{60,}"),
    (("pcsk_",), r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{40,}"),
    (("cmvmd",), r"cmVmd[A-Za-z0-9]{59}"),
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
    (("cfut_", "cfat_", "cfk_"), r"cf(?:ut|at|k)_[A-Za-z0-9]{40,}"),
    (("v1.0-",), r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    (("doo_v1_", "dor_v1_"), r"do[or]_v1_[0-9a-f]{64}"),
    (("vcp_", "vci_", "vca_", "vcr_", "vck_"), r"vc[piark]_[A-Za-z0-9]{24,}"),
    (("rnd_",), r"rnd_[A-Za-z0-9]{28,}"),
    (("ltai",), r"LTAI[A-Za-z0-9]{16,26}"),
    (("akid",), r"AKID[A-Za-z0-9]{32}"),
    (("abia", "acca"), r"A(?:BIA|CCA)[A-Z2-7]{16}"),
    (("aqvn",), r"AQVN[\w-]{35,38}"),
    (("token-",), r"token-[a-z0-9]{5}:[a-z0-9]{54}"),
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
    (("lin_oauth_",), r"lin_oauth_[0-9a-f]{64}"),
    (("pat-",), rf"pat-[a-z]{{2}}\d-{_UUID}"),
    (("-us",), r"[0-9a-f]{32}-us\d{1,2}"),
    (("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    (("re_",), r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    (("pk_",), r"pk_\d{6,10}_[A-Z0-9]{32}"),
    (("tfp_",), r"tfp_[\w.-]{40,}"),
    (("cfpat-",), r"CFPAT-[\w-]{43}"),
    (("shippo_",), r"shippo_(?:live|test)_[0-9a-f]{40}"),
    (("fio-u-",), r"fio-u-[\w-]{64}"),
    (("flwseck",), r"FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,64}-X"),
    (("access-",), rf"access-(?:sandbox|development|production)-{_UUID}"),
    (("sk",), r"SK[0-9a-f]{32}"),
)  # fmt: skip
_CODE = (
    (("dckr_",), r"dckr_[po]at_[\w-]{20,}"),
    (("rubygems_",), r"rubygems_[0-9a-f]{48}"),
    (("ccipat_",), r"CCIPAT_[A-Za-z0-9]{20,}_[0-9a-f]{40}"),
    (("bkua_", "bkct_"), r"bk(?:ua|ct)_[0-9a-f]{40}"),
    (("sqp_", "squ_", "sqa_"), r"sq[pua]_[0-9a-f]{40}"),
    (("oy2",), r"oy2[a-z0-9]{43}"),
    (("pat.",), r"pat\.[\w-]{22}\.[0-9a-f]{24}\.[\w-]{20}"),
    (("sgp_",), r"sgp_(?:(?:[0-9a-f]{16}_)?[0-9a-f]{40}|[A-Za-z0-9]{64})"),
    (("gr1348941",), r"GR1348941[\w-]{20}"),
    (("pmak-",), r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    (("snyk_",), r"snyk_[us]at\.[\w.-]{30,}"),
    (("ico-",), r"ico-[A-Za-z0-9]{32}"),
    (("rdme_",), r"rdme_[a-z0-9]{70}"),
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
    # `api-` and the same is a key as well, and the id of many a request or pod: its name or header tells it.
    (("sdk-",), rf"sdk-{_UUID}"),
)  # fmt: skip
_MODELS = (
    (("gsk_",), r"gsk_[A-Za-z0-9]{48,}"),
    (("xai-",), r"xai-[A-Za-z0-9]{60,}"),
    (("pplx-",), r"pplx-[A-Za-z0-9]{40,}"),
    (("r8_",), r"r8_[A-Za-z0-9]{37}"),
    (("lsv2_",), r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    (("wandb_v1_",), r"wandb_v1_\w{40,}"),
    (("nvapi-",), r"nvapi-[\w-]{60,}"),
    (("tgp_v1_",), r"tgp_v1_[\w-]{40,}"),
    (("jina_",), r"jina_[A-Za-z0-9]{60,}"),
    (("tvly-",), r"tvly-(?:dev-|prod-)?[A-Za-z0-9-]{24,}"),
    (("e2b_",), r"e2b_[0-9a-f]{40}"),
)  # fmt: skip
# What a database or an account file keeps of a password: enough to guess it at leisure.
_HASHES = (
    (("$2",), r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"),
    (("$1$", "$5$", "$6$", "$apr1$"),
     r"\$(?:1|5|6|apr1)\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86}"),
    (("$y$",), r"\$y\$[./A-Za-z0-9]{1,20}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}"),
    (("$argon2",), r"\$argon2[id]{1,2}\$v=\d{1,3}\$[a-z0-9=,]{5,60}\$[\w+/]{8,90}\$[\w+/]{16,180}"),
    (("pbkdf2",), r"pbkdf2[_:-]sha\d{1,3}[$:]\d{1,9}[$:][\w+/=.-]{4,90}[$:][A-Za-z0-9+/=]{20,180}"),
    (("scram-sha",), r"SCRAM-SHA-\d{1,3}\$\d{1,9}:[\w+/=]{8,90}\$[\w+/=]{20,90}:[\w+/=]{20,90}"),
)  # fmt: skip
_KINDS = {
    "an API key of this house": _OURS,
    "a data platform's token": _DATA,
    "a cloud's token": _CLOUDS,
    "a work tool's token": _WORK,
    "a build's token": _CODE,
    "a monitoring token": _WATCHERS,
    "a model platform's token": _MODELS,
    "a password's hash": _HASHES,
}


def _shape(listed: tuple[tuple[tuple[str, ...], str], ...]) -> tuple[tuple[str, ...], str]:
    """Return the marks of a kind, in lower case, and the one pattern of all its tokens."""
    bodies = "|".join(body for _, body in listed)
    return tuple(
        mark for marks, _ in listed for mark in marks
    ), rf"(?<![A-Za-z0-9_])(?:{bodies})(?![A-Za-z0-9])"


VENDOR_TOKENS = {kind: _shape(listed) for kind, listed in _KINDS.items()}
