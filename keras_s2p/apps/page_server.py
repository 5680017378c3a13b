"""What the web page's process keeps in bounds: its files, its requests and its end.

Nothing here needs gradio, and some of it must happen before gradio is imported.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
import threading
import time

from keras_s2p.common import files

FOLDER_VARIABLE = "GRADIO_TEMP_DIR"  # where gradio keeps uploads; read at its import
MAX_AGE = 6 * 3600  # seconds that uploads and paintings are kept
MAX_KEPT = 4_000_000_000  # bytes of them, on disk
SWEEP_EVERY = 60  # seconds
YOUNG = 60  # seconds; what is no older may be in use
MAX_FORM = 210_000_000  # bytes of a request that brings files
MAX_DRAWN = 5_000_000  # bytes of a request that brings a part of a drawing
MAX_BODY = 1_000_000  # bytes of any other
MAX_SECONDS = 120  # in which a request must have come
MAX_SESSIONS = 500  # visitors whose hints and last paintings are known; 0.2 MB each
FLOODED = "Too much was uploaded just now: try it again in some minutes."
UNKNOWN = "That request can not be understood: an input is missing or of a wrong kind."
# Of gradio, and of no use here: they start programs, fetch from elsewhere, or tell what
# other visitors did.
CLOSED = re.compile(
    r"/monitoring|/gradio_api/(process_recording|proxy=|deep_link|runs|run-history"
    r"|stream/|profiling|dev/|(undo-)?vibe|(?i:file[=/]\s*https?:))"
)
CALLS = re.compile(r"/gradio_api/(queue/join|run/|api/|call/|component_server|upload)")


@contextlib.contextmanager
def own_folder():
    """Makes the folder of all of the page's files; it is removed at the end.

    It stands in GRADIO_TEMP_DIR, or else among the temporary files, for this user
    alone. What a killed page left there is removed. Files are deleted when they are
    MAX_AGE old or, the oldest first, beyond MAX_KEPT.

    Yields:
        Path of the folder within it that uploads and paintings stand in.

    Raises:
        OSError: it can not be made.
    """
    before = os.environ.get(FOLDER_VARIABLE), tempfile.tempdir
    parent = before[0] or tempfile.gettempdir()
    os.makedirs(parent, exist_ok=True)
    ended = threading.Event()
    with files.temporary_folder(parent) as folder:
        uploads, other = (os.path.join(folder, name) for name in ("page", "other"))
        for each in (uploads, other):
            os.mkdir(each)
        sweeper = threading.Thread(
            target=_keep_sweeping, args=((uploads, other), ended), daemon=True
        )
        sweeper.start()
        os.environ[FOLDER_VARIABLE], tempfile.tempdir = uploads, other
        try:
            yield uploads
        finally:
            ended.set()
            tempfile.tempdir = before[1]
            if before[0] is None:
                del os.environ[FOLDER_VARIABLE]
            else:
                os.environ[FOLDER_VARIABLE] = before[0]


def _keep_sweeping(folders, ended):
    while not ended.wait(SWEEP_EVERY):
        for folder in folders:
            sweep(folder, MAX_AGE, MAX_KEPT)


def sweep(folder: str, max_age: float, max_kept: int):
    """Deletes old files, the oldest ones of too many, and uploads that were cut off.

    Args:
        folder: everything in it, at any depth. What stands in it itself is an upload
            that comes, or that was cut off.
        max_age: seconds since a file was changed.
        max_kept: bytes; files younger than YOUNG stay even beyond that.
    """
    found = []
    for parent, _, names in os.walk(folder):
        longest = min(max_age, 2 * MAX_SECONDS) if parent == folder else max_age
        for path in (os.path.join(parent, name) for name in names):
            with contextlib.suppress(OSError):
                status = os.lstat(path)
                found.append((status.st_mtime, status.st_size, path, longest))
    now, kept = time.time(), 0
    for changed, size, path, longest in sorted(found, reverse=True):
        kept += size
        age = now - changed
        if age > longest or (kept > max_kept and age > YOUNG):
            with contextlib.suppress(OSError):
                os.remove(path)
                if os.path.dirname(path) != folder:
                    os.rmdir(os.path.dirname(path))  # unless it holds more


@contextlib.contextmanager
def ended_by_signals():
    """Lets SIGTERM and SIGHUP end the process as Ctrl-C does: what is open is closed.

    Raises:
        SystemExit: with 0, in the main thread, when the signal comes.
    """
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]

    def end(number, frame):
        for each in numbers:  # a second one must not stop the cleaning
            signal.signal(each, signal.SIG_IGN)
        sys.exit(0)

    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def read_passwords(path: str) -> list:
    """[(name, password)] of a file with a line NAME:PASSWORD for each visitor.

    Raises:
        ValueError: it can not be read, or a line of it, which is not quoted.
    """
    found = []
    for number, line in enumerate(files.read_text(path, MAX_BODY).splitlines(), 1):
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


class Limits:
    """ASGI middleware: a request has a largest size, and seconds to come in.

    Too large ones are answered with 413, too slow ones with 408, what would fill the
    disk with 503, all with a sentence; what is CLOSED with 404.

    Args:
        app: the ASGI application.
        max_form: bytes of a request that brings files.
        max_drawn: bytes of one that brings a part of a drawing.
        max_body: bytes of any other.
        max_seconds: for the whole of a request's body.
        max_brought: bytes of all uploads, before sweep can have deleted any.
    """

    def __init__(
        self, app, max_form=MAX_FORM, max_drawn=MAX_DRAWN, max_body=MAX_BODY,
        max_seconds=MAX_SECONDS, max_brought=MAX_KEPT,
    ):  # fmt: skip
        self._app = app
        self._limits = {"upload": max_form, "component_server": max_drawn}
        self._max_body = max_body
        self._max_seconds = max_seconds
        self._max_brought = max_brought
        self._since, self._brought = time.monotonic(), 0  # bytes of uploads

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"].rstrip("/")
        if CLOSED.match(path):
            return await answer(send, 404, "There is no such page.")
        limit = self._limits.get(path.rpartition("/")[2], self._max_body)
        too_large = f"A request may have {limit} bytes at most."
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            return await answer(send, 413, too_large)
        if self._is_flood(path, 0):
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
            if self._is_flood(path, size):
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

    def _is_flood(self, path, size):
        """Counts bytes that came to a path; whether they are too many so soon."""
        if not path.endswith("/upload"):
            return False
        now = time.monotonic()
        if now > self._since + SWEEP_EVERY + YOUNG:
            self._since, self._brought = now, 0
        self._brought += size
        return self._brought > self._max_brought


def _find_fault(error):
    """(status, sentence) of what gradio says of a request; an error of ours is raised.

    Functions of the page raise nothing here: gradio answers with their errors.
    """
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
