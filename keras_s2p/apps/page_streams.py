"""Requests to the web page that last: those of open pages, and of who waits there.

And of programs that wait for a painting, and of who is told how far an upload is.
"""

import collections
import contextlib
import re

from starlette.requests import HTTPConnection

from keras_s2p.apps.page_server import answer

MAX_STREAMS = 1000  # requests of one kind of STREAMS that are open
OPEN_FILES = 8192  # that the process asks for, connections among them
MAX_LOOKING = 200  # of those that look twenty times a second how far an upload is
STREAMS = re.compile(r"/gradio_api/(heartbeat/|queue/data|call/|upload_progress)")
STRANGER = "This page asks for a password: open it again."
CROWDED = "Too many visitors are here just now: try it again in some minutes."


def find_most_streams() -> int:
    """How many STREAMS of a kind may be open, so that files and others can be, too.

    The process may have OPEN_FILES from now on, where the machine lets it.
    """
    try:
        import resource
    except ImportError:  # Windows, which bounds none
        return MAX_STREAMS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unbounded = resource.RLIM_INFINITY
    most = OPEN_FILES if hard == unbounded else min(OPEN_FILES, hard)
    if soft != unbounded and soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return MAX_STREAMS if soft == unbounded else min(MAX_STREAMS, soft // 4)


class Streams:
    """ASGI middleware: so many of STREAMS are open at once; others get 503.

    Where the page has a password, who has not said it gets 401.

    Args:
        app: the ASGI application.
        most: of find_most_streams.
    """

    def __init__(self, app, most=MAX_STREAMS):
        self._app = app
        self._most = most
        self._open = collections.Counter()

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        stream = scope["type"] == "http" and STREAMS.match(scope["path"])
        if not stream:
            return await self._app(scope, receive, send)
        if not _is_let_in(scope):
            return await answer(send, 401, STRANGER)
        most = MAX_LOOKING if stream[1] == "upload_progress" else self._most
        if self._open[stream[1]] >= min(most, self._most):
            return await answer(send, 503, CROWDED)
        self._open[stream[1]] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[stream[1]] -= 1


def _is_let_in(scope):
    """Whether who asks has said the password, if there is one.

    Gradio asks this itself, but for its heartbeat, and late.
    """
    app = scope.get("app")
    if getattr(app, "auth", None) is None:
        return True
    cookies = HTTPConnection(scope).cookies
    names = (f"access-token{kind}-{app.cookie_id}" for kind in ("", "-unsecure"))
    return any(cookies.get(name) in app.tokens for name in names)
