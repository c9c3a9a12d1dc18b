"""Secrets are masked where they stand, and ordinary log lines keep every word."""

import base64
import html
import itertools
import json
import shlex
import urllib.parse
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text.redaction import MASK, Redaction, mask_shapes

KNOWN = "pa$$ wörd/77+x"
_ID = f"{'0a' * 4}-{'0a' * 2}-{'0a' * 2}-{'0a' * 2}-{'0a' * 6}"
QUOTED = "p'w\"d & <7$x!\\y>"
BENIGN = (
    "GET /api/v1/feeds/{word}/runs/{n} 200 in {n} ms",
    "token: expired for user {n}, asking for a new one",
    "password: incorrect, attempt {n} of 3",
    "secret: missing in namespace {word}",
    "tokens=many tokenizer for {word} loaded in {n} s",
    "primary key: orders_{word} has {n} duplicates",
    "connecting to postgresql://db-{n}.internal:5432/{word}",
    "authorization: denied for role {word}",
    "partition key {word}-{n} assigned to consumer group {word}",
    "the basic authentication module loaded {n} times",
    "commit 3f2a9c{n}d7 by {word}: rename secret store",
    "kafka offset {n}, key null, monkey {word}",
    "cache token bucket {word} refilled with {n}",
)


def forms(secret: str) -> list[str]:
    raw, quoted, told = secret.encode(), urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1]
    return [
        secret,
        urllib.parse.quote(secret),
        urllib.parse.quote_plus(secret),
        quoted,
        quoted.lower(),
        urllib.parse.quote(quoted),
        told,
        json.dumps(told)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1].replace("ö", "\\u00f6"),
        told.replace("/", "\\/"),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        raw.hex(),
        raw.hex().upper(),
        base64.b32encode(raw).decode(),
        base64.b64encode(f"connect {secret} now".encode("utf-16-le")).decode(),
        html.escape(secret),
        html.escape(secret).replace("&#x27;", "&#39;"),
        html.escape(secret, quote=False).replace('"', "&quot;"),
        quoteattr(secret)[1:-1],
        shlex.quote(secret)[1:-1],
        secret.replace("'", "'\\''"),
        secret.replace("'", "''"),
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        "".join(f"\\{sign}" if not sign.isalnum() and sign not in "_@%+=:,./-" else sign for sign in secret),
        # Where the secret begins within a group of three bytes changes every letter of it.
        *(base64.b64encode(before + raw).decode() for before in (b"user:", b"me:", b"you:")),
    ]


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PACKED = _packed('{"user": "a", "password": "MB7gn4pNSl"}')


@pytest.mark.parametrize("fold", ["\n", " ", "\\n", "", "\n+", "\n-", "\n> "])
def test_a_private_key_is_masked_with_its_body_however_it_is_folded(fold: str) -> None:
    body = [("Ab3/" * 16), ("Zz9+" * 16), "QmFzZTY0=="]
    head, foot = (f"-----{what} RSA PRIVATE KEY-----" for what in ("BEGIN", "END"))

    masked = mask_shapes(f"loaded {fold.join([head, *body, foot])} from the vault")

    assert not any(line in masked for line in body)
    assert masked.startswith("loaded ")
    assert masked.endswith(" from the vault")


BODY = ("MIIEowIBAAKCAQEA" + "Ab3/" * 12, "Zz9+" * 16, "QmFzZTY0==")
PEM = "\n".join(("-----BEGIN RSA PRIVATE" + " KEY-----", *BODY, "-----END RSA PRIVATE" + " KEY-----"))
LOCKED = PEM.replace(
    "KEY-----\n", f"KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{'0A' * 16}\n\n", 1
)
PACKED = base64.b64encode(PEM.encode()).decode()


