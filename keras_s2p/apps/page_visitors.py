"""Who asks the web page: a browser or a program, which a cookie tells apart.

Each has a folder of its own, of what it uploaded and what was painted for it. Nobody
else's request opens a file in it, whatever it knows of the file's path.
"""

import contextvars
import hashlib
import os
import re
import secrets

from gradio.utils import get_upload_folder

from keras_s2p.apps import page_server

COOKIE = "keras_s2p"
COOKIE_AGE = 365 * 24 * 3600  # seconds; from each time that the page is opened
TOKEN = re.compile(r"[\w-]{43}", re.ASCII)  # 256 bits
VISITED = ("", "/config")  # paths, less a slash at the end, that hand out the cookie
FILE = re.compile(r"/gradio_api/file[=/](.*)", re.DOTALL)
NO_COOKIE = "This page needs its cookie: allow cookies, and open it again."
NO_FILE = "There is no such file."
OTHERS = "That session is another visitor's: open the page again."
MOST_OWNED = 10_000  # sessions whose owners are known; some times MAX_SESSIONS
FOLDER = contextvars.ContextVar("the folder of who asks, or None", default=None)
SCOPE_KEY = "keras_s2p.folder"  # of what a request carries through gradio's queue


class Visitors:
    """ASGI middleware: gives the cookie, and sets FOLDER by it while a request is run.

    A call or an upload without the cookie is answered with 403, and so is a request for
    another visitor's file.

    Args:
        app: the ASGI application.
        find_file: page_files.find_file.
    """

    def __init__(self, app, find_file):
        self._app = app
        self._find_file = find_file

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        token = find_token(scope["headers"])
        folder = find_folder(token)
        FOLDER.set(folder)
        path = scope["path"].rstrip("/")
        if folder is None and page_server.CALLS.match(path):
            return await page_server.answer(send, 403, NO_COOKIE)
        file = FILE.match(scope["path"])
        if file and self._find_file(file[1]) is None:
            return await page_server.answer(send, 403, NO_FILE)

        async def send_cookie(message):
            if message["type"] == "http.response.start":
                cookie = make_cookie(token or secrets.token_urlsafe(32), scope)
                headers = [*message.get("headers", ()), (b"set-cookie", cookie)]
                message = {**message, "headers": headers}
            await send(message)

        scope = {**scope, SCOPE_KEY: folder}
        await self._app(scope, receive, send_cookie if path in VISITED else send)


class Owners:
    """Whose a session is: hints and last paintings stand under a name of its own.

    It is that of who first used the name. Others, who may have come to know it, learn
    nothing of it, do nothing in it and end none of it.
    """

    def __init__(self):
        self._folders = {}

    def admit(self, session) -> bool:
        """Whether who asks (FOLDER) may use a session of this name."""
        folder = FOLDER.get()
        owner = self._folders.pop(session, folder)
        if owner is not None:
            self._folders[session] = owner  # as the last of all
        if len(self._folders) > MOST_OWNED:
            del self._folders[next(iter(self._folders))]
        return owner == folder


def enter(request):
    """Sets FOLDER by a gradio.Request, which waited in gradio's queue."""
    asked = getattr(request, "request", None)
    FOLDER.set(asked.scope.get(SCOPE_KEY) if asked else None)


def find_token(headers):
    """The value of the cookie; None if there is none, or none that the page gave.

    Args:
        headers: [(name, value)] of a request, as ASGI has them.
    """
    for name, value in headers:
        if name == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, _, token = part.strip().partition("=")
                if key == COOKIE and TOKEN.fullmatch(token):
                    return token
    return None


def find_folder(token):
    """The real path of the folder of who has this cookie; None without one.

    Its name tells who reads it nothing about the cookie.
    """
    if token is None:
        return None
    name = hashlib.sha256(token.encode()).hexdigest()[:32]
    return os.path.join(os.path.realpath(get_upload_folder()), name)


def make_cookie(token: str, scope) -> bytes:
    """The value of a Set-Cookie header.

    Where the request came by TLS the cookie goes over TLS alone, and also from a frame
    of another site, where it is another one than in a window of the page's own.
    """
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    safe = b"https" in (forwarded, scope.get("scheme", "").encode())
    sites = "SameSite=None; Secure; Partitioned" if safe else "SameSite=Lax"
    text = f"{COOKIE}={token}; Path=/; Max-Age={COOKIE_AGE}; HttpOnly; {sites}"
    return text.encode()
