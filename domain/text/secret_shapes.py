"""What secrets look like in text: keys of known shapes, values that their names give away, folded keys.

Tuned for log lines: at most one benign line in 10,000 may lose a word (`python -m benchmarks.redaction`).
"""

import re

from domain.text.vendor_tokens import VENDOR_TOKENS

# How lines are parted where a key is told: as they are, quoted, escaped (also twice), for addresses, XML.
_GAP = r"(?:[\s>|,\"']|-(?!-)|\\+(?:[rnt]|u000[ad]|x0[ad])|(?:%25|%)0[adAD]|&\#(?:1[03]|x[adAD]);)"
_BASE64 = r"(?:[A-Za-z0-9+/]|%2[bBfF])"
_END = r"(?:=|%3[dD]){0,2}"
_WORD_GAP = r"(?: |\+|%20)"
# What a password in an address is not: a port, with all that follows it.
_NO_PORT = r"(?!\d{1,5}(?:[/?#\s\"'\\]|$))"
# However long a password is: up to the next address, so that none is looked through twice.
_UNTIL_NEXT = r"(?:(?!:(?:\\?/){2})[^\s'\"<>])+"

# Kind to what a text holds that has one, in lower case, and its pattern: nearly every line holds none of it.
# Each repeat that something must follow has a bound: a megabyte of beginnings is looked through in a second.
_SHAPES = {
    # With its body, in one line, folded or quoted by a difference: the header alone is no secret.
    "a private key": (
        ("-----begin",),
        rf"-----BEGIN{_WORD_GAP}(?:[A-Z0-9]+{_WORD_GAP})*PRIVATE{_WORD_GAP}KEY(?:{_WORD_GAP}BLOCK)?-----"
        rf"(?:{_GAP}*(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash): ?[\w ,.:;+()@/-]{{0,100}})*"
        rf"(?:{_GAP}*{_BASE64}{{16,}}{_END})*"
        rf"(?:{_GAP}*{_BASE64}{{1,15}}{_END}(?={_GAP}|-----END|$))?",
    ),
    # The same in Base64, as Kubernetes keeps it; certificates and public halves are nobody's secret.
    "a packed private key": (
        ("ls0tls1crudjtib",),
        r"LS0tLS1CRUdJTiB(?!DRVJUSUZJQ0FUR|QVUJMSUMgS0VZ|SU0EgUFVCTElDIE)[A-Za-z0-9+/_-]{20,}={0,2}",
    ),
    "an age key": (("age-secret-key-1",), r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"),
    # Desks are called `ASIAEQUITYDERIVATIVE` and `ASIAFXPRICESFOR2026`; of twenty keys one has no digit amid
    # its letters, and is told by what stands before it.
    "an AWS access key": (
        ("akia", "asia"),
        r"\b(?:AKIA[0-9A-Z]{16}|ASIA(?:(?=[A-Z]{0,14}\d{1,15}[A-Z])|(?i:(?<=key_id=asia)|(?<=key_id = asia)"
        r"|(?<=key_id: asia)|(?<=keyid=asia)|(?<=keyid: asia)|(?<=keyid\":\"asia)|(?<=keyid\": \"asia)"
        r"|(?<=key_id\": \"asia)|(?<=key_id=\"asia)|(?<=credential=asia)))[0-9A-Z]{16})\b",
    ),
    "a GitHub token": (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})\b",
    ),
    "a GitLab token": (
        (
            *("glpat-", "glrt-", "gldt-", "glcbt-", "glptt-", "glft-", "gloas-", "glagent-"),
            *("glsoat-", "glimt-", "glffct-"),
        ),
        r"\bgl(?:pat|rt|dt|cbt|ptt|ft|oas|agent|soat|imt|ffct)-[A-Za-z0-9_.-]{16,}",
    ),
    "a Slack token": (("xox", "xapp-"), r"\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{10,}\b"),
    "a Slack webhook": (
        ("hooks.slack",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{12,}",
    ),
    "a Teams webhook": (("webhook.office",), r"webhook\.office\.com/[A-Za-z0-9/_@-]{12,}"),
    "a webhook": (
        ("api/webhooks/", "hooks.zapier"),
        r"discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}|hooks\.zapier\.com/hooks/catch/\w+/\w+",
    ),
    "a Google key": (
        ("aiza", "ya29.", "gocspx-"),
        r"\b(?:AIza[0-9A-Za-z_-]{35}\b|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,})",
    ),
    "a Stripe key": (("_live_", "k_test_"), r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}\b"),
    # Who made it is anybody's guess; `live` and a jumble of letters and digits say what it is.
    "a vendor's key": (
        ("_live_",),
        r"\b[a-z]{2,10}_live_(?=[A-Za-z]*\d)(?=[a-z\d]*[A-Z])(?=[A-Z\d]*[a-z])[0-9A-Za-z]{16,}\b",
    ),
    "a signing secret": (("whsec_",), r"\bwhsec_[A-Za-z0-9+/]{16,}={0,2}"),
    # A head that holds certificates is long; behind a hyphen it may begin again at each of them.
    "a JSON web token": (
        ("eyj",),
        r"(?:(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}|\beyJ[A-Za-z0-9_-]{10,1000})\.[A-Za-z0-9._-]+",
    ),
    "an Azure key": (
        ("accountkey=", "sharedaccesskey="),
        r"(?:Account|SharedAccess)Key=[A-Za-z0-9+/=]{20,}",
    ),
    "an Azure client secret": (("q~",), r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    # A feed of Slovakia may be called `sk-prices-of-the-day-v2`.
    "a model provider's key": (
        ("sk-", "hf_"),
        r"\b(?:sk-(?![a-z]{1,30}(?:[_-][a-z]{1,30}){1,8}(?:[_-]v?\d{1,4})?(?![\w-]))[A-Za-z0-9_-]{20,}"
        r"|hf_[A-Za-z0-9]{30,})\b",
    ),
    "a package registry's token": (
        ("npm_", "pypi-"),
        r"\b(?:npm_[A-Za-z0-9]{36}\b|pypi-[A-Za-z0-9_-]{40,})",
    ),
    "a platform's token": (
        ("sg.", "hvs.", "hvb.", "hvr.", "dapi", "dop_v1_"),
        r"\b(?:SG\.[\w-]{16,}\.[\w-]{16,}|hv[sbr]\.[A-Za-z0-9_-]{20,}|dapi[0-9a-f]{32}\b|dop_v1_[0-9a-f]{64}\b)",
    ),
    "an address with a password": (
        ("://", ":\\/\\/"),
        r"(?i:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:(?:\\?/){2}[^\s/:@'\"\[?#]*:"
        rf"{_NO_PORT}(?:[^\s'\"<>]{{1,512}}|{_UNTIL_NEXT})@)",
    ),
    # A token alone, as Git and error trackers take it; a name is shorter, or has no digit.
    "an address with a token": (
        ("http://", "https://"),
        r"(?i:\bhttps?://(?=[a-z_-]{0,60}\d)(?=[\d_-]{0,60}[a-z])[a-z0-9_-]{20,255}@)",
    ),
    "an escaped address with a password": (
        ("%3a%2f%2f",),
        r"(?i:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*%3a%2f%2f[^\s%&]*%3a[^\s&]{1,512}?%40)",
    ),
    "a database's address with a password": (
        ("jdbc:oracle", "@tcp(", "@unix("),
        r"(?i:jdbc:oracle:\w+:[^\s/@'\"]{1,128}/[^\s@'\"]{1,512}@|(?<![\w.-])[\w.-]+:[^\s:@/'\"]+@(?:tcp|unix)\()",
    ),
    "a signed address": (
        ("signature=", "sig=", "token=", "api_key="),
        r"(?:[?&]|\\u0026|&amp;)(?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|sig|token"
        r"|access_token|api_key)=[^\s&'\"\\]{8,}",
    ),
}
SHAPES = {kind: (marks, re.compile(pattern)) for kind, (marks, pattern) in (_SHAPES | VENDOR_TOKENS).items()}
BEARER = re.compile(r"(?i)\b((?:bearer|basic)(?:\s|%20|\+)+)([A-Za-z0-9+/_.=-]{8,})")
# Also as the end of another name: dbPassword, PGPASSWORD, SecretAccessKey, client-key-data.
# The `proxy_pass` of nginx is an address.
NAMES_OF_SECRETS = (
    r"(?:password|passwort|kennwort|contrase(?:ñ|n)a|mot de passe|passwd|passphrase|(?<![a-z])pwd|secret"
    r"|(?:db|user|root|admin|smtp|mail|become|ssh|sudo|vault|ldap|bind|ftp|store|key)_?pass|passcode"
    r"|(?:subscription|functions)-key"
    r"|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|account[_-]?key"
    r"|shared[_-]?key|(?:secret|access)\.key|(?<![a-z])psk|client[_-]?key(?=[_-]?data)|authorization)(?:[_-]?(?:key|data|value|base64|b64|hash|plain))?"
)
_QUOTE = r"\\*[\"']"
NAMED = re.compile(
    rf"(?i)({NAMES_OF_SECRETS}(?:{_QUOTE})?\s*(?:=>|=|:(?!//))\s*)"
    rf"(?:(?P<quote>{_QUOTE})(?P<quoted>(?:(?!(?P=quote))[^\r\n]){{4,500}}?)(?P=quote)"
    rf"|(?P<plain>(?:{_QUOTE})?(?:[^\s\"'<>{{}},;&\\]|\\+(?![\"'nrt\\])){{4,}}))"
)
# The same, be it a word: for texts that may hold no secret, where a log may tell of one.
NAMED_ANYHOW = re.compile(rf"(?i)(?:{NAMES_OF_SECRETS})['\"]?\s*[:=]\s*['\"]?([^\s'\"<>{{}},]{{6,}})")
# What stands in the place of a secret when one tells of it.
TELLS = re.compile(
    r"(?i)(?:in)?(?:correct|valid|active|sufficient)|expired|missing|required|empty|none|null|nil|(?:un)?set|true"
    r"|false|wrong|denied|refused|failed|redacted|hidden|masked|unknown|changed|reset|rejected|accepted|ok|yes|no"
    r"|falsch|abgelaufen|fehlt|leer|absent|present|optional|default|given|string|text|varchar|char|integer|bigint|decimal|boolean|date|timestamp"
    r"|binary|object|hash|mask|drop|tokenize|encrypt|secret|password|token|env|file|vault|many|used|disabled|enabled"
)
# Also what a shell fills in: from a command, or from a variable with nothing beside it.
REFERENCE = re.compile(
    r"(?i)(?:secret|vault|env|file|ref)://|\$\{|\{\{|<|\$\("
    r"|(?-i:\$(?:[A-Z]+(?:_[A-Z]+)+|TOKEN|PASSWORD|SECRET)(?=[)\"'`]*\Z))"
)
# The lines of a private key that a logger told one by one: of the length that keys are folded to.
FOLDED = re.compile(
    r"(?<![A-Za-z0-9+/=_.-])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[0-9])"
    r"(?!/)(?:[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{70}|[A-Za-z0-9+/]{76})(?=$|[\s\"'\\])"
)
SHORTEST_FOLDED = 64
# A cheap look before the patterns of names. In lower case.
NAMES = (
    *(
        "passw",
        "passp",
        "kennw",
        "contrase",
        "mot de passe",
        "pwd",
        "_pass",
        "secret",
        "token",
        "authorization",
        "apikey",
        "api_key",
        "api-key",
    ),
    *(
        "accesskey",
        "access_key",
        "access-key",
        "privatekey",
        "private_key",
        "private-key",
        "signing",
        "encryption",
    ),
    *(
        "accountkey",
        "account_key",
        "account-key",
        "sharedkey",
        "shared_key",
        "shared-key",
        "client-key",
        "clientkey",
    ),
    *("client_key", "dbpass", "userpass", "rootpass", "adminpass", "smtppass", "mailpass"),
    *("passcode", "sshpass", "sudopass", "ldappass", "ftppass", "storepass", "keypass"),
    *("subscription-key", "functions-key", "access.key", "psk"),
)
SCHEMES = ("bearer", "basic")
VALUE_MARK = re.compile(r"[0-9!@#$%^*+/=_~-]")
