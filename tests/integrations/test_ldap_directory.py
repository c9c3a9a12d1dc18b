"""A real OpenLDAP vouches for people, and every way in which it must not be believed."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput, NotAllowed, OutsideTrouble
from domain.identity.web_access import plain_name
from integrations.ldap_connection import LdapPlace, conversation
from integrations.ldap_directory import LdapDirectory, LdapRules, escaped
from tests.counterparts.mail import certificate
from tests.counterparts.processes import free_ports
from tests.counterparts.slapd import (
    BASE,
    GROUPS,
    ODD_NAME,
    PASSWORD,
    PEOPLE,
    SERVICE,
    SERVICE_PASSWORD,
    Slapd,
    slapd_server,
)

pytestmark = pytest.mark.proves("I3")

RULES = LdapRules(PEOPLE, "(&(objectClass=person)(uid={name}))", "entryUUID", "mail")
ONLY_OURS = replace(RULES, groups=(f"cn=Stream  Team, {GROUPS}",), groups_base=GROUPS)


@contextlib.contextmanager
def trap() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a server that nobody should come to, and who came."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        over = threading.Event()

        def wait() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    caller, _ = listening.accept()
                    came.append("somebody")
                    caller.close()

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield listening.getsockname()[1], came
        finally:
            over.set()
            thread.join()


@pytest.fixture(scope="module")
def came_elsewhere() -> Iterator[tuple[int, list[str]]]:
    with trap() as made:
        yield made


@pytest.fixture(scope="module")
def slapd(came_elsewhere: tuple[int, list[str]]) -> Iterator[Slapd]:
    with slapd_server(f"ldap://127.0.0.1:{came_elsewhere[0]}/") as running:
        yield running


def place_of(slapd: Slapd, *, starts_tls: bool = False) -> LdapPlace:
    port = slapd.plain_port if starts_tls else slapd.tls_port
    return LdapPlace(slapd.host, port, starts_tls, slapd.authority, seconds=5)


def directory(slapd: Slapd, rules: LdapRules = RULES, **changes: object) -> LdapDirectory:
    place = replace(place_of(slapd), **changes)  # type: ignore[arg-type]
    return LdapDirectory(place, rules, lambda: (SERVICE, SERVICE_PASSWORD))


@pytest.mark.parametrize("starts_tls", [False, True], ids=["ldaps", "StartTLS"])
def test_who_gives_the_right_password_is_vouched_for(slapd: Slapd, starts_tls: bool) -> None:
    asked = LdapDirectory(place_of(slapd, starts_tls=starts_tls), RULES, lambda: (SERVICE, SERVICE_PASSWORD))

    found = asked.prove("erin", PASSWORD)

    assert found is not None
    assert found.email == "erin@example.org"
    assert found == asked.prove(" ERIN ", PASSWORD)
    assert asked.still_known([found.subject, "5e00553e-0000-0000-0000-13eb419a080a"]) == {found.subject}


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("erin", "wrong"),
        ("erin", ""),
        ("erin", "\0"),
        ("erin", f"{PASSWORD}\0"),
        ("erin", "\u00ad"),
        ("erin", "x" * 2000),
        ("", PASSWORD),
        ("nobody", PASSWORD),
        ("er*", PASSWORD),
        ("*", PASSWORD),
        ("erin)(uid=*", PASSWORD),
        ("erin)(|(uid=*", PASSWORD),
        ("\\65rin", PASSWORD),
        ("erin\0", PASSWORD),
        ("e" * 5000, PASSWORD),
        ("twin", PASSWORD),
        (f"uid=erin,{PEOPLE}", PASSWORD),
    ],
)
def test_nobody_else_is_vouched_for(slapd: Slapd, name: str, password: str) -> None:
    assert directory(slapd).prove(name, password) is None


def test_an_empty_password_never_reaches_a_server_that_would_take_it(slapd: Slapd) -> None:
    before = len(slapd.binds())
    assert directory(slapd).prove("erin", "") is None

    with conversation(place_of(slapd), time.monotonic() + 5) as asking:
        assert not asking.bind(f"uid=erin,{PEOPLE}", "")
        assert not asking.bind("", PASSWORD)

    assert len(slapd.binds()) == before


@pytest.mark.parametrize("name", [ODD_NAME, "jörg", "JÖRG", "jo\u0308rg"])
def test_names_with_signs_that_mean_something_are_found(slapd: Slapd, name: str) -> None:
    assert directory(slapd).prove(name, PASSWORD) is not None


@pytest.mark.parametrize(
    ("name", "may"), [("erin", True), (ODD_NAME, True), ("olga", False), ("jörg", False)]
)
def test_groups_count_through_other_groups_even_in_a_circle(slapd: Slapd, name: str, may: bool) -> None:
    rules = replace(ONLY_OURS, groups=(f"cn=engineers,{GROUPS}",)) if name == "erin" else ONLY_OURS

    found = directory(slapd, rules).prove(name, PASSWORD)

    assert found is not None
    assert found.may_come_in is may


def test_who_left_the_directory_or_its_group_is_not_known_any_more(slapd: Slapd) -> None:
    slapd.change(
        f"dn: uid=lea,{PEOPLE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: lea\ncn: Lea\nsn: Lea\n"
        f"userPassword: {PASSWORD}\n\n"
        f"dn: cn=stream team,{GROUPS}\nchangetype: modify\nadd: member\nmember: uid=lea,{PEOPLE}\n"
    )
    anybody, ours = directory(slapd), directory(slapd, ONLY_OURS)
    lea = anybody.prove("lea", PASSWORD)
    assert lea is not None
    assert ours.still_known([lea.subject]) == {lea.subject}

    slapd.change(
        f"dn: cn=stream team,{GROUPS}\nchangetype: modify\ndelete: member\nmember: uid=lea,{PEOPLE}\n"
    )
    assert ours.still_known([lea.subject]) == frozenset()
    assert anybody.still_known([lea.subject]) == {lea.subject}

    slapd.change(f"dn: uid=lea,{PEOPLE}\nchangetype: delete\n")
    assert anybody.still_known([lea.subject]) == frozenset()


def test_a_referral_is_not_followed(slapd: Slapd, came_elsewhere: tuple[int, list[str]]) -> None:
    everywhere = replace(RULES, base=BASE)
    assert directory(slapd, everywhere).prove("erin", PASSWORD) is not None

    elsewhere = replace(RULES, base=f"ou=elsewhere,{BASE}")
    assert directory(slapd, elsewhere).prove("erin", PASSWORD) is None

    with conversation(place_of(slapd), time.monotonic() + 5) as asking:
        assert not asking.bind(f"uid=erin,ou=elsewhere,{BASE}", PASSWORD)
    assert came_elsewhere[1] == []


@pytest.mark.parametrize("starts_tls", [False, True], ids=["ldaps", "StartTLS"])
@pytest.mark.parametrize("fault", ["another authority", "another name"])
def test_a_server_with_the_wrong_certificate_hears_no_password(
    slapd: Slapd, tmp_path: Path, starts_tls: bool, fault: str
) -> None:
    place = place_of(slapd, starts_tls=starts_tls)
    _, strangers = certificate(tmp_path, "localhost")
    wrong = {"another authority": {"authority_file": strangers}, "another name": {"host": "127.0.0.1"}}
    before = len(slapd.binds())

    asked = LdapDirectory(replace(place, **wrong[fault]), RULES, lambda: (SERVICE, SERVICE_PASSWORD))  # type: ignore[arg-type]
    with pytest.raises(OutsideTrouble, match="certificate"):
        asked.prove("erin", PASSWORD)

    assert len(slapd.binds()) == before


def test_a_server_that_refuses_to_start_tls_hears_no_password() -> None:
    refused = bytes.fromhex("300c02010178070a010204000400")  # an extended response: protocolError
    heard: list[bytes] = []

    def refuse(talk: socket.socket) -> None:
        heard.append(talk.recv(4096))
        talk.sendall(refused)
        heard.append(talk.recv(4096))

    with rude_server(refuse) as port:
        place = LdapPlace("127.0.0.1", port, True, "", 3)
        with pytest.raises(OutsideTrouble):
            LdapDirectory(place, RULES, lambda: (SERVICE, SERVICE_PASSWORD)).prove("erin", PASSWORD)

    assert heard
    assert not any(SERVICE_PASSWORD.encode() in one for one in heard)


@pytest.mark.parametrize("drips", [b"", b"\x30"], ids=["silent", "dripping"])
@pytest.mark.parametrize("shakes_hands", [False, True], ids=["before TLS", "after TLS"])
def test_a_server_that_never_finishes_is_given_up(tmp_path: Path, drips: bytes, shakes_hands: bool) -> None:
    context, authority = certificate(tmp_path, "127.0.0.1")

    def drip(talk: socket.socket) -> None:
        with context.wrap_socket(talk, server_side=True) if shakes_hands else talk as spoken:
            if shakes_hands:
                spoken.recv(4096)
                spoken.sendall(b"\x30\x84\x00\x0f\xff\xff")  # a megabyte is announced
            while not over.wait(0.05):
                spoken.sendall(drips)

    over = threading.Event()
    with rude_server(drip) as port:
        place = LdapPlace("127.0.0.1", port, False, authority, 1)
        asked = LdapDirectory(place, RULES, lambda: (SERVICE, SERVICE_PASSWORD))
        ended = threading.Event()

        def ask() -> None:
            with contextlib.suppress(OutsideTrouble):
                asked.prove("erin", PASSWORD)
            ended.set()

        threading.Thread(target=ask, daemon=True).start()
        assert ended.wait(20)
        over.set()


def test_what_an_operator_left_out_is_said_to_the_operator_only(slapd: Slapd) -> None:
    def none() -> tuple[str, str]:
        raise BadInput("no credential", say="The file credentials/directory can't be opened.")

    asked = LdapDirectory(place_of(slapd), RULES, none)
    with pytest.raises(OutsideTrouble) as refused:
        asked.prove("erin", PASSWORD)

    assert "credential" not in refused.value.sentence()
    assert "credential" in asked.lacks()
    wrong = LdapDirectory(place_of(slapd), RULES, lambda: (SERVICE, "wrong"))
    assert "our own account is refused" in wrong.lacks()
    no_group = replace(RULES, groups=(f"cn=none,{GROUPS}",))
    assert (
        directory(slapd, no_group).lacks() == f"there is no group cn=none,{GROUPS} that our account may see"
    )
    assert directory(slapd, ONLY_OURS).lacks() == ""
    assert "our account may see" in directory(slapd, replace(RULES, base="dc=nowhere")).lacks()


@given(st.text(min_size=1))
def test_an_escaped_text_holds_no_sign_of_a_filter_and_stays_the_same_text(text: str) -> None:
    written = escaped(text.encode("utf-8", "replace").decode())

    assert not set(written) & set('()*\0&|!=<>~,+"#; ')
    plain = b""
    rest = written
    while rest:
        step = 3 if rest[0] == "\\" else 1
        plain += bytes.fromhex(rest[1:3]) if step == 3 else rest[0].encode()
        rest = rest[step:]
    assert plain.decode() == text.encode("utf-8", "replace").decode()


@given(st.text())
def test_a_name_has_one_spelling(text: str) -> None:
    name = plain_name(text)

    assert plain_name(name) == name
    assert plain_name(f" \u00ad{name}\u200d ") == name


@contextlib.contextmanager
def rude_server(speak: Callable[[socket.socket], object]) -> Iterator[int]:
    """Yield the port of a server that speaks as it is told, to one caller after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listening.accept()
                    with caller, contextlib.suppress(OSError):
                        speak(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        thread.join(20)


@pytest.mark.parametrize("first", ["shut", "silent"])
def test_the_next_server_is_asked_while_one_is_away(slapd: Slapd, first: str) -> None:
    over = threading.Event()

    def say_nothing(talk: socket.socket) -> None:
        over.wait(20)

    with rude_server(say_nothing) as silent:
        away = replace(place_of(slapd), port=silent if first == "silent" else free_ports())
        asked = LdapDirectory(away, RULES, lambda: (SERVICE, SERVICE_PASSWORD), [place_of(slapd)])

        assert asked.prove("erin", PASSWORD) is not None
        assert asked.prove("erin", "wrong") is None, "the one that answered is asked first from now on"
        assert asked.lacks().startswith("localhost: ") if first == "shut" else True
        over.set()


def ber(tag: int, *parts: bytes) -> bytes:
    """Return one value as it goes over the wire."""
    body = b"".join(parts)
    return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body


def active_directory(talk: socket.socket, refuses_with: str) -> None:
    """Speak as a domain controller does: find anybody, let our account in, and refuse everybody else."""
    with contextlib.suppress(OSError):
        while asked := talk.recv(65_536):
            at = 2 + (asked[1] & 0x7F if asked[1] & 0x80 else 0)
            after = at + 2 + asked[at + 1]
            number, op = asked[at:after], asked[after]
            ours = SERVICE.encode() in asked
            result = [b"\x0a\x01\x00" if op != 0x60 or ours else b"\x0a\x01\x31", ber(0x04)]
            told = ber(0x04, b"" if op != 0x60 or ours else refuses_with.encode())
            answers = [ber({0x60: 0x61, 0x63: 0x65}.get(op, 0x65), *result, told)]
            if op == 0x63:
                guid = ber(0x30, ber(0x04, b"objectGUID"), ber(0x31, ber(0x04, bytes(range(16)))))
                answers.insert(0, ber(0x64, ber(0x04, b"cn=Erin,dc=example"), ber(0x30, guid)))
            if op in (0x60, 0x63):
                talk.sendall(b"".join(ber(0x30, number, one) for one in answers))


@pytest.mark.parametrize(("data", "is_told"), [("532", True), ("773", True), ("52e", False), ("775", False)])
def test_an_expired_password_of_active_directory_is_said_to_who_knows_it(
    tmp_path: Path, data: str, is_told: bool
) -> None:
    context, authority = certificate(tmp_path, "127.0.0.1")
    said = f"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v4f7c"

    def speak(talk: socket.socket) -> None:
        threading.Thread(target=answer, args=(talk.dup(),), daemon=True).start()  # two callers at a time

    def answer(talk: socket.socket) -> None:
        with talk, contextlib.suppress(OSError), context.wrap_socket(talk, server_side=True) as spoken:
            active_directory(spoken, said)

    rules = LdapRules(
        "dc=example", "(|(sAMAccountName={name})(userPrincipalName={name}))", "objectGUID", "mail"
    )
    with rude_server(speak) as port:
        place = LdapPlace("127.0.0.1", port, False, authority, 5)
        asked = LdapDirectory(place, rules, lambda: (SERVICE, SERVICE_PASSWORD))
        if not is_told:
            assert asked.prove("erin@example.org", PASSWORD) is None
            return
        with pytest.raises(NotAllowed) as refused:
            asked.prove("erin@example.org", PASSWORD)

    assert "has expired" in refused.value.sentence()
