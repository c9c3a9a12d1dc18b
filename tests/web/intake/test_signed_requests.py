"""Signed requests count once each: not each other's repetitions, and not taken before they are."""

import asyncio
import hashlib
import hmac
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from starlette.applications import Starlette

from domain.errors import OutsideTrouble
from domain.identity.web_access import MarkKind
from domain.ports.run_intake import Receipt
from runtime.settings.house import Settings
from runtime.wiring.intake import front_routes, local_key, used_requests
from runtime.wiring.stores import open_stores
from tests.waiting import until
from web.intake.keys import SLACK_SECONDS, IntakeKeys
from web.intake.requests import Gate
from web.intake.run_routes import run_routes
from web.intake.signed_once import Claim, SignedOnce

_NO_ROWS = {"taken": 0, "known": 0, "refused": 0, "refusals": []}


def signed_v1(key: str, body: bytes = b"", source: str = "collector") -> dict[str, str]:
    return _headers("v1", key, body, source)


def signed_v2(key: str, line: str, body: bytes) -> dict[str, str]:
    return _headers("v2", key, f"{line}\n".encode() + body, "collector")


def _headers(version: str, key: str, meant: bytes, source: str) -> dict[str, str]:
    at = int(time.time())
    told = hmac.new(key.encode(), f"{version}:{at}:".encode() + meant, hashlib.sha256).hexdigest()
    return {
        "x-dogwatch-source": source,
        "x-dogwatch-timestamp": str(at),
        "x-dogwatch-signature": f"{version}={told}",
    }


class SlowReports:
    """A store of reports whose next answer is told from outside, as a database that is waited for."""

    def __init__(self) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.trouble: Exception | None = None

    def receive(
        self, dialect: str, body: bytes, source: str, *, content_type: str = "", encoding: str = ""
    ) -> Receipt:
        self.asked.set()
        assert self.may_answer.wait(30)
        if self.trouble is not None:
            raise self.trouble
        return Receipt(0, 0, ())


def client_of(reports: SlowReports) -> httpx.AsyncClient:
    app = Starlette(routes=list(run_routes(reports, Gate(IntakeKeys({"collector": "secret"})))))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://intake")


async def post(
    client: httpx.AsyncClient, headers: Mapping[str, str], path: str = "/intake/runs"
) -> httpx.Response:
    return await client.post(path, content=b"[]", headers=dict(headers))


