"""Stand granted sockets on 127.0.0.1, then become the step: so psql, kubectl and curl work unchanged.

The port of each slot is 20000 plus its place in the sorted list of slots, and stands in /tmp/ports.json.
"""

import json
import os
import selectors
import socket
import sys

FIRST_PORT = 20000


def main() -> None:
    with open("/inputs/step.json", encoding="utf-8") as file:
        targets = json.load(file)["targets"]
    ports = {slot: FIRST_PORT + place for place, slot in enumerate(sorted(targets))}
    doors = {}
    for slot, port in ports.items():
        door = socket.create_server(("127.0.0.1", port))
        doors[door] = (
            f"/targets/{slot}/{'.s.PGSQL.5432' if targets[slot]['kind'] == 'postgres' else 'socket'}"
        )
    with open("/tmp/ports.json", "w", encoding="utf-8") as file:  # noqa: S108  inside the sandbox
        json.dump(ports, file)
    if os.fork() == 0:
        forward(doors)
    for door in doors:
        door.close()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606  becoming the step is its job


def forward(doors: dict[socket.socket, str]) -> None:
    chooser = selectors.DefaultSelector()
    for door, path in doors.items():
        chooser.register(door, selectors.EVENT_READ, path)
    while True:
        for ready, _ in chooser.select():
            knocked = ready.fileobj
            if isinstance(ready.data, str) and isinstance(knocked, socket.socket):
                near, _ = knocked.accept()
                far = socket.socket(socket.AF_UNIX)
                try:
                    far.connect(ready.data)
                except OSError:
                    near.close()
                    continue
                chooser.register(near, selectors.EVENT_READ, (near, far))
                chooser.register(far, selectors.EVENT_READ, (far, near))
                continue
            source, sink = ready.data
            try:
                chunk = source.recv(65536)
                sink.sendall(chunk)
            except OSError:
                chunk = b""
            if not chunk:
                for end in (source, sink):
                    chooser.unregister(end)
                    end.close()
                break


if __name__ == "__main__":
    main()
