"""The web chat: a door of our own that looks and behaves like a chat."""

from bot.adapters.webchat.adapter import WebChatAdapter
from bot.adapters.webchat.app import webchat_app
from bot.adapters.webchat.resuming import resume as resume_on_web
from bot.adapters.webchat.sessions import COOKIE, Session, WebSessions, put_session, sessions_of
from bot.adapters.webchat.settings import WebChannel, WebChatSettings, WebPerson

__all__ = [
    "COOKIE",
    "Session",
    "WebChannel",
    "WebChatAdapter",
    "WebChatSettings",
    "WebPerson",
    "WebSessions",
    "put_session",
    "resume_on_web",
    "sessions_of",
    "webchat_app",
]