@pytest.mark.proves("K4")
@pytest.mark.parametrize(
    ("told", "parts"),
    [
        (json.dumps(PEM), BODY[:2]),
        (json.dumps(json.dumps(PEM)), BODY[:2]),
        (json.dumps({"event": json.dumps({"key": json.dumps(PEM)})}), BODY[:2]),
        (PEM.replace("\n", "\\u000a"), BODY[:2]),
        (PEM.replace("\n", "&#10;"), BODY[:2]),
        (urllib.parse.quote(PEM, safe=""), ("MIIEowIBAAKCAQEA", "Zz9")),
        (urllib.parse.quote_plus(PEM), ("MIIEowIBAAKCAQEA", "Zz9")),
        (LOCKED, BODY[:2]),
        (PEM.replace("RSA PRIVATE KEY-----", "PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n"), BODY[:2]),
        (PACKED, (PACKED[30:90],)),
        (base64.b64encode(PEM.replace("RSA", "OPENSSH").encode()).decode(), ("TU9QRU5TU0gg", "QWIzL0Fi")),
        (f"2026-03-31 12:00:00 INFO loader {BODY[0]}", BODY[:1]),
        (json.dumps({"message": BODY[1]}), BODY[1:2]),
    ],
    ids=range(13),
)
def test_a_private_key_is_masked_in_whatever_it_is_wrapped(told: str, parts: tuple[str, ...]) -> None:
    masked = mask_shapes(told)

    assert not [part for part in parts if part in masked]
    assert MASK in masked


@pytest.mark.proves("K4")
@pytest.mark.parametrize(
    ("known", "form"), [(known, form) for known in (KNOWN, QUOTED) for form in forms(known)]
)
def test_a_known_value_is_masked_in_every_form_in_which_tools_print_it(known: str, form: str) -> None:
    masked = Redaction([known]).mask(f"curl said: {form}; done")

    assert MASK in masked
    assert form not in masked
    assert masked.endswith("; done")


