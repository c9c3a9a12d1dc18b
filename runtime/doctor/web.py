"""What the doctor says of how people reach the pages: in clear text, under a wrong name, as demo people."""

import errno
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from runtime.doctor.findings import Finding
from runtime.ports import port_of_house
from runtime.private_hosts import in_an_address, is_of_this_machine
from runtime.settings.house import Settings

_PART = "web"
_PATIENCE_SECONDS = 3.0


def examine_web(settings: Settings) -> Finding:
    """Return what is wrong with the address of the pages, and who may be a demo person there."""
    web = settings.web
    # Port 0 takes a free one: that of the house which runs, or ran last, is the one that people use.
    port = port_of_house(settings.data_dir.resolve(), web.host, web.port)
    parts = urlsplit(settings.public_url(port))
    host = parts.hostname or ""
    is_reached = not is_of_this_machine(host) or not is_of_this_machine(web.host)
    if not is_of_this_machine(web.host) and not web.public_url:
        return Finding(_PART, False, f"links lead to {web.host}; set web.public_url to what people type")
    if is_reached and web.demo:
        named = "anybody of the people file" if settings.people_file else "a demo person"
        return Finding(
            _PART,
            False,
            f"others reach me at {host}, and whoever comes from this machine, by a tunnel or a proxy too,"
            f" may be {named}; set web.demo to false",
        )
    if parts.scheme == "http" and not is_of_this_machine(host):
        return Finding(
            _PART, False, f"passwords and sessions go to {host} in clear text; let a proxy speak https"
        )
    taken = _why_taken(web.host, port)
    if taken:
        return Finding(_PART, False, taken)
    demo = ", with demo people for visitors from this machine" if web.demo else ""
    address = f"{parts.scheme}://{parts.netloc}"
    if not port and not web.public_url:
        address = f"{parts.scheme}://{in_an_address(host)}, at a port that the first start takes"
    return Finding(_PART, True, f"{address}{demo}")


def _why_taken(host: str, port: int) -> str:
    """Return what keeps a house from listening there; empty where it may, or where one does already."""
    if not port:
        return ""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return ""
    except OSError as error:
        if error.errno == errno.EACCES:
            return (
                f"this account may not listen on port {port}; set web.port above 1023, with a proxy before it"
            )
        if error.errno != errno.EADDRINUSE or _is_a_house(host, port):
            return ""
    return f"port {port} on {host} is taken by another program; end that, or set DOGWATCH_WEB__PORT"


def _is_a_house(host: str, port: int) -> bool:
    """Tell whether what listens there answers as a front does; one that is away says so in the same form."""
    try:
        return _health_of(host, port) is not None
    except httpx.TimeoutException:
        return True  # busy: it is not called another program without a sign


def parts_of_house(host: str, port: int) -> Mapping[str, str]:
    """Return how the parts of the house are that listens there; nothing where none does, or it is busy."""
    try:
        return (_health_of(host, port) or {}) if port else {}
    except httpx.TimeoutException:
        return {}


def _health_of(host: str, port: int) -> dict[str, str] | None:
    """Return the parts that a front names, None of what is no front."""
    named = "127.0.0.1" if host == "0.0.0.0" else in_an_address(host)  # noqa: S104  it is asked
    try:
        told = httpx.get(f"http://{named}:{port}/healthz", timeout=_PATIENCE_SECONDS).json()
    except httpx.TimeoutException:
        raise
    except (httpx.HTTPError, ValueError):
        return None
    parts = told.get("parts") if isinstance(told, dict) else None
    return {str(name): str(state) for name, state in parts.items()} if isinstance(parts, dict) else None
