"""Ports for processes that bind them later."""

from pathlib import Path

import pytest

from runtime.ports import free_port

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


@pytest.mark.skipif(not _RANGE.exists(), reason="only Linux says which ports outgoing connections get")
def test_a_free_port_is_none_that_a_connection_of_anybody_could_take() -> None:
    first = int(_RANGE.read_text().split()[0])

    ports = {free_port() for _ in range(40)}

    assert max(ports) < first
    assert len(ports) > 30, "houses that start together get different ones"
