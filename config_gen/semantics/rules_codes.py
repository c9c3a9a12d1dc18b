"""Rules for identifiers, codes of standards and technical addresses."""

import re

from config_gen.semantics import checks, iso
from config_gen.semantics.countries import COUNTRY_ALPHA2, COUNTRY_ALPHA3, COUNTRY_NAMES, plain_name
from config_gen.semantics.rule import Rule, values_like, words_like

CODE_RULES: tuple[Rule, ...] = (
    Rule(
        "uuid",
        words_like("uuid|guid|rowguid"),
        values_like(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"),
        alone=0.9,
        verified=True,
    ),
    Rule(
        "url",
        words_like("url|uri|link|lien|website|site|web|homepage|href|page"),
        values_like(r"(?:https?|ftp|ftps|file|s3|sftp)://?\S+|www\.\S+", re.IGNORECASE),
        named=0.7,
        alone=0.9,
    ),
    Rule(
        "url",
        words_like("(?:\\w+ )*ur[li]s?|website|web ?site"),
        values_like(r"[\w.-]+\.[a-z]{2,}(?:/\S*)?|\S+\.\w{2,4}", re.IGNORECASE),
        named=0.9,
    ),
    Rule("isin", words_like("isin|isin code"), checks.isin, named=0.6, alone=0.9, verified=True),
    Rule("lei", words_like("lei|legal entity identifier"), checks.lei, named=0.6, alone=0.9, verified=True),
    Rule("figi", words_like("figi|bbgid|bloomberg id"), checks.figi, named=0.6, alone=0.9, verified=True),
    Rule("iban", words_like("iban"), checks.iban, named=0.6, alone=0.9, verified=True, personal=True),
    Rule("cusip", words_like("cusip"), checks.cusip, named=0.6, alone=0.97, alone_distinct=12, verified=True),
    Rule("sedol", words_like("sedol"), checks.sedol, named=0.6, alone=0.98, alone_distinct=25, verified=True),
    Rule(
        "bic",
        words_like("bic|swift|swift code|bic code|bic8|bic11"),
        checks.bic,
        named=0.7,
        alone=0.97,
        alone_distinct=8,
        verified=True,
    ),
    Rule(
        "credit_card",
        words_like("(?:credit ?)?card(?: ?(?:number|no|num))?|cc ?(?:number|no|num)?|pan|ccnumber"),
        checks.card,
        named=0.7,
        alone=0.95,
        alone_distinct=8,
        verified=True,
        personal=True,
    ),
    Rule("siret", words_like("siret"), checks.siret, named=0.6, alone=0.98, alone_distinct=10, verified=True),
    Rule("siren", words_like("siren"), checks.siren, named=0.6, verified=True),
    Rule(
        "mic",
        words_like("mic|mic code|market identifier code|operating mic|segment mic"),
        values_like(r"[A-Z0-9]{4}"),
    ),
    Rule(
        "currency_code",
        words_like(
            "currency|ccy|curr|cur|devise|währung|waehrung|moneda|valuta|divisa|currencies|iso "
            "4217|currency code"
        ),
        lambda v: v.upper() in iso.CURRENCIES and len(v) == 3,
        alone=0.95,
        alone_distinct=6,
    ),
    Rule(
        "currency_numeric",
        words_like("(?:currency )?numeric(?: code)?|currency (?:number|num|no)"),
        lambda v: v.zfill(3) in iso.CURRENCY_NUMBERS,
        named=0.55,
    ),
    Rule(
        "country_alpha2",
        words_like(
            "country|countries|ctry|pays|nation|nationality|land|paese|pais|iso2|iso 2|cc|alpha 2"
            "|iso 3166 1 alpha 2|residence|domicile|citizenship|territory"
        ),
        lambda v: v.upper() in COUNTRY_ALPHA2,
        named=0.9,
        alone=0.98,
        alone_distinct=15,
    ),
    Rule(
        "country_alpha3",
        words_like(
            "country|ctry|pays|nation|nationality|land|paese|pais|iso3|iso 3|alpha 3|iso 3166 1 "
            "alpha 3|residence|domicile"
        ),
        lambda v: v.upper() in COUNTRY_ALPHA3,
        named=0.9,
        alone=0.97,
        alone_distinct=8,
    ),
    Rule(
        "country_name",
        words_like(
            "country|countries|pays|nation|land|paese|pais|país|territory|entity|area|citizenship|nationality"
        ),
        lambda v: plain_name(v) in COUNTRY_NAMES,
        named=0.7,
        alone=0.9,
        alone_distinct=4,
    ),
    Rule(
        "language_code",
        words_like(
            "lang|language|langue|sprache|locale|lingua|idioma|alpha 2|alpha 3|alpha 3 [bt]|iso "
            "639 \\d|iso639"
        ),
        lambda v: (
            v in iso.LANGUAGE2 or v in iso.LANGUAGE3 or re.fullmatch(r"[a-z]{2,3}[-_][A-Z]{2}", v) is not None
        ),
        named=0.9,
        alone=0.97,
        alone_distinct=15,
    ),
    Rule(
        "language_name",
        words_like("lang|language|langue|sprache|english|french|lingua|idioma|language name"),
        lambda v: re.split(r"[\s;,(/-]", v.lower())[0] in iso.LANGUAGE_NAMES,
        named=0.3,
        alone=0.8,
        alone_distinct=5,
    ),
    Rule(
        "timezone",
        words_like("(?:\\w+ )?(?:time ?zone|tz|timezone)"),
        values_like(
            r"[A-Z][A-Za-z_]+/[A-Za-z_+-]+(?:/[A-Za-z_]+)?|UTC(?:[+-]\d\d?(?::\d\d)?)?|GMT|[A-Z]{3,4}"
        ),
        alone=None,
    ),
    Rule(
        "timezone",
        words_like("(?!)"),
        values_like(
            r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc"
            r"|US)/[A-Za-z_+-]+(?:/[A-Za-z_]+)?"
        ),
        alone=0.95,
    ),
    Rule(
        "color_hex", words_like("colou?r|couleur|farbe|hex|rgb"), values_like(r"#?[0-9a-fA-F]{6}"), named=0.95
    ),
    Rule("color_hex", words_like("(?!)"), values_like(r"#[0-9a-fA-F]{6}"), alone=0.95),
    Rule(
        "ipv4", words_like("ip|ip address|ipv4|host"), checks.ipv4, alone=0.97, verified=True, personal=True
    ),
    Rule(
        "mac_address",
        words_like("mac|mac address"),
        values_like(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),
        alone=0.95,
        verified=True,
    ),
    Rule(
        "domain",
        words_like("domain|domain ?name|host ?name|fqdn"),
        values_like(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE),
        named=0.9,
    ),
    Rule(
        "account_number",
        words_like("account ?(?:number|no|num)|acct ?(?:no|num|number)|kontonummer|bank account(?: number)?"),
        values_like(r"(?=.*\d.*\d.*\d)[A-Za-z0-9 -]{4,30}"),
        named=0.9,
        personal=True,
    ),
    Rule(
        "ticker",
        words_like("ticker|ticker ?symbol|symbol|stock ?symbol|ric|trading ?symbol"),
        values_like(r"[A-Z0-9^$][A-Z0-9.\-/^$=&]{0,14}"),
        named=0.9,
    ),
)
