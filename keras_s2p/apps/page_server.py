"""What the web page's process keeps in bounds: its requests and its end.

Nothing here needs gradio.
"""

import asyncio
import contextlib
import errno
import os
import re
import signal
import sys
import threading
import time
import urllib.parse

from keras_s2p.apps import page_disk
from keras_s2p.common import files

MAX_FORM = 210_000_000  # bytes of a form that brings files
MAX_DRAWN = 5_000_000  # bytes of a form that brings a part of a drawing
MAX_BODY = 200_000  # bytes of any other; a call with 500 hints has 30 000
MAX_PASSWORDS = 1_000_000  # bytes of their file
LOST_AFTER = 5  # seconds, an exception that ends the page and has not arrived
MAX_SECONDS = 120  # in which a request must have come
MAX_SESSIONS = 500  # visitors whose hints and last paintings are known; 0.2 MB each
UPLOAD, DRAWN = "/gradio_api/upload", "/gradio_api/component_server"  # take forms
FLOODED = "Too much was uploaded just now: try it again in some minutes."
UNKNOWN = "That request can not be understood: an input is missing or of a wrong kind."
NO_SPACE = errno.ENOSPC, getattr(errno, "EDQUOT", None)
FULL = "The disk of this page is full: try it again later."
# Of gradio, and of no use here: they start programs, fetch from elsewhere, or tell what
# other visitors did; or names that no file can have, which gradio asks the disk for.
CLOSED = re.compile(
    r"/monitoring|/openapi\.json|/(static|assets|svelte)/.*([^/]{100}|[^\0-\x7f])"
    r"|/gradio_api/(process_recording|custom_component|proxy=|deep_link|runs|run-history"
    r"|stream/|profiling|dev/|(undo-)?vibe|(?i:file[=/]\s*https?:))"
)
ROOT_PATH = re.compile(r"(/(?!\.\.?(/|$))[\w.~-]+)+", re.ASCII)
HOST = rb"([a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?"
# Headers that gradio fails at but for these: others are left out.
READABLE = {
    b"range": re.compile(rb"bytes=[0-9]+-[0-9]*"),
    b"host": re.compile(HOST),
    b"x-forwarded-host": re.compile(HOST + rb"(,.*)?"),
}
GRADIO = b"x-gradio-"  # with which headers begin that are of no use here
CALLS = re.compile(r"/gradio_api/(queue/join|run/|api/|call/|component_server|upload)")


@contextlib.contextmanager
def ended_by_signals():
    """Lets SIGTERM and SIGHUP end the process as Ctrl-C does: what is open is closed.

    One that is ignored, as under nohup, stays so. What is raised may come where Python
    drops exceptions, as in callbacks of its garbage collector: then it is raised again.

    Yields:
        Function without arguments, to be called when the cleaning begins.

    Raises:
        SystemExit: with 0, in the main thread, when the signal comes; KeyboardInterrupt
            for Ctrl-C.
    """
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    numbers = [each for each in numbers if signal.getsignal(each) != signal.SIG_IGN]

    due, arrived = threading.Event(), threading.Event()
    due.set()

    def end(number, frame):
        if not due.is_set():  # a second one must not stop the cleaning
            return
        due.clear()
        threading.Thread(target=insist, args=(number,), daemon=True).start()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(0)

    def insist(number):
        if not arrived.wait(LOST_AFTER):
            due.set()
            if hasattr(signal, "pthread_kill"):
                signal.pthread_kill(threading.main_thread().ident, number)
            else:
                signal.raise_signal(number)

    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield arrived.set
    finally:
        arrived.set()
        for number, handler in before.items():
            signal.signal(number, handler)


def read_passwords(path: str) -> list:
    """[(name, password)] of a file with a line NAME:PASSWORD for each visitor.

    Raises:
        ValueError: it can not be read, or a line of it, which is not quoted.
    """
    found = []
    for number, line in enumerate(files.read_text(path, MAX_PASSWORDS).splitlines(), 1):
        name, _, password = line.partition(":")
        if line.strip() and not (name.strip() and password):
            raise ValueError(f"{path}: line {number}: not NAME:PASSWORD")
        if name.strip() in dict(found):
            raise ValueError(f"{path}: line {number}: a name that is there already")
        if line.strip():
            found.append((name.strip(), password))
    if not found:
        raise ValueError(f"{path}: nobody is in it")
    return found


def forget_variables():
    """Takes gradio's own settings out of the environment, but for its folder of files.

    They may be there for another program. Some open what is closed here, as more ports
    and files, and some end gradio where it is imported.
    """
    for name in list(os.environ):
        if name.startswith("GRADIO_") and name != page_disk.FOLDER_VARIABLE:
            del os.environ[name]


def check_root_path(path: str) -> str:
    """The path under which a proxy shows the page, without a slash at its end.

    Raises:
        ValueError: it is none.
    """
    if path.strip("/") and not ROOT_PATH.fullmatch(path.rstrip("/")):
        raise ValueError(f"--root-path: must be as /paint, not {path!r}")
    return path.rstrip("/")


