"""What comes from a model's provider: bounded, from there only, and let go of when it is given up."""

import gc
import gzip
import json
import resource
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest

from domain.errors import OutsideTrouble
from domain.model_budget import Budget
from integrations.litellm_model import LiteLLMModel, ModelSettings
from tests.counterparts.model import Behaviour, Counterpart, answering
from tests.integrations.model_calls import a_model, a_request

# The library builds one of its own classes when the first stream arrives, and that warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:Item 'summary' on TypedDict:UserWarning")

_PROVIDERS = ["openai/local", "anthropic/local"]
"""One is asked by a client of ours, the other by the library's own over our transport."""


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    made = Counterpart()
    yield made
    made.close()


@pytest.fixture
def nothing_collected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _sending_elsewhere(address: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def _flooding(handler: BaseHTTPRequestHandler) -> None:
    """Send a body of gigabytes as fast as it is taken."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    piece, sent = b" " * (1 << 20), 0
    with suppress(OSError):
        while sent < 2 << 30:
            sent += handler.wfile.write(piece)


def _squeezed(handler: BaseHTTPRequestHandler) -> None:
    """Send a megabyte that unfolds to two hundred."""
    body = gzip.compress(b" " * (200 << 20), 1)
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    with suppress(OSError):
        handler.wfile.write(body)


class _Endless:
    """Sends a few words and then blanks until nobody takes them, and says so."""

    def __init__(self, kind: str, first: bytes) -> None:
        self.is_let_go = threading.Event()
        self._kind, self._first = kind, first

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", self._kind)
        handler.end_headers()
        handler.close_connection = True
        rest = threading.Event()
        with suppress(OSError):
            handler.wfile.write(self._first)
            while not rest.is_set():
                handler.wfile.write(b": \n\n" if self._first else b" ")
                handler.wfile.flush()
                rest.wait(0.05)
        self.is_let_go.set()


def _a_piece(text: str) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


@pytest.mark.proves("M1", "M6")
@pytest.mark.usefixtures("nothing_collected")
def test_a_stream_that_is_given_up_is_let_go_of_and_not_left_to_the_collector(
    counterpart: Counterpart,
) -> None:
    endless = _Endless("text/event-stream", _a_piece("Restart ") * 2)
    counterpart.behave = endless

    # The library loads a part of itself at the first stream, which takes long beside other tests.
    patient = Budget(seconds_per_call=90.0)
    stream = a_model(counterpart, patient).stream(a_request(timeout_seconds=90.0))
    assert next(stream) == "Restart "
    stream.close()

    assert endless.is_let_go.wait(30)


@pytest.mark.proves("M6")
@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("provider", _PROVIDERS)
def test_an_answer_that_drips_for_ever_holds_no_connection_for_ever(
    counterpart: Counterpart, provider: str
) -> None:
    endless = _Endless("application/json", b"")
    counterpart.behave = endless

    with pytest.raises(OutsideTrouble):
        a_model(counterpart, name=provider).complete(a_request(timeout_seconds=1.0))

    assert endless.is_let_go.wait(30)


def test_a_provider_of_another_protocol_is_asked_over_the_same_way(counterpart: Counterpart) -> None:
    body = {
        "id": "x", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Restart it [1]."}],
        "usage": {"input_tokens": 100, "output_tokens": 50},
    }  # fmt: skip
    counterpart.behave = answering(200, json.dumps(body).encode())

    reply = a_model(counterpart, name="anthropic/local").complete(a_request())

    assert (reply.text, reply.prompt_tokens, reply.answer_tokens) == ("Restart it [1].", 100, 50)


@pytest.mark.proves("M1", "D7")
@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("provider", _PROVIDERS)
def test_a_provider_cannot_send_what_we_asked_elsewhere(
    counterpart: Counterpart, provider: str, is_streamed: bool
) -> None:
    elsewhere = Counterpart()
    counterpart.behave = _sending_elsewhere(f"{elsewhere.url}/chat/completions")
    model = a_model(counterpart, name=provider)

    with pytest.raises(OutsideTrouble):
        list(model.stream(a_request()) if is_streamed else [model.complete(a_request())])

    assert counterpart.bodies
    assert elsewhere.bodies == []
    elsewhere.close()


@pytest.mark.proves("M1", "M6")
@pytest.mark.parametrize("behave", [_flooding, _squeezed])
@pytest.mark.parametrize("provider", _PROVIDERS)
def test_an_answer_of_gigabytes_is_given_up_before_it_fills_the_memory(
    counterpart: Counterpart, provider: str, behave: Behaviour
) -> None:
    with suppress(OutsideTrouble):  # what the library loads at the first call is not the answer's
        a_model(counterpart, name=provider).complete(a_request())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counterpart.behave = behave

    with pytest.raises(OutsideTrouble):
        a_model(counterpart, name=provider).complete(a_request(timeout_seconds=5.0))

    # The counterpart stands in the same process, and squeezes two hundred megabytes itself.
    own = (220 << 10) if behave is _squeezed else 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < own + (100 << 10)


def test_a_model_elsewhere_is_reached_by_the_proxy_of_the_machine(
    counterpart: Counterpart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", counterpart.url.removesuffix("/v1"))
    settings = ModelSettings(name="openai/local", base_url="http://model.example/v1")

    reply = LiteLLMModel(settings, Budget(), str).complete(a_request())

    assert reply.text == "Restart it [1]."


def test_a_model_of_this_machine_is_asked_directly(
    counterpart: Counterpart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody is there

    assert a_model(counterpart).complete(a_request()).text == "Restart it [1]."
