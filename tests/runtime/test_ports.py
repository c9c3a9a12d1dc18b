"""Ports for processes that bind them later."""

import socket
from pathlib import Path

import pytest

from domain.errors import NotNow
from runtime.ports import LOCK, free_port, listening, older, only_one, port_of_house, tell_port
from runtime.settings.house import Settings

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


@pytest.mark.skipif(not _RANGE.exists(), reason="only Linux says which ports outgoing connections get")
def test_a_free_port_is_none_that_a_connection_of_anybody_could_take() -> None:
    first = int(_RANGE.read_text().split()[0])

    ports = {free_port() for _ in range(40)}

    assert max(ports) < first
    assert len(ports) > 30, "houses that start together get different ones"


def test_who_comes_beside_a_house_learns_its_port(tmp_path: Path) -> None:
    assert port_of_house(tmp_path) == 0

    for port in (65_000, 8_420):
        with (tmp_path / LOCK).open("a") as lock:
            tell_port(lock, port)

    assert port_of_house(tmp_path) == 8_420


def test_links_lead_to_the_house_that_runs_and_else_to_where_it_is_to_run(tmp_path: Path) -> None:
    with socket.socket() as house:
        house.bind(("127.0.0.1", 0))
        house.listen()
        port = house.getsockname()[1]
        with (tmp_path / LOCK).open("a") as lock:
            tell_port(lock, port)

        assert port_of_house(tmp_path, configured=8_420) == port

    assert port_of_house(tmp_path, configured=8_420) == 8_420, "nothing listens there any more"
    assert port_of_house(tmp_path) == port
    assert port_of_house(tmp_path / "elsewhere", configured=8_420) == 8_420


def test_a_second_house_on_the_same_folder_is_refused_in_words(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(NotNow) as refused:
        only_one(tmp_path)

    assert "Another Dogwatch already runs" in refused.value.sentence()
    only_one(tmp_path).close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_port_is_held_from_the_moment_it_is_chosen(host: str) -> None:
    with listening(host, 0, "DOGWATCH_X__PORT") as doors:
        port = doors.getsockname()[1]

        with socket.create_connection((host, port)), pytest.raises(NotNow) as refused:
            listening(host, port, "DOGWATCH_X__PORT")

    assert refused.value.say == f"Port {port} on {host} is taken."
    assert refused.value.next_step == "Set DOGWATCH_X__PORT to another one."


def test_of_both_families_the_one_is_heard_where_proxies_are_told_to_look() -> None:
    six = socket.getaddrinfo("::1", 0, type=socket.SOCK_STREAM)
    four = socket.getaddrinfo("127.0.0.1", 0, type=socket.SOCK_STREAM)

    assert older(six + four) == older(four + six) == four[0]
    assert older(six) == six[0]
    with listening("localhost", 0, "DOGWATCH_X__PORT") as doors:
        assert doors.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["192.0.2.7", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused_in_words(host: str) -> None:
    with pytest.raises(NotNow) as refused:
        listening(host, 0, "DOGWATCH_X__PORT")

    assert refused.value.say.startswith(f"I can't listen on port 0 of {host}: ")


@pytest.mark.parametrize(
    ("host", "address"), [("::1", "http://[::1]:8500"), ("127.0.0.1", "http://127.0.0.1:8500")]
)
def test_the_address_of_a_house_is_one_that_a_browser_takes(host: str, address: str) -> None:
    settings = Settings.model_validate({"web": {"host": host}})

    assert settings.public_url(8500) == address
