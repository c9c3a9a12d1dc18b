"""What the doctor says of how people reach the pages: in clear text, under a wrong name, as demo people."""

from urllib.parse import urlsplit

from runtime.doctor.findings import Finding
from runtime.ports import port_of_house
from runtime.private_hosts import is_of_this_machine
from runtime.settings.house import Settings

_PART = "web"


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
    demo = ", with demo people for visitors from this machine" if web.demo else ""
    address = f"{parts.scheme}://{parts.netloc}"
    if not port and not web.public_url:
        address = f"{parts.scheme}://{host}, at a port that the first start takes"
    return Finding(_PART, True, f"{address}{demo}")
