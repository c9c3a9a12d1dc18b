"""The peer: a bare Bolt app behind the same server that acknowledges every press and does nothing else."""

import logging
import re
import sys

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.counterparts.slack import BOT_TOKEN, SIGNING_SECRET


def build() -> Starlette:
    """Return the app: verify the signature, acknowledge."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=BOT_TOKEN)

    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize)

    @app.action(re.compile(".*"))
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"]), Route("/healthz", health)])


if __name__ == "__main__":
    logging.disable(logging.INFO)
    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
