"""What calls a function of the web page is looked at before gradio does.

What gradio can not write again would else end in a traceback, and what it keeps under
names of any length in memory that nobody gets back.
"""

import asyncio
import json
import re

from gradio.state_holder import StateHolder

from keras_s2p.apps import page_server

MOST_KEY = 100  # characters of what a browser calls its session
JSON_CALLS = re.compile(
    r"/gradio_api/(queue/join|run/|api/|call/|component_server|cancel|reset)"
)


class Calls:
    """ASGI middleware: a call is JSON that gradio understands, or answered with 400.

    It stands behind page_server.Limits, which bounds how much is read here.

    Args:
        app: the ASGI application.
    """

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        if not _is_call(scope):
            return await self._app(scope, receive, send)
        parts, more = [], True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        if not await asyncio.to_thread(is_sound, body):
            return await page_server.answer(send, 400, page_server.UNKNOWN)
        whole = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again():
            return whole.pop() if whole else await receive()

        return await self._app(scope, receive_again, send)


def _is_call(scope):
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    form = page_server.is_form(scope) and scope["path"].rstrip("/") == page_server.DRAWN
    return not form and bool(JSON_CALLS.match(scope["path"]))


def is_sound(body: bytes) -> bool:
    """Whether bytes are a JSON object whose parts can be written as JSON again.

    Whole numbers beyond 64 bits and halves of characters can not; a name of a session
    that is no short text would be kept as it is.
    """
    try:
        found = json.loads(body, parse_int=_read_int)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and all(
        found.get(key) is None or _is_key(found[key])
        for key in ("session_hash", "event_id")
    )


def _read_int(text):
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("beyond 64 bits")
    return number


def _is_key(value):
    return isinstance(value, str) and len(value) <= MOST_KEY


class Sessions(StateHolder):
    """What gradio keeps of each visitor, under short names alone."""

    def __getitem__(self, session_id):
        if not _is_key(session_id):
            raise KeyError("the name of a session")
        return super().__getitem__(session_id)
