"""Ports for processes that bind them later."""

import socket
from pathlib import Path

import pytest

from domain.errors import NotNow
from runtime.ports import LOCK, free_port, only_one, port_of_house, tell_port

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
