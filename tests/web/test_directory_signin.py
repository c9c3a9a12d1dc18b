"""Sign-in with the password of a real directory: the same session, few guesses, an end with leaving."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from domain.errors import NotNow, OutsideTrouble
from domain.identity.chat import Account, Platform
from domain.identity.people import ChatIdentity, Role
from domain.identity.web_access import is_fresh
from domain.ports.directory import Directory, DirectoryPerson
from domain.proof.audit import AuditAct
from integrations.ldap_connection import LdapPlace
from integrations.ldap_directory import LdapDirectory, LdapRules
from storage.audit.audit_verify import rows_of
from tests.counterparts.processes import free_ports
from tests.counterparts.slapd import (
    GROUPS,
    PASSWORD,
    PEOPLE,
    SERVICE,
    SERVICE_PASSWORD,
    Slapd,
    slapd_server,
)
from tests.web.house import OUR_DOMAIN, WebHouse
from web.services import Ways
from web.signin import through_directory
from web.signin.leavers import end_for_leavers, look_for_leavers
from web.signin.passwords import set_password


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with slapd_server() as running:
        yield running


def directory_of(slapd: Slapd, groups: tuple[str, ...] = (), *, port: int = 0) -> LdapDirectory:
    place = LdapPlace(slapd.host, port or slapd.tls_port, False, slapd.authority, 5)
    rules = LdapRules(PEOPLE, "(&(objectClass=person)(uid={name}))", "entryUUID", "mail", groups, GROUPS)
    return LdapDirectory(place, rules, lambda: (SERVICE, SERVICE_PASSWORD))


class Road:
    """The way to a directory; while it is closed, it leads to where nobody listens."""

    def __init__(self, slapd: Slapd) -> None:
        self._there = directory_of(slapd, (f"cn=stream team,{GROUPS}",))
        self._nowhere = directory_of(slapd, port=free_ports())
        self.is_open = True
        self.issuer = self._there.issuer

    def prove(
        self, name: str, password: str, may_try: Callable[[str], bool] = lambda subject: True
    ) -> DirectoryPerson | None:
        return self._end().prove(name, password, may_try)

    def still_known(self, subjects: Sequence[str]) -> frozenset[str]:
        return self._end().still_known(subjects)

    def _end(self) -> Directory:
        return self._there if self.is_open else self._nowhere


@pytest.fixture
def house(tmp_path: Path, slapd: Slapd) -> WebHouse:
    return house_with(tmp_path, directory_of(slapd, (f"cn=stream team,{GROUPS}",)))


def house_with(folder: Path, directory: Directory) -> WebHouse:
    made = WebHouse(folder, Ways(directory=directory, mail_domains={"ldap": OUR_DOMAIN}))
    made.knows("erin", Role.ENGINEER, email="erin@example.org")
    return made


async def sign_in(browser: httpx.AsyncClient, password: str = PASSWORD, name: str = "erin") -> httpx.Response:
    return await browser.post("/sign-in/directory", json={"name": name, "password": password})


def told(house: WebHouse, act: AuditAct) -> list[dict[str, str]]:
    entries = [json.loads(row["canonical"]) for row in rows_of(house.database)]
    return [entry["facts"] for entry in entries if entry["act"] == act.value]


@pytest.mark.proves("I3", "I4", "L1")
async def test_the_password_of_the_directory_opens_a_fresh_session(house: WebHouse) -> None:
    async with house.browser() as browser:
        assert (await browser.get("/sign-in/ways")).json()["ldap"] is True
        answer = await browser.post(
            "/sign-in/directory", json={"name": "erin", "password": PASSWORD, "next": "/incidents/i1"}
        )

        assert answer.json() == {"to": "/incidents/i1"}
        assert "Erin" in (await browser.get("/dashboard/")).text
        session = house.sessions.read(browser.cookies["dogwatch_session"], house.clock.now())
    assert session is not None
    assert is_fresh(Platform.WEB, session.signed_in_at, house.clock.now())
    assert told(house, AuditAct.SIGNED_IN) == [{"method": "ldap"}]
    assert told(house, AuditAct.ACCOUNT_LINKED) == [{"by": "verified address", "method": "ldap"}]


@pytest.mark.proves("I3", "I5")
async def test_every_wrong_sign_in_reads_the_same_and_is_recorded(house: WebHouse) -> None:
    async with house.browser() as browser:
        tries = [("erin", "wrong"), ("erin", ""), ("nobody", PASSWORD), ("er*", PASSWORD), ("twin", PASSWORD)]
        answers = [await sign_in(browser, password, name) for name, password in tries]

        assert {(answer.status_code, answer.text) for answer in answers} == {(403, answers[0].text)}
        assert (await browser.get("/dashboard/")).status_code == 303
    refusals = told(house, AuditAct.REFUSED)
    assert refusals == [{"method": "ldap", "reason": "sign-in refused"}] * len(tries)


@pytest.mark.proves("I3", "I5")
async def test_many_guesses_at_once_are_five_in_whatever_spelling(house: WebHouse, slapd: Slapd) -> None:
    before = len(slapd.binds())
    spelled = ["erin", "ERIN", " erin", "e\u00adrin", "\uff45rin"] * 4
    async with house.browser() as browser:
        await asyncio.gather(*(sign_in(browser, f"guess {n}", name) for n, name in enumerate(spelled)))
        assert len([dn for dn in slapd.binds()[before:] if dn.startswith("uid=erin")]) <= 5

        assert (await sign_in(browser)).status_code == 403
        house.clock.at += timedelta(minutes=16)
        assert (await sign_in(browser)).status_code == 200


@pytest.mark.proves("I3", "I5")
async def test_strangers_at_all_addresses_guess_five_times_and_lock_no_browser_of_a_colleague(
    house: WebHouse, slapd: Slapd
) -> None:
    async with house.browser(caller="192.0.2.1") as erin:
        await sign_in(erin)
        before = len(slapd.binds())
        strangers = [house.browser(caller=f"198.51.100.{number}") for number in range(8)]
        await asyncio.gather(*(sign_in(stranger, "a guess") for stranger in strangers))
        guessed = [dn for dn in slapd.binds()[before:] if dn.startswith("uid=erin")]

        assert len(guessed) <= 5, "the directory locks people too, for everything else"
        assert (await sign_in(erin)).status_code == 200


@pytest.mark.proves("I3", "I5")
async def test_a_person_of_several_names_is_guessed_at_five_times_by_all_of_them(
    tmp_path: Path, slapd: Slapd
) -> None:
    place = LdapPlace(slapd.host, slapd.tls_port, False, slapd.authority, 5)
    rules = LdapRules(PEOPLE, "(|(uid={name})(mail={name}))", "entryUUID", "mail")
    house = house_with(tmp_path, LdapDirectory(place, rules, lambda: (SERVICE, SERVICE_PASSWORD)))
    house.knows("erin", Role.ENGINEER, email="erin@example.org")
    names = ["erin", "erin@example.org"]
    async with house.browser() as browser:
        assert (await sign_in(browser, name=names[1])).status_code == 200
        for number in range(6):
            await sign_in(browser, f"guess {number}", names[number % 2])

        assert {(await sign_in(browser, PASSWORD, name)).status_code for name in names} == {403}


@pytest.mark.proves("I3")
async def test_who_is_in_no_group_of_ours_is_told_so_only_with_the_right_password(house: WebHouse) -> None:
    house.knows("olga", email="olga@example.org")
    async with house.browser() as browser:
        assert "in none of the groups" in (await sign_in(browser, name="olga")).text
        assert "groups" not in (await sign_in(browser, "wrong", "olga")).text
        assert (await browser.get("/dashboard/")).status_code == 303


@pytest.mark.proves("I3")
@pytest.mark.parametrize("why", ["nobody of ours", "not active", "another domain"])
async def test_an_account_without_an_active_person_signs_nobody_in(
    tmp_path: Path, slapd: Slapd, why: str
) -> None:
    domains = frozenset({"elsewhere.org"}) if why == "another domain" else OUR_DOMAIN
    house = WebHouse(tmp_path, Ways(directory=directory_of(slapd), mail_domains={"ldap": domains}))
    if why != "nobody of ours":
        house.knows("erin", Role.ENGINEER, email="erin@example.org", is_active=why != "not active")
    async with house.browser() as browser:
        assert (await sign_in(browser)).status_code == 403
        assert (await browser.get("/dashboard/")).status_code == 303
    assert "without person" in told(house, AuditAct.REFUSED)[0]["reason"]


@pytest.mark.proves("I3")
async def test_a_person_is_their_lasting_id_and_not_their_address(tmp_path: Path, slapd: Slapd) -> None:
    directory = directory_of(slapd)
    found = directory.prove("olga", PASSWORD)
    assert found is not None
    house = house_with(tmp_path, directory)
    kim = house.knows("kim", Role.ENGINEER)
    account = Account(platform=Platform.WEB, workspace=directory.issuer, user=found.subject)
    with house.transactions.writing() as uow:
        uow.people.link(ChatIdentity(account=account, person=kim.id, linked_at=house.clock.now()))
    house.knows("olga", email="olga@example.org")

    async with house.browser() as browser:
        await sign_in(browser, name="olga")
        assert (await browser.get("/sign-in/ways")).json()["signed_in_as"] == kim.name


@pytest.mark.proves("I1", "I3")
async def test_an_address_that_went_to_somebody_else_does_not_make_them_its_former_owner(
    tmp_path: Path, slapd: Slapd
) -> None:
    directory = directory_of(slapd)
    house = house_with(tmp_path, directory)
    former = house.knows("olga", Role.APPROVER, email="olga@example.org")
    account = Account(platform=Platform.WEB, workspace=directory.issuer, user="who-had-the-address-before")
    with house.transactions.writing() as uow:
        uow.people.link(ChatIdentity(account=account, person=former.id, linked_at=house.clock.now()))

    async with house.browser() as browser:
        assert (await sign_in(browser, name="olga")).status_code == 403
    assert "without person" in told(house, AuditAct.REFUSED)[0]["reason"]


@pytest.mark.proves("I4", "A5")
async def test_a_session_ends_when_its_person_leaves_the_group(house: WebHouse, slapd: Slapd) -> None:
    slapd.change(
        f"dn: uid=lea,{PEOPLE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: lea\ncn: Lea\nsn: Lea\n"
        f"userPassword: {PASSWORD}\nmail: lea@example.org\n\n"
        f"dn: cn=stream team,{GROUPS}\nchangetype: modify\nadd: member\nmember: uid=lea,{PEOPLE}\n"
    )
    house.knows("lea", email="lea@example.org")
    async with house.browser() as erin, house.browser() as lea:
        assert (await sign_in(erin)).status_code == 200
        assert (await sign_in(lea, name="lea")).status_code == 200
        assert (await lea.get("/dashboard/")).status_code == 200
        assert look(house) == 0

        slapd.change(
            f"dn: cn=stream team,{GROUPS}\nchangetype: modify\ndelete: member\nmember: uid=lea,{PEOPLE}\n"
        )
        assert look(house) == 1
        assert (await lea.get("/dashboard/")).status_code == 303
        assert (await erin.get("/dashboard/")).status_code == 200
    ended = told(house, AuditAct.SESSION_ENDED)
    assert [one["person"] for one in ended] == ["lea"]
    assert look(house) == 0


def look(house: WebHouse) -> int:
    directory = house.ways.directory
    assert directory is not None
    opened = house.transactions
    return end_for_leavers(directory, opened.reading, opened.writing, house.clock, house.visitors.forget)


async def is_noted(house: WebHouse) -> bool:
    """Tell whether a look at the directory counts as having asked it."""
    noted: list[bool] = []
    await look_for_leavers(lambda: look(house), lambda: noted.append(True))
    return bool(noted)


@pytest.mark.proves("I3", "A5")
async def test_a_directory_that_is_away_costs_no_guess_and_ends_no_session(
    slapd: Slapd, tmp_path: Path
) -> None:
    road = Road(slapd)
    house = house_with(tmp_path, road)
    async with house.browser() as browser:
        assert (await sign_in(browser)).status_code == 200
        road.is_open = False
        answers = [await sign_in(browser) for _ in range(6)]
        with pytest.raises(OutsideTrouble):
            look(house)
        assert not await is_noted(house)
        road.is_open = True
        assert await is_noted(house)

        assert {answer.status_code for answer in answers} == {503}
        assert "can't be asked now" in answers[0].text
        assert (await browser.get("/dashboard/")).status_code == 200
        assert (await sign_in(browser)).status_code == 200


async def test_a_fault_in_looking_who_left_is_logged_with_where_it_came_from_and_counts_as_no_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    noted: list[bool] = []

    def broken() -> int:
        raise KeyError("uid")

    await look_for_leavers(broken, lambda: noted.append(True))

    assert noted == []
    assert "in broken" in caplog.text


@pytest.mark.proves("I3", "D10")
async def test_a_directory_that_hangs_holds_up_only_those_who_ask_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections and never says a word
        place = LdapPlace("127.0.0.1", silent.getsockname()[1], False, "", 1)
        rules = LdapRules(PEOPLE, "(uid={name})", "entryUUID", "mail")
        directory = LdapDirectory(place, rules, lambda: (SERVICE, SERVICE_PASSWORD))
        questions = through_directory._Questions(directory)
        waiting = [asyncio.create_task(questions.ask(f"person {n}", PASSWORD)) for n in range(32)]
        await asyncio.sleep(0)  # each has taken its place now
        with pytest.raises(NotNow, match="too many"):
            await questions.ask("one more", PASSWORD)

        async with house_with(tmp_path, directory).browser() as browser:
            assert (await browser.get("/sign-in/ways")).status_code == 200
            assert (await sign_in(browser, name="erin")).status_code == 503
        assert not all(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.proves("I3", "I5")
async def test_the_ways_that_are_not_set_up_are_shut(tmp_path: Path) -> None:
    house = WebHouse(tmp_path, Ways(passwords=False))
    erin = house.knows("erin")
    with house.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, house.clock.now(), "test")
    async with house.browser() as browser:
        ways = (await browser.get("/sign-in/ways")).json()
        typed = {"name": "erin", "password": PASSWORD}

        assert [way for way in ("passwords", "oidc", "ldap") if ways[way]] == []
        for path in ("password", "directory"):
            assert (await browser.post(f"/sign-in/{path}", json=typed)).status_code == 404
        assert (await browser.get("/sign-in/oidc")).status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"name": 1, "password": "x"}', b"x" * 9000])
async def test_a_malformed_sign_in_gets_a_sentence(house: WebHouse, body: bytes) -> None:
    async with house.browser() as browser:
        answer = await browser.post("/sign-in/directory", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]


@pytest.mark.proves("K1")
async def test_no_password_is_kept_or_logged(
    house: WebHouse, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with house.browser() as browser:
        await sign_in(browser)
        await sign_in(browser, "canary of a wrong one")

    kept = all_bytes(tmp_path)
    for secret in (PASSWORD, SERVICE_PASSWORD, "canary of a wrong one"):
        assert secret.encode() not in kept
        assert secret not in caplog.text


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