@pytest.mark.proves("K4")
@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("password=hunter2-and-more", "hunter2"),
        ('{"db_password": "S3cretValue"}', "S3cretValue"),
        ("api_key = 'abc123def'", "abc123def"),
        ("Authorization: Bearer abcDEF0123456789", "abcDEF0123456789"),
        ("curl -H 'authorization: Basic dXNlcjpwYXNzd29yZA=='", "dXNlcjpwYXNzd29yZA"),
        ("postgresql://app:t0psecret@db:5432/orders", "t0psecret"),
        ("key AKIAABCDEFGHIJKLMNOP leaked", "AKIAABCDEFGHIJKLMNOP"),
        ("push with ghp_0123456789abcdefghijklmnopqrstuvwx", "ghp_0123"),
        ("xoxb-1234567890-abcdefghij in the log", "xoxb-1234567890"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk", "eyJzdWIi"),
        ("https://bucket.example/x?X-Amz-Signature=abcdef0123456789", "abcdef0123456789"),
        ("https://hooks.slack.com/services/T0000/B0000/XXXXXXXX", "T0000"),
        ("https://hooks.slack.com/services/T0000/B0000/aBcDeFgHiJkLmNoP", "aBcDeF"),
        ('{"SecretAccessKey": "wJalrXUtnFEMIK7MDENGbPxRfiCY"}', "wJalrXUtn"),
        ('{"SessionToken":"FwoGZXIvYXdzEBYaDH"}', "FwoGZXIv"),
        ('{"dbPassword": "S3cretValue"}', "S3cretValue"),
        (json.dumps({"event": json.dumps({"db_password": "S3cretValue"})}), "S3cretValue"),
        ("PGPASSWORD=letmein psql", "letmein"),
        ("DB_PASS=abc123x", "abc123x"),
        ("password: `Gate-2024x`, or password=$TRONGx9", "2024x"),
        ("password: `Gate-2024x`, or password=$TRONGx9", "TRONGx9"),
        ("password=correcthorse", "correcthorse"),
        ('"password": "correct horse battery"', "horse"),
        ("passphrase: 'open sesame now'", "sesame"),
        ("token => 's3cr3tval'", "s3cr3tval"),
        ("Server=x;User Id=sa;Password=S3cr3t!pw;Encrypt=yes", "S3cr3t"),
        (f"SharedAccessKeyName=Root;SharedAccessKey={'aB3' * 14}=", "aB3aB3"),
        ("redis://:p4ssw0rd@host:6379/0", "p4ssw0rd"),
        ("postgresql://app:p/ss@w0rd@db:5432/x", "w0rd"),
        ("POSTGRES://app:t0psecret@db", "t0psecret"),
        ("postgresql:\\/\\/app:t0psecret@db", "t0psecret"),
        ("dsn=postgresql%3A%2F%2Fapp%3At0psecret%40db", "t0psecret"),
        ("jdbc:oracle:thin:scott/t1ger@//h:1521/x", "t1ger"),
        ("app:s3cret@tcp(10.0.0.1:3306)/db", "s3cret"),
        ("xapp-1-A0123-456-abcdef0123 in the log", "A0123-456"),
        (f"AGE-SECRET-KEY-1{'Q2' * 29}", "Q2Q2"),
        (f"dapi{'0a' * 16}", "0a0a"),
        (f"glrt-{'x9' * 10}", "x9x9"),
        (f"hvs.{'x9' * 12}", "x9x9"),
        ("client-key-data: YWJjZGVmMTIzNDU2Nzg5MA==", "YWJjZGVm"),
        ("authorization=Bearer%20abcDEF0123456789", "abcDEF0123456789"),
        ("https://x.example/?a=1\\u0026sig=abcdef0123456789", "abcdef0123456789"),
        (f"key dwk_{'a1' * 6}_{'Zx9-_' * 9}"[:-2], "Zx9-_Zx9"),
        (f"glsa_{'aB3d' * 8}_0a1b2c3d", "aB3daB3d"),
        (f"dckr_pat_{'aB3-' * 7}", "aB3-aB3"),
        (f"dbtc_{'aB3d' * 10}", "aB3daB3d"),
        (f"dp.st.prd.{'aB3d' * 10}", "aB3daB3d"),
        (f"gsk_{'aB3d' * 13}", "aB3daB3d"),
        (f"sk-{'a0' * 16}", "a0a0"),
        (f"sk-ant-api-{'aB3d' * 8}-x", "aB3daB3d"),
        (f"glsoat-{'aB3d' * 5}", "aB3daB3d"),
        (f"sk_test_{'aB3d' * 6}", "aB3daB3d"),
        (f"ATATT3{'xFf-GF0' * 12}=1A2B3C4D", "GF0xFf"),
        (f"https://discord.com/api/webhooks/123456789012345678/{'aB3-' * 15}", "aB3-aB3"),
        ("curl -u admin:S3cr3t-pw https://h/x", "S3cr3t"),
        ("curl -su 'admin:S3cr3t-pw' https://h/x", "S3cr3t"),
        ("curl --user=admin:S3cr3t-pw https://h/x", "S3cr3t"),
        ("mysqldump -u root -pS3cr3t-pw orders", "S3cr3t"),
        ("sshpass -p S3cr3t-pw ssh u@h", "S3cr3t"),
        ("redis-cli -h r -a S3cr3t-pw ping", "S3cr3t"),
        ("sqlcmd -S h -U sa -P S3cr3t-pw", "S3cr3t"),
        ("sqlplus scott/T1ger-x@orcl", "T1ger"),
        ("docker login -u ci -p S3cr3t-pw r.io", "S3cr3t"),
        ("oc login --token S3cr3t-pw https://h", "S3cr3t"),
        ("openssl rsa -passin pass:S3cr3t-pw", "S3cr3t"),
        ("machine h login u password S3cr3t-pw", "S3cr3t"),
        ('{"auths": {"r.io": {"auth": "dXNlcjpwYXNzd29yZA=="}}}', "dXNlcjpw"),
        ("Authorization: Token c8cf902e333bf886", "c8cf902e"),
        ('{"Authorization": "SSWS 00mmEJBZAU8zo42"}', "mmEJBZ"),
        ("authorization: ApiKey VnVhQ2ZHY0JDZGJrU", "VnVhQ2"),
        ("Cookie: lang=en; session=MB7gn4pNSl62Kk", "MB7gn4"),
        ("Cookie: consent=accepted-all; session=hunter-2f9c-aa", "hunter"),
        ("loader --password hunter22, then", "hunter22"),
        ("loader --password correct-horse-1987", "correct-horse"),
        ("loader --password correct-horse-42", "correct-horse"),
        ("loader --password horse-key-ring-7", "horse"),
        ("CREATE USER x IDENTIFIED BY 'summer-rain-24'", "summer-rain"),
        ("db.example:5432:orders:app:winter_night_v2", "winter_night"),
        ("AWS_ACCESS_KEY_ID=ASIAQXZKLMNOPQRSTUVW", "QXZKLM"),
        ('{"AccessKeyId": "ASIAQXZKLMNOPQRSTUV7"}', "QXZKLM"),
        ("?X-Amz-Credential=ASIAQXZKLMNOPQRSTUVW%2F20261130", "QXZKLM"),
        ("export ID=ASIAQX7Z2KLMNOPQRSTU", "QX7Z2K"),
        ("export ID=AKIAQXZKLMNOPQRSTUVW", "QXZKLM"),
        ('{"cookie": "a=\\"q\\"; session=MB7gn4pNSl62Kk", "status": 200}', "MB7gn4"),
        ("set-cookie: sid=NtyGcJR1bwQazz; HttpOnly; Path=/", "NtyGcJ"),
        ("DB_PW=S3cr3t-pw", "S3cr3t"),
        ("DB_PW=MY_CAT7", "MY_CAT7"),
        ("export MYSQL_PASS='S3cr3t-pw'", "S3cr3t"),
        ("Passwort: S3cr3t-pw, bitte ändern", "S3cr3t"),
        ("loader --password S3cr3t-pw --host db", "S3cr3t"),
        ("tool --api-key S3cr3t-pw x; az ad sp --client-secret S3cr3t-pw", "S3cr3t"),
        ("keytool -storepass S3cr3t-pw -list", "S3cr3t"),
        ("gpg --passphrase 'S3cr3t-pw' -d", "S3cr3t"),
        ("CREATE USER app IDENTIFIED BY 'S3cr3t pw'", "S3cr3t"),
        ("ALTER ROLE app WITH ENCRYPTED PASSWORD 'S3cr3t-pw'", "S3cr3t"),
        ('login failed for app with password "S3cr3t-pw"', "S3cr3t"),
        ("<db><password>S3cr3t-pw</password></db>", "S3cr3t"),
        ('<add key="OrdersPassword" value="S3cr3t-pw"/>', "S3cr3t"),
        ('{"name": "DB_PASSWORD", "value": "S3cr3t-pw"}', "S3cr3t"),
        (json.dumps({"event": json.dumps({"name": "DB_PASSWORD", "value": "S3cr3t-pw"})}), "S3cr3t"),
        ("- name: DB_PASSWORD\n  value: S3cr3t-pw", "S3cr3t"),
        ('{"user": "app", "pass": "S3cr3t-pw"}', "S3cr3t"),
        ("ansible_become_pass: S3cr3t-pw", "S3cr3t"),
        ("SSHPASS=S3cr3t-pw ssh u@h", "S3cr3t"),
        ("passcode: S3cr3t-pw", "S3cr3t"),
        ("Ocp-Apim-Subscription-Key: 0a1b2c3d4e5f", "0a1b2c"),
        ("db.example.org:5432:orders:app:S3cr3t-pw", "S3cr3t"),
        ("aws configure set aws_secret_access_key wJalrXUtnFEMIK7MDENG", "wJalr"),
        ("kubectl create secret generic db --from-literal=conn=S3cr3t-pw", "S3cr3t"),
        ("mongosh -u app -p S3cr3t-pw --host h", "S3cr3t"),
        ("ldapsearch -D cn=app -w S3cr3t-pw", "S3cr3t"),
        ("htpasswd -bc f app S3cr3t-pw", "S3cr3t"),
        ("smbclient //h/s -U app%S3cr3t-pw", "S3cr3t"),
        ("rabbitmqctl add_user app S3cr3t-pw", "S3cr3t"),
        ("vault kv put secret/db value=S3cr3t-pw", "S3cr3t"),
        ("7z x -pS3cr3t-pw a.7z; zip -P S3cr3t-pw a.zip", "S3cr3t"),
        ("the password is S3cr3t-pw, ask me for more", "S3cr3t"),
        ("Das Passwort lautet hunter2secret9", "hunter2"),
        (f"git clone https://{'x1' * 15}@github.example/a/b.git", "x1x1"),
        (f"https://{'0a1b' * 8}@o1.ingest.example/5", "0a1b"),
        (f"SK{'0a' * 16}", "0a0a"),
        (f"{'0a' * 16}-us12", "0a0a"),
        (f"mdb_sa_sk_{'aB3d' * 10}", "aB3d"),
        (f"AVNS_{'aB3d' * 4}xyz", "aB3d"),
        (f"cfut_{'aB3d' * 12}", "aB3d"),
        (f"nvapi-{'aB3d' * 16}", "aB3d"),
        (f"pat-na1-{'0a' * 4}-{'0a' * 2}-{'0a' * 2}-{'0a' * 2}-{'0a' * 6}", "0a0a"),
        (f"sdk-{_ID}", "0a0a"),
        (f"Authorization: api-{_ID}, LD_API_KEY=api-{_ID}, launchdarkly.access_token: api-{_ID}", "0a0a"),
        (f"sqp_{'0a' * 20}", "0a0a"),
        (f"$2y$10${'aB3.' * 13}x", "aB3."),
        (f"root:$6$rounds=5000$salt${'aB3.' * 21}xy:19000:0", "aB3."),
        (f"$argon2id$v=19$m=65536,t=3,p=4${'aB3d' * 5}${'aB3d' * 10}", "aB3d"),
        (f"SCRAM-SHA-256$4096:{'aB3d' * 5}==${'aB3d' * 11}=:{'aB3d' * 11}=", "aB3d"),
        ("db:\n  password: |\n    MB7gn4pNSl\n  host: x", "MB7gn4pNSl"),
        ("api_key: >-\r\n  MB7gn4pNSl\r\nhost: x", "MB7gn4pNSl"),
        ("log says api_key: >- MB7gn4pNSl host: x", "MB7gn4pNSl"),
        ("export TOKEN=\\\nMB7gn4pNSl", "MB7gn4pNSl"),
        ('<input name="pw" type="password" id=x value="MB7gn4pNSl">', "MB7gn4pNSl"),
        ("<INPUT value='MB7gn4pNSl' name=pw type='password'>", "MB7gn4pNSl"),
        ('variable "db_password" {\n  type = string\n  default = "MB7gn4pNSl"\n}', "MB7gn4pNSl"),
        ("CREATE LOGIN x WITH PASSWORD = N'MB7gn4pNSl'", "MB7gn4pNSl"),
        ("ALTER USER x IDENTIFIED BY N'MB7gn4pNSl'", "MB7gn4pNSl"),
        ("--conf spark.hadoop.fs.s3a.secret.key=MB7gn4pNSl", "MB7gn4pNSl"),
        ("wpa: psk=MB7gn4pNSl", "MB7gn4pNSl"),
        ("the password for the orders database is MB7gn4pNSl, thanks", "MB7gn4pNSl"),
        ("Das Kennwort für den Zugang lautet MB7gn4pNSl", "MB7gn4pNSl"),
        (f"X-Context: {PACKED}", PACKED[30:40]),
        (f"payload={PACKED.replace('=', '')}&x=1", PACKED[30:40]),
        (f"blob {_packed('x PASSWORD=MB7gn4pNSl')} end", _packed("x PASSWORD=MB7gn4pNSl")[16:24]),
        (f"token {_packed('ab API_KEY: MB7gn4pNSl')}", _packed("ab API_KEY: MB7gn4pNSl")[16:24]),
        # However long: the end of one is as secret as its beginning.
        (f"Authorization: Bearer {'aB3_' * 400}", "aB3_"),
        (f"docker login -u AWS -p eyJwYXls{'aB3d' * 500} r.io", "aB3d"),
        (f"mysql -u root -p{'aB3-' * 100} orders", "aB3-"),
        (f"Cookie: a={'x1' * 3_000}; session=MB7gn4pNSl62Kk", "MB7gn4"),
        (f"token eyJ{'aB3d' * 400}.eyJzdWIiOiIxIn0.c2ln", "aB3d"),
        (f"postgres://iam:{'x1%2F' * 300}@h/orders", "x1%2F"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_its_name_stays(line: str, secret: str) -> None:
    masked = mask_shapes(line)

    assert secret not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "line",
    [
        "https://host:443/users/@me and http://[::1]:80/x@y",
        "http://h:8080/p?to=b@example.org",
        "password=incorrect for user@example.org",
        '{"password": "string", "token": null, "secret": "required"}',
        "credential: env://DB, password: secret://db",
        f"sha256 {'0123456789abcdef' * 4}",
        f"/usr/{'Lib1/' * 12}x",
        "-----BEGIN CERTIFICATE-----",
        "bearer tokens are checked, basic authentication is off",
        "smtp pass=3 fail=0",
        "export TOKEN=$(vault read -field=token secret/ci) PGPASSWORD=$DB_PASSWORD",
        'curl -u "$USER:$PASS" https://h, curl -u admin https://h, docker run -u 1000:1000 curl',
        "mysqld -port 3306 -protocol tcp, mysql -p orders, sqlplus / as sysdba, mysql -p$PW",
        "redis-cli -a, sshpass -p $PW, sqlcmd -P ${PW}, sqlcmd -p 1433",
        "tests_pass=3170 FIRST_PASS=0.93, DONE_PASS=100%, BYPASS=on",
        "Authorization: token expired, authorization: missing header, Authorization: header required",
        "cookie: none, Set-Cookie: lang=german; Path=/; Domain=.example.org",
        "curl -H 'Authorization: Bearer YOUR-API-KEY' h, docker login -p YOUR_TOKEN, curl -u ci:MY_PW h",
        '{"cookie": "-", "args": "from=2026-11-01&to=2026-11-30", "x": "y=abcdef0123"}',
        "eu-sk-customer-orders-daily and sk-prices-of-the-day-v2 are feeds of Slovakia",
        "gsk_total, glsa_count 12, dp.st.prd.orders, dckr_pat_ is missing, dwk_abc_def, secret_name",
        "login failed for user x password expired, Passwort: falsch, Passwort=abgelaufen",
        'the "auth": "basic" section',
        "docker run --name mysql -p3306:3306 -d mysql:8, docker run -p127.0.0.1:3307:3306 mysql",
        "run sqlplus with sql/purge_orders.sql and see logs/orders-2026.log",
        "authorization: denied user=alice action=read, authorization: granted role=data_reader",
        "use --token to sign in, --password option, --token-file /run/t, --api-key YOUR_KEY, --password $PW",
        "loader --password /run/secrets/pw --token name-of-a-token --access-key 3, curl --token -v",
        "password 'must-be-changed', ALTER ROLE app PASSWORD NULL, identified by the approvers",
        "<password></password>, <token>string</token>, <password>${db.password}</password>",
        '{"name": "prompt_token", "value": 12345}, name="max_tokens", value="4096"',
        '{"pass": "3/5"}, {"pass": "true"}, {"pass": "12.5%"}, smtp pass: 3',
        "the password is case-sensitive, the token is base64-encoded, password was 12 days",
        "the token is sha256-hashed and the password is bcrypt-hashed",
        "the token is 3600 seconds old, password is expired, Das Passwort ist abgelaufen, token is RFC7519",
        "https://user@host/x, https://data-platform-team-of-orders@host/x, https://h/users/@me",
        "10.0.0.1:5432:orders:app:12, 06:54:30:5432:x, host:5432/orders: connection refused",
        "kubectl create configmap x --from-literal=mode=fast2, mkdir -p data2/x, mongo -p 27017",
        "pods api-gateway-7d9f, sdk-for-python, access-production-logs, re_entrant, SKU 0a1b2c3d, v1.0-rc2",
        f"request api-{_ID} took 3 s, pod api-{_ID} restarted, run_id=api-{_ID}, {{'job': 'api-{_ID}'}}",
        "7z x feed-prices-2026.7z, 7z a out.7z data-prod2/, zip -r out.zip DIR-Project2, unzip a-P2/b1.zip",
        "ldapsearch -x -H ldap://us-west-2.example.org -b dc=x, ldapadd -W -f new-week2.ldif",
        "docker run --name mongo -p 27017:27017 mongo:7; docker exec mongo mkdir -p /data/db2/journal",
        'docker run --name mongo -p "127.0.0.1:27017:27017" mongo:7; mongodump --out x-p 2026.json',
        "proxy_pass: http://orders-v2:8080/, proxy_pass = http://upstream1;",
        "password: |\n  expired, as the policy says\ndescription: >\n  see page2\ntoken: |\n  ${TOKEN}",
        "| password: | x1y2z3 | token: > 3600s, token: |",
        "password=\\\n  $DB_PASSWORD, hint: |\n  x1y2z3",
        '<input type="password" placeholder="8 letters or more"><input type="text" value="orders2">',
        '<input type="password" name="pw" value=""> <input value="en-US2" name="locale">',
        'variable "password_length" {\n default = "16"\n}, variable "region" {\n default = "us-east-1"\n}',
        "file secret.key: permission denied, PASSWORD = NULL, upsk=12345, qpsk: 16",
        "the token for this request is expired, password of the user is case-sensitive",
        f"cursor={_packed('the token expired at page 7, and the password is case-sensitive')}",
        f"trace {_packed('orders/2026-11-30/token/none')} {base64.b64encode(bytes(range(60))).decode()}",
        "desks ASIAEQUITYDERIVATIVE, ASIAPACIFICPRICES01 and ASIAFXPRICESFOR2026 of ASIAPACIFICTRADESFXS",
        "Cookie: consent=accepted-all; theme=dark-blue, set-cookie: region=eu-central-2; Path=/",
        "loader --token my_token_2 --password to-be-changed-v2 --api-key feed-key-12",
        "docker login --password-stdin r.io, ssh login -p 2222, az login -p 8443 x, docker login -p $PW",
    ],
)
def test_what_only_looks_near_a_secret_stays(line: str) -> None:
    assert mask_shapes(line) == line


@pytest.mark.proves("K4")
def test_a_known_value_that_begins_with_another_one_leaves_no_tail() -> None:
    known = Redaction(["p4ss-w0rd", "p4ss-w0rd-of-the-vault"])

    assert known.mask("said p4ss-w0rd-of-the-vault, p4ss-w0rd") == f"said {MASK}, {MASK}"


@pytest.mark.proves("K4")
def test_a_line_of_a_known_value_of_plain_words_is_masked_and_a_short_one_stays() -> None:
    known = Redaction(["the horse is battery\nand staples\nare correct today"])

    told = known.mask("1: the horse is battery\n2: and staples\n3: are correct today")

    assert told == f"1: {MASK}\n2: and staples\n3: {MASK}"


@pytest.mark.proves("K4")
def test_a_known_value_of_several_lines_is_masked_line_by_line_and_folded() -> None:
    known = Redaction([PEM, "x" * 30 + "-4821-" + "y" * 60])

    told = "\n".join(f"{n}: {line}" for n, line in enumerate(PEM.splitlines()))
    folded = base64.encodebytes(("x" * 30 + "-4821-" + "y" * 60).encode()).decode()

    assert not [line for line in BODY[:2] if line in known.mask(told)]
    assert not [line for line in folded.splitlines() if line in known.mask(folded)]


@pytest.mark.proves("K4")
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN PRIVATE KEY-----" + "A" * 40_000, "password=" * 8_000, "a:" * 40_000 + "@tcp(",
        "://" * 20_000 + "@", '"password": "' + "a'" * 40_000, "http://a:" + "b" * 80_000,
        "-----BEGIN " + "A " * 40_000, "jdbc:oracle:" + "a/" * 40_000, "password" + "\\" * 40_000,
        "a://b:c" * 150_000, "eyJaaaaaaaaaa-" * 70_000, "a%3a%2f%2fb%3a" * 70_000,
        "jdbc:oracle:a:b/" * 60_000,
        "mysql " * 160_000, "curl -u a:" * 100_000, "Authorization: a " * 60_000, "cookie:=" * 120_000,
        "a:b://c:d " * 100_000, ",a://b:c" * 125_000, ".eyJaaaaaaaaaaa" * 70_000,
        "docker login " * 80_000, "A_PASS=" * 140_000, "A_" * 500_000 + "PW",
        "--a-a-a-password " * 60_000, "password is 1" * 80_000, "<password>a" * 90_000 + "</",
        "<" * 1_000_000,
        "name=a.password " * 60_000 + "value", "password '" * 100_000, "a:5432:b:c:" * 90_000,
        "https://1a" * 100_000, "mongo -" * 140_000, "$6$a$" * 200_000, "key=" * 250_000 + "value",
        "token: |\n " * 90_000, "<input " * 140_000 + "type=password", "<input type=password " * 45_000,
        '"' + "c2VjcmV0" * 120_000, "c2VjcmV0 " * 100_000, 'variable "token" { ' * 50_000,
        "password for a b c d " * 48_000 + " is ", "token=\\\n" * 110_000,
        "<input " + "value=" * 50 + "a" * 1_000_000 + "<type=password", "a" * 1_000_000 + "token=\\\n|\n",
    ],
    ids=range(44),
)  # fmt: skip
def test_no_line_keeps_the_masking_busy_for_minutes(line: str) -> None:
    assert len(mask_shapes(line)) <= len(line)


@pytest.mark.proves("K4")
def test_what_a_word_packs_is_masked_alike_whatever_stands_beside_it() -> None:
    beside, other = _packed("no password is set here"), _packed("see postgres://me:MB7gn4pNSl@db/x now")

    assert mask_shapes(other) == mask_shapes(f"{beside} {other}").partition(" ")[2]


@pytest.mark.proves("K4")
def test_ten_thousand_ordinary_lines_keep_every_word() -> None:
    words = ("orders", "fx_trades", "Positions", "risk-limits")
    made = itertools.cycle(BENIGN)
    lines = [next(made).format(word=words[n % 4], n=n) for n in range(10_000)]

    changed = [line for line in lines if mask_shapes(line) != line]

    assert len(changed) <= 1, changed[:5]


@given(st.text(min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_known_value_never_stays_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    if secret in MASK * 20 or secret in before + after:
        return

    assert secret not in Redaction([secret]).mask(f"{before} {secret} {after}").replace(MASK, "\0")
