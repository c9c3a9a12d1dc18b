"""A language model's server to test against: says what a test puts down, and keeps what it was sent."""

import json
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Counterpart:
    """Speaks just enough of the chat completions protocol, and remembers what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.behave: Behaviour = saying("Restart it [1].")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                outer.bodies.append(self.rfile.read(size).decode())
                self.server.last_body = outer.bodies[-1]  # type: ignore[attr-defined]  # read by behaviours
                outer.behave(self)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


def answering(status: int, body: bytes) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def saying(text: str) -> Behaviour:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    body = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }
    return answering(200, json.dumps(body).encode())


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    pause = threading.Event()
    try:
        for _ in range(200):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            pause.wait(0.1)
    except OSError:
        return


def by_purpose(answers: dict[str, str]) -> Behaviour:
    """Answer by a word of our own instructions, so that one server plays every part."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.server.last_body  # type: ignore[attr-defined]  # set before each answer
        system = json.loads(asked)["messages"][0]["content"]
        found = next((text for word, text in answers.items() if word in system), "I don't know.")
        saying(found)(handler)

    return behave


def streaming(*pieces: str, pause: float = 0.0, ends: bool = True) -> Behaviour:
    """Send pieces as server-sent events; without an end the connection is simply closed."""
    waiting = threading.Event()
    return streamed(pieces, lambda: waiting.wait(pause), ends=ends)


def streamed(pieces: Iterable[str], rest: Callable[[], object], *, ends: bool = True) -> Behaviour:
    """Send pieces as they come, with a rest behind each."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        try:
            for piece in pieces:
                choice = {"index": 0, "delta": {"role": "assistant", "content": piece}}
                chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
                handler.wfile.write(f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n".encode())
                handler.wfile.flush()
                rest()
            if ends:
                handler.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            return
        handler.close_connection = True

    return behave
