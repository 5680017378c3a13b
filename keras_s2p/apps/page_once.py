"""A call that a browser sends again, as its answer was lost, is run once."""

import asyncio
import collections

from keras_s2p.apps import page_server, page_visitors

HEADER = b"x-keras-s2p-call"  # of the name that a browser gives a call
MOST_NAME = 100  # characters
MOST_ANSWERS = 1000  # that are kept; calls are sent again for a minute
MOST_SIZE = 20_000  # bytes of one; what gives more may be run twice


class Once:
    """ASGI middleware: who sends a call of the same name again gets its answer again.

    It stands behind page_visitors.Visitors: names are a visitor's own. And behind
    page_calls.Calls: what came in part, or was refused there, was not run.

    Args:
        app: the ASGI application.
    """

    def __init__(self, app):
        self._app = app
        self._answers = collections.OrderedDict()  # futures of messages, by visitor

    async def __call__(self, scope, receive, send):
        """Answers a request as ASGI says."""
        name = _find_name(scope)
        if name is None:
            return await self._app(scope, receive, send)
        key = page_visitors.FOLDER.get(), name
        if key in self._answers:
            messages = await asyncio.shield(self._answers[key])
            if messages:
                for message in messages:
                    await send(message)
                return
        answer = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        while len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)
        messages, size = [], 0

        async def send_and_keep(message):
            nonlocal size
            size += len(message.get("body", b""))
            messages.append(message)
            await send(message)

        try:
            await self._app(scope, receive, send_and_keep)
        finally:
            if size > MOST_SIZE:
                self._answers.pop(key, None)
                messages = []
            answer.set_result(messages)


def _find_name(scope):
    """What a browser calls a call; None of what is none, or has no name."""
    if scope["type"] != "http" or not page_server.CALLS.match(scope["path"]):
        return None
    name = dict(scope["headers"]).get(HEADER)
    return name if name and len(name) <= MOST_NAME else None
