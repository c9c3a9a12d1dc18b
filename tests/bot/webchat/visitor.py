"""A browser without a screen: what anybody could send to the web chat."""

from typing import Any

import httpx

from tests.bot.webchat.parts import Chat


class Visitor:
    """A browser without a screen."""

    def __init__(self, chat: Chat, *, caller: str = "127.0.0.1", host: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(chat.app, client=(caller, 4000))
        self.http = httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8080")
        self.csrf = ""
        self._nonce = 0

    async def enter(self, subject: str) -> httpx.Response:
        answer = await self.http.post("/api/enter", json={"subject": subject})
        self.csrf = answer.json().get("csrf", "")
        return answer

    async def post(self, path: str, **body: Any) -> httpx.Response:
        self._nonce += 1
        return await self.http.post(
            path, json={"nonce": f"nonce-{self._nonce:04d}", **body}, headers={"X-CSRF-Token": self.csrf}
        )

    async def upload(self, name: str, content: bytes) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, "X-File-Name": name}
        return await self.http.post("/api/uploads", content=content, headers=headers)