class RootPath:
    """ASGI middleware: a request means the same with and without the path of the page.

    Some proxies take it away and others do not; gradio answers both, and all that looks
    at paths behind this sees one of them only.

    Args:
        app: the ASGI application.
        root_path: of check_root_path.
    """

    def __init__(self, app, root_path=""):
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        if scope["type"] == "http":
            path = scope["path"]
            if path == self._root_path or path.startswith(self._root_path + "/"):
                path = path[len(self._root_path) :] or "/"
            scope = {**scope, "path": path, "root_path": ""}
        await self._app(scope, receive, send)


class RefusedError(Exception):
    """Of a request that is answered with a status and a sentence: its arguments."""


class Limits:
    """ASGI middleware: a request has a largest size, and seconds to come in.

    Too large ones are answered with 413, too slow ones with 408, what would fill the
    disk with 503 or 507, all with a sentence; what is CLOSED with 404.

    Args:
        app: the ASGI application.
        max_form: bytes of a form that brings files.
        max_drawn: bytes of one that brings a part of a drawing.
        max_body: bytes of any other request.
        max_seconds: for the whole of a request's body.
        flood: page_disk.Flood of all uploads; None makes one.
    """

    def __init__(
        self, app, max_form=MAX_FORM, max_drawn=MAX_DRAWN, max_body=MAX_BODY,
        max_seconds=MAX_SECONDS, flood=None,
    ):  # fmt: skip
        self._app = app
        self._limits = {UPLOAD: max_form, DRAWN: max_drawn}
        self._max_body = max_body
        self._max_seconds = max_seconds
        self._flood = flood or page_disk.Flood()

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"].rstrip("/")
        query = scope.get("query_string", b"").decode("latin-1")
        asked = urllib.parse.parse_qs(query, keep_blank_values=True)
        other = path in ("", "/config") and "page" in asked
        if CLOSED.match(path) or other:  # gradio fails at one that is not there
            return await answer(send, 404, "There is no such page.")
        usual = [
            (name, value)
            for name, value in scope["headers"]
            if name not in READABLE or READABLE[name].fullmatch(value)
            if not name.startswith(GRADIO)
        ]
        if not any(name == b"host" for name, _ in usual):  # gradio asks for it
            usual.append((b"host", b"localhost"))
        scope = {**scope, "headers": usual}  # a Range that is left out gives all
        limit = self._find_limit(scope, path)
        too_large = f"A request may have {limit} bytes at most."
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            return await answer(send, 413, too_large)
        if path == UPLOAD and self._flood.is_over():
            return await answer(send, 503, FLOODED)
        refusal, answered = [], []
        came, left = 0, False
        whole = int(length) == 0 and b"transfer-encoding" not in headers
        end = time.monotonic() + self._max_seconds

        async def receive_some():
            nonlocal came, whole, left
            if whole:  # what comes now is that the visitor has left
                return await receive()
            try:
                seconds = max(0, end - time.monotonic())
                message = await asyncio.wait_for(receive(), seconds)
            except asyncio.TimeoutError:
                refusal.append((408, "The request took too long to come."))
                return {"type": "http.disconnect"}
            left = message["type"] == "http.disconnect"
            size = len(message.get("body", b""))
            came += size
            if path == UPLOAD and self._flood.is_over(size):
                refusal.append((503, FLOODED))
                return {"type": "http.disconnect"}
            whole = not message.get("more_body", False)
            if came > limit:
                refusal.append((413, too_large))
                return {"type": "http.disconnect"}
            return message

        async def send_once(message):
            if not refusal or answered:
                answered.append(message["type"])
                await send(message)

        try:
            await self._app(scope, receive_some, send_once)
        except Exception as error:
            if answered and getattr(error.__cause__, "status_code", 0) == 404:
                # Of a session that is not there: that was told.
                await send({"type": "http.response.body", "body": b""})
                return
            if not refusal and not left:  # nobody waits for what can not be sent
                if answered or not CALLS.match(path):
                    raise
                refusal.append(_find_fault(error))
        if refusal and not answered:
            await answer(send, *refusal[0])

    def _find_limit(self, scope, path):
        """Bytes that a request may have."""
        most = self._max_body
        return self._limits.get(path, most) if is_form(scope) else most


def is_form(scope) -> bool:
    """Whether gradio takes an ASGI request for a form: the first header counts."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return bool(kinds) and kinds[0].startswith(b"multipart/form-data")


def _find_fault(error):
    """(status, sentence) of what gradio says of a request; an error of ours is raised.

    Functions of the page raise nothing here: gradio answers with their errors.
    """
    if isinstance(error, RefusedError):
        return error.args
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return 507, FULL
    if isinstance(error, LookupError) or type(error).__name__ == "FnIndexInferError":
        return 404, "There is no such function."
    if isinstance(error, (TypeError, ValueError)):
        return 400, UNKNOWN
    raise error


async def answer(send, status, sentence):
    """Answers with a sentence; the rest of the request is not waited for."""
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
