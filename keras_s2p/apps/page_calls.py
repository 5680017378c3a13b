"""What calls a function of the web page is looked at before gradio does.

What gradio can not write again would else end in a traceback. What it keeps under names
of any length, and answers that nobody reads, would stay in memory for ever.
"""

import asyncio
import collections
import json
import re
import urllib.parse

from gradio import queueing
from gradio.state_holder import StateHolder
from gradio.utils import LRUCache

from keras_s2p.apps import page_server, page_visitors

MOST_KEY = 100  # characters of what a browser calls its session
MOST_NAMING = 300  # bytes of the answer that names a call
MOST_VALUES = 10_000  # of a call; 500 hints are 2 000
MOST_UNREAD = 50  # calls of a session, and messages, that nobody has read
MOST_SESSIONS = 500  # that may have some of these
UNCALLED = "There is no such call of yours, or what came of it was told."
UNREAD = "Too many answers wait for you: read them first."
JSON_CALLS = re.compile(
    r"/gradio_api/(queue/join|run/|api/|call/|component_server|cancel|reset)"
)
BEAT = re.compile(r"/gradio_api/heartbeat/(.*)", re.DOTALL)
ANSWER = re.compile(r"/gradio_api/call/.*/([^/]*)", re.DOTALL)  # of a call before
LEAVING = re.compile(r"/gradio_api/(cancel|reset)")


class Calls:
    """ASGI middleware: a call is JSON that gradio understands, or answered with 400.

    It stands behind page_server.Limits, which bounds how much is read here, and behind
    page_visitors.Visitors. A session that leaves MOST_UNREAD answers unread is answered
    with 429, and who uses another visitor's session, or listens to it, with 403. What
    came of a call is told once, and to who called; else it is 404.

    Args:
        app: the ASGI application.
        count_unread: function of a session's name that gives the number of its calls
            whose answers nobody has read.
    """

    def __init__(self, app, count_unread):
        self._app = app
        self._count_unread = count_unread
        self._owners = page_visitors.Owners()
        self._called = collections.OrderedDict()  # FOLDER, by gradio's names of calls

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        if not _is_call(scope):
            if not all(map(self._owners.admit, _find_listened(scope))):
                return await page_server.answer(send, 403, page_visitors.OTHERS)
            asked = _match(ANSWER, scope)
            if asked and scope["method"] == "GET":
                if self._called.get(asked[1]) != (page_visitors.FOLDER.get(),):
                    return await page_server.answer(send, 404, UNCALLED)
                del self._called[asked[1]]  # as it is told once
            return await self._app(scope, receive, send)
        parts, more = [], True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        call = await asyncio.to_thread(read_call, body)
        if call is None:
            return await page_server.answer(send, 400, page_server.UNKNOWN)
        session = call.get("session_hash")
        if session is not None and not self._owners.admit(session):
            return await page_server.answer(send, 403, page_visitors.OTHERS)
        asks = not LEAVING.match(scope["path"])
        if asks and self._count_unread(session) >= MOST_UNREAD:
            return await page_server.answer(send, 429, UNREAD)
        whole = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again():
            return whole.pop() if whole else await receive()

        async def send_and_note(message):
            told = message.get("body", b"")
            event = read_call(told) if len(told) <= MOST_NAMING else None
            if event and _is_key(event.get("event_id")):
                self._called[event["event_id"]] = (page_visitors.FOLDER.get(),)
                if len(self._called) > page_visitors.MOST_OWNED:
                    self._called.popitem(last=False)
            await send(message)

        return await self._app(scope, receive_again, send_and_note)


def _is_call(scope):
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    form = page_server.is_form(scope) and scope["path"].rstrip("/") == page_server.DRAWN
    return not form and bool(JSON_CALLS.match(scope["path"]))


def _match(expression, scope):
    """The match of the path of an HTTP request; None if there is none."""
    if scope["type"] != "http":
        return None
    return expression.fullmatch(scope["path"].rstrip("/"))


def _find_listened(scope):
    """Names of the sessions whose messages or end a request waits for; mostly none."""
    if scope["type"] != "http":
        return []
    beat = _match(BEAT, scope)
    query = urllib.parse.parse_qs(scope.get("query_string", b"").decode("latin-1"))
    names = [beat[1]] if beat else query.get("session_hash", [])
    return filter(_is_key, names)  # there are no others


def read_call(body: bytes):
    """The dict of a JSON object whose parts can be written as JSON again; else None.

    Whole numbers beyond 64 bits and halves of characters can not. A name of a session
    that is no short text would be kept as it is, and values without number may take a
    hundred times the memory of their text.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None
    try:
        found = json.loads(body, parse_int=_read_int)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    sound = isinstance(found, dict) and all(
        found.get(key) is None or _is_key(found[key])
        for key in ("session_hash", "event_id")
    )
    return found if sound else None


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

    def delete_state(self, session_id, expired_only=False):
        """Keeps what gradio drops an hour after a connection broke, once and for all.

        A browser goes on after that. The number of visitors bounds what is kept.
        """
        if not expired_only:
            super().delete_state(session_id)


class Unread(asyncio.Queue):
    """The last messages to a session that nobody has read yet."""

    def _init(self, maxsize):
        self._queue = collections.deque(maxlen=MOST_UNREAD)


class LastUsed(LRUCache):
    """Forgets what was not used for the longest, not what was made first."""

    def __getitem__(self, key):
        self.move_to_end(key)
        return super().__getitem__(key)


def bound_answers(page):
    """Bounds in this process what gradio keeps for who does not read it.

    Args:
        page: gradio.Blocks with a queue.

    Returns:
        The count_unread of Calls.
    """
    queueing.AsyncQueue = Unread
    queue = page._queue
    queue.pending_messages_per_session = LastUsed(MOST_SESSIONS)
    queue.pending_event_ids_session = LastUsed(MOST_SESSIONS)
    return lambda session: len(queue.pending_event_ids_session.get(session, ()))