@pytest.mark.proves("D9")
async def test_gates_of_many_feeds_asked_in_one_second_are_each_answered(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    headers = signed_v1(local_key(stores.keys), source="local")
    app = Starlette(routes=front_routes(Settings(data_dir=tmp_path), stores, lambda: None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://intake") as client:
        paths = [f"/intake/publications/feed_{name}/2026-11-01" for name in "abc"]

        answers = [(await client.post(path, headers=headers)).json() for path in [*paths, *paths]]
        asked = [(await client.get(answer["ask"], headers=headers)).json() for answer in answers]

    stores.database.close()
    assert [answer["load"] for answer in answers + asked] == [False] * 12
    assert len({answer["comparison"] for answer in answers}) == 3
    assert [one["comparison"] for one in asked] == [one["comparison"] for one in answers]


async def test_the_same_signature_at_another_address_is_another_request() -> None:
    reports, headers = SlowReports(), signed_v1("secret", b"[]")
    reports.may_answer.set()
    async with client_of(reports) as client:
        answers = [await post(client, headers, f"/intake/{name}") for name in ("runs", "dbt", "runs")]
        varied = await post(client, headers, "/intake/dbt?more=1")

    assert [one.json() for one in answers] == [_NO_ROWS, _NO_ROWS, {"status": "already taken"}]
    assert varied.json() == {"status": "already taken"}


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (OutsideTrouble("locked", say="The database is busy.", next_step="Send it again."), 503),
        (RuntimeError("nobody foresaw this"), 500),
    ],
)
async def test_a_repetition_is_not_confirmed_while_the_first_may_still_fail(
    trouble: Exception, status: int
) -> None:
    reports, headers = SlowReports(), signed_v1("secret", b"[]")
    reports.trouble = trouble
    async with client_of(reports) as client:
        first = asyncio.create_task(post(client, headers))
        await asyncio.to_thread(reports.asked.wait, 30)
        meanwhile = await post(client, headers)
        reports.may_answer.set()
        failed = await first
        reports.trouble = None
        again = [await post(client, headers) for _ in range(2)]

    assert (meanwhile.status_code, int(meanwhile.headers["retry-after"])) == (429, 2)
    assert "still being taken" in meanwhile.json()["error"]
    assert failed.status_code == status
    assert [one.json() for one in again] == [_NO_ROWS, {"status": "already taken"}]


@pytest.mark.proves("D9")
async def test_a_signature_of_the_address_opens_no_other_address() -> None:
    reports = SlowReports()
    reports.may_answer.set()
    headers = signed_v2("secret", "POST /intake/runs?day=1", b"[]")
    async with client_of(reports) as client:
        elsewhere = [
            await post(client, headers, path)
            for path in ("/intake/dbt?day=1", "/intake/runs", "/intake/runs?day=2")
        ]
        fine = [await post(client, headers, "/intake/runs?day=1") for _ in range(2)]

    assert [one.status_code for one in elsewhere] == [401] * 3
    assert [one.json() for one in fine] == [_NO_ROWS, {"status": "already taken"}]


async def test_what_was_refused_is_not_confirmed_when_it_comes_again(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    app = Starlette(routes=front_routes(Settings(data_dir=tmp_path), stores, lambda: None))
    body = b'[{"feed": "fx", "seen_at": "' + datetime.now(UTC).isoformat().encode() + b'"}]'
    headers = signed_v1(local_key(stores.keys), body, source="local")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://intake") as client:
        answers = [await client.post("/intake/runs", content=body, headers=headers) for _ in range(2)]

    stores.database.close()
    assert [answer.status_code for answer in answers] == [400, 400]


def test_a_request_is_remembered_as_long_as_its_signature_may_be_valid() -> None:
    now = [1_000.0]
    once, request = SignedOnce(lambda: now[0]), ("collector", "POST", "/intake/runs", "v2=ab")
    with once.taking(request) as taking:
        taking.is_taken = True

    # Signed by a clock that is five minutes ahead, it is valid for ten.
    now[0] += 2 * SLACK_SECONDS
    assert once.was_taken(request)
    now[0] += 1
    assert not once.was_taken(request)


@pytest.mark.proves("D9")
async def test_what_was_taken_is_not_taken_again_after_a_restart_nor_by_the_process_beside(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path)
    stores = open_stores(settings)
    headers = signed_v1(local_key(stores.keys), b"[]", source="local")

    answers = []
    for _ in range(2):  # each is a gate of its own, which remembers nothing of the other
        app = Starlette(routes=front_routes(settings, stores, lambda: None))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://in") as client:
            answers += [(await post(client, headers)).json() for _ in range(2)]
            answers.append((await post(client, headers, "/intake/dbt")).json())
    stores.database.close()

    already = {"status": "already taken"}
    assert answers == [_NO_ROWS, already, _NO_ROWS, already, already, already]


@pytest.mark.proves("D9", "R4")
async def test_two_processes_that_get_one_request_in_the_same_moment_take_it_once(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    reports, headers = [SlowReports(), SlowReports()], signed_v1("secret", b"[]")
    gates = [Gate(IntakeKeys({"collector": "secret"}), used=used_requests(stores)) for _ in reports]
    apps = [Starlette(routes=list(run_routes(r, g))) for r, g in zip(reports, gates, strict=True)]
    transports = [httpx.ASGITransport(app=app, raise_app_exceptions=False) for app in apps]
    one, other = (httpx.AsyncClient(transport=transport, base_url="http://in") for transport in transports)

    first = asyncio.create_task(post(one, headers))
    await asyncio.to_thread(reports[0].asked.wait, 20)
    meanwhile = await post(other, headers)
    reports[0].may_answer.set()
    reports[1].may_answer.set()
    done, after = await first, await post(other, headers)
    stores.database.close()

    assert (meanwhile.status_code, "retry-after" in meanwhile.headers) == (429, True)
    assert (done.json(), after.json()) == (_NO_ROWS, {"status": "already taken"})
    assert not reports[1].asked.is_set()


@pytest.mark.proves("D9")
async def test_what_failed_in_one_process_may_be_taken_by_the_one_beside_it(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    reports, headers = [SlowReports(), SlowReports()], signed_v1("secret", b"[]")
    reports[0].trouble = OutsideTrouble("store", say="The store is away.", next_step="Send it again.")
    answers = []
    for report in reports:
        report.may_answer.set()
        gate = Gate(IntakeKeys({"collector": "secret"}), used=used_requests(stores))
        app = Starlette(routes=list(run_routes(report, gate)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://in") as client:
            answers.append(await post(client, headers))
    stores.database.close()

    assert (answers[0].status_code, answers[1].json()) == (503, _NO_ROWS)


@pytest.mark.proves("D9")
def test_what_a_process_left_half_taken_is_taken_by_one_of_the_others(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    used = used_requests(stores)

    died = used.claim("request", -1.0)
    meanwhile = [used.claim("request", 60.0) for _ in range(2)]
    used.release("request")
    released = used.claim("request", 60.0)
    stores.database.close()

    assert (died, meanwhile, released) == (Claim.OURS, [Claim.OURS, Claim.UNDER_WAY], Claim.OURS)


@pytest.mark.proves("D9")
async def test_while_nobody_knows_whether_it_was_taken_a_signed_request_is_asked_to_come_again() -> None:
    class Away:
        is_away = True
        kept: ClassVar[set[str]] = set()

        def claim(self, key: str, seconds: float) -> Claim:
            if self.is_away:
                raise OutsideTrouble("database", say="The database is away.", next_step="Send it again.")
            return Claim.TAKEN if key in self.kept else Claim.OURS

        def renew(self, key: str, seconds: float) -> None:
            pass

        def note(self, key: str, seconds: float) -> None:
            self.kept.add(key)

        def release(self, key: str) -> None:
            self.kept.discard(key)

    reports, used, headers = SlowReports(), Away(), signed_v1("secret", b"[]")
    reports.may_answer.set()
    gate = Gate(IntakeKeys({"collector": "secret"}), used=used)
    app = Starlette(routes=list(run_routes(reports, gate)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://in") as client:
        away = await post(client, headers)
        unsigned = await post(client, {"authorization": "Bearer secret"})
        used.is_away = False
        back = [await post(client, headers) for _ in range(2)]

    assert (away.status_code, "retry-after" in away.headers, unsigned.status_code) == (503, True, 200)
    assert [one.json() for one in back] == [_NO_ROWS, {"status": "already taken"}]
    assert len(used.kept) == 1


@pytest.mark.proves("D9")
async def test_who_takes_long_over_a_request_keeps_the_others_from_it(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    reports, headers = [SlowReports(), SlowReports()], signed_v1("secret", b"[]")
    gates = [
        Gate(IntakeKeys({"collector": "secret"}), used=used_requests(stores), under_way_seconds=3.0)
        for _ in reports
    ]
    apps = [Starlette(routes=list(run_routes(r, g))) for r, g in zip(reports, gates, strict=True)]
    one, other = (
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://in") for app in apps
    )

    def held_until() -> datetime:
        with stores.transactions.reading() as uow:
            [mark] = uow.sign_in_marks.live(MarkKind.REQUEST_UNDER_WAY, datetime(2000, 1, 1, tzinfo=UTC))
        return mark.until

    first = asyncio.create_task(post(one, headers))
    await asyncio.to_thread(reports[0].asked.wait, 20)
    begun = held_until()
    # What it was claimed for has run out by then.
    await until(lambda: held_until() > begun + timedelta(seconds=3.5))
    meanwhile = await post(other, headers)
    reports[0].may_answer.set()
    done = await first
    stores.database.close()

    assert (meanwhile.status_code, done.json()) == (429, _NO_ROWS)
    assert not reports[1].asked.is_set()


def test_marks_of_requests_that_ran_out_are_forgotten(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path))
    used = used_requests(stores)
    used.note("long ago", -1.0)
    used.note("now", 600.0)

    found = [used.claim(key, 60.0) for key in ("long ago", "now", "never")]
    used_requests(stores).note("later", 600.0)
    with stores.transactions.reading() as uow:
        far_back = datetime(2000, 1, 1, tzinfo=UTC)
        kept = [mark.key for mark in uow.sign_in_marks.live(MarkKind.SIGNED_REQUEST, far_back)]
    stores.database.close()

    assert found == [Claim.OURS, Claim.TAKEN, Claim.OURS]
    assert kept == ["later", "now"]
