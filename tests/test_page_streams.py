"""Requests to the web page that last, without the page."""

import asyncio
import subprocess
import sys
import types

import pytest

pytest.importorskip("starlette", reason="gradio is not installed")

from keras_s2p.apps import page_streams


@pytest.mark.parametrize("path, most, looking",
    [
        ("heartbeat/abc", 2, 1), ("queue/data", 2, 1), ("call/paint/abc", 2, 1),
        ("upload_progress", 2, 3), ("upload_progress", 3, 2),
    ],
)  # fmt: skip
def test_open_pages_are_bounded_and_hold_nobody_up(path, most, looking, monkeypatch):
    monkeypatch.setattr(page_streams, "MAX_LOOKING", looking)

    async def wait(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        if scope["path"].endswith(path):
            await ended.wait()

    async def ask(path):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": f"/gradio_api/{path}", "headers": []}
        asking.append(asyncio.create_task(limits(scope, None, send)))
        await asyncio.sleep(0)
        while not sent:
            await asyncio.sleep(0.01)
        return sent[0]["status"]

    async def run():
        nonlocal ended
        ended = asyncio.Event()
        others = "heartbeat/x", "queue/data", "call/x/y", "upload_progress"
        asked = path, path, path, "info", *others
        found = [await ask(each) for each in asked]
        ended.set()
        await asyncio.gather(*asking)
        ended.clear()
        found.append(await ask(path))  # as the others have left
        ended.set()
        await asyncio.gather(*asking)
        return found

    ended, asking = None, []
    limits = page_streams.Streams(wait, most=most)
    kinds = "heartbeat", "queue", "call", "upload"
    others = [503 if path.startswith(kind) else 200 for kind in kinds]
    assert asyncio.run(run()) == [200, 200, 503, 200, *others, 200]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no open files")
@pytest.mark.parametrize(
    "soft, hard, most", [(256, 256, 64), (256, 20_000, 1000), (9000, 9000, 1000)]
)
def test_as_many_files_are_asked_for_as_the_machine_lets(soft, hard, most):
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))"
        "; from keras_s2p.apps import page_streams; print(page_streams."
        "find_most_streams(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    files = max(soft, min(hard, page_streams.OPEN_FILES))
    assert done.stdout.split() == [str(most), str(files)], done.stderr


@pytest.mark.parametrize(
    "cookie, status",
    [
        (b"", 401),
        (b"access-token-x=wrong", 401),
        (b"access-token-y=secret", 401),
        (b"a=b; access-token-x=secret", 200),
        (b"access-token-unsecure-x=secret", 200),
    ],
)
def test_without_the_password_nobody_is_counted(cookie, status):
    async def reach(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        sent.append(message.get("status"))

    app = types.SimpleNamespace(auth={"a": "b"}, cookie_id="x", tokens={"secret": "a"})
    streams = page_streams.Streams(reach, most=1)
    for path, expected in (("heartbeat/x", status), ("queue/data", status), ("x", 200)):
        sent = []
        scope = {
            "type": "http", "path": f"/gradio_api/{path}",
            "headers": [(b"cookie", cookie)], "app": app,
        }  # fmt: skip
        asyncio.run(streams(scope, None, send))
        assert sent[0] == expected
    app.auth = None
    sent = []
    asyncio.run(streams({**scope, "path": "/gradio_api/heartbeat/x"}, None, send))
    assert sent[0] == 200
