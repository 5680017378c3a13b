"""What the page's process keeps in bounds."""

import asyncio
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import page_servers
import pytest

from keras_s2p.apps import page_disk, page_painting, page_server

BODY = [b"x" * 40] * 3  # 120 bytes
FORM = (b"content-type", b"multipart/form-data; boundary=x")
CHUNKED = [FORM, (b"transfer-encoding", b"chunked")]


def answer(limits, path=page_server.UPLOAD, headers=CHUNKED, parts=BODY, wait=0.0):
    """(status, body) of a request to an application that reads it and says its size."""
    sent, waiting = [], list(parts)

    async def receive():
        await asyncio.sleep(wait)
        if not waiting:
            return {"type": "http.disconnect"}
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(limits(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


async def read(scope, receive, send):
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        size, more = size + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"%d" % size})


@pytest.mark.parametrize("root_path", ["", "/paint", "/a/b"])
@pytest.mark.parametrize("path", ["/", "/gradio_api/upload", "/paints/x"])
def test_a_path_below_the_pages_own_is_that_path(root_path, path):
    """Whichever of them a proxy asks for, all behind this see one."""
    seen = []

    async def look(scope, receive, send):
        seen.append((scope["path"], scope["root_path"]))

    inside = page_server.RootPath(look, root_path)
    for asked in (path, root_path + path, root_path * 2 + path):
        scope = {"type": "http", "path": asked, "root_path": root_path}
        asyncio.run(inside(scope, None, None))
    assert seen == [(path, ""), (path, ""), (root_path + path, "")]
    scope = {"type": "http", "path": root_path or "/"}
    asyncio.run(inside(scope, None, None))
    assert seen[-1] == ("/", "")


def test_variables_of_gradio_count_for_nothing(monkeypatch):
    for name in ("GRADIO_NUM_WORKERS", "GRADIO_SERVER_PORT", "GRADIO_TEMP_DIR"):
        monkeypatch.setenv(name, "1")
    page_server.forget_variables()
    assert [name for name in os.environ if "GRADIO" in name] == ["GRADIO_TEMP_DIR"]


def test_the_pages_path_is_one():
    for path, found in (
        ("", ""),
        ("/", ""),
        ("/paint/", "/paint"),
        ("/a/b-c", "/a/b-c"),
    ):
        assert page_server.check_root_path(path) == found
    for path in ("paint", "http://host/paint", "/a//b", "/../a", "/a?b", "/a b", "//a"):
        with pytest.raises(ValueError, match="^--root-path: must be as /paint, not"):
            page_server.check_root_path(path)


def test_requests_have_a_largest_size():
    limits = page_server.Limits(read, max_form=120, max_drawn=120, max_body=100)
    assert answer(limits) == (200, b"120")
    assert answer(limits, "/gradio_api/upload/")[0] == 200
    assert answer(limits, "/queue/join")[0] == 413
    assert answer(limits, "/gradio_api/component_server")[0] == 200
    for path in ("run/upload", "call/upload", "cancel/component_server", "x/upload/"):
        assert answer(limits, "/gradio_api/" + path)[0] == 413, path
    kinds = FORM, (b"content-type", b"application/json")
    for path in (page_server.UPLOAD, page_server.DRAWN):  # the first one counts
        assert answer(limits, path, [*kinds, CHUNKED[1]])[0] == 200
        assert answer(limits, path, [*kinds[::-1], CHUNKED[1]])[0] == 413
    assert answer(limits, parts=[*BODY, b"x"]) == (
        413, b"A request may have 120 bytes at most.",
    )  # fmt: skip
    for said in (b"121", b"-1", b"x"):
        told = answer(limits, headers=[FORM, (b"content-length", said)])
        assert told[0] == 413, said


def test_uploads_have_an_end_until_old_ones_are_deleted(monkeypatch):
    flood = page_disk.Flood(500)
    limits = page_server.Limits(read, max_form=200, flood=flood)
    head = [FORM, (b"content-length", b"120")]
    assert answer(limits, "/gradio_api/run/upload", head) == (200, b"120")  # is none
    for _ in range(4):
        assert answer(limits, headers=head) == (200, b"120")
    flooded = (503, page_server.FLOODED.encode())
    assert answer(limits, headers=head) == flooded
    assert answer(limits, headers=head) == flooded
    assert answer(limits, "/queue/join", head)[0] == 200
    now = time.monotonic() + page_disk.SWEEP_EVERY + page_disk.YOUNG + 1
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert answer(limits, headers=head) == (200, b"120")


def test_the_documented_limits_of_requests_are_those_of_the_page():
    text = (pathlib.Path(__file__).parents[1] / "docs" / "serving.md").read_text()
    form, drawn, body = (
        f"{size / 1_000_000:g}"
        for size in (page_server.MAX_FORM, page_server.MAX_DRAWN, page_server.MAX_BODY)
    )
    forms = f"{form} MB, 200 files; {drawn} MB"
    assert f"| a form that brings files; a drawing | {forms} |" in text
    assert f"| any other request; the fields beside files | {body} MB; 0.1 MB |" in text
    assert f"| visitors that are known | {page_server.MAX_SESSIONS} |" in text
    assert f"client_max_body_size {form}m;" in text  # no proxy refuses before it
    seconds = page_painting.MAX_SECONDS
    assert f"| a painting, with its wait for the one before | {seconds} s |" in text


def test_requests_have_a_time_to_come_in():
    limits = page_server.Limits(read, max_seconds=0.2)
    assert answer(limits)[0] == 200
    assert answer(limits, wait=0.15) == (408, b"The request took too long to come.")
    # Who asks without a body may wait for the answer.
    assert answer(limits, headers=[], parts=[b""], wait=0.3)[0] == 200


@pytest.mark.parametrize("path", ["", "/", "/config", "/config/"])
def test_there_is_one_page_alone(path):
    async def reach(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b""})

    def ask(query):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": [], "query_string": query}
        asyncio.run(page_server.Limits(reach)(scope, None, send))
        return sent[0]["status"]

    assert ask(b"page=other") == ask(b"x=1&page=") == ask(b"pag%65=other") == 404
    assert ask(b"") == ask(b"__theme=dark") == 200


@pytest.mark.parametrize(
    "name, good, bad",
    [
        ("host", "a.b:80 [::1] [::1]:7860 127.0.0.1:65535", "[::1 a:999999 a/b \xff"),
        ("x-forwarded-host", "a.org a.org,b", "[::1 xn--\xc3 , a:b"),
        ("x-gradio-server", "", "http://a.org [::1"),
        ("x-gradio-history-bucket", "", "somebody/bucket"),
        ("range", "bytes=0-1 bytes=5-", "bytes=0-1,3-4 bytes=-"),
    ],
)
def test_headers_that_gradio_can_not_read_are_left_out(name, good, bad):
    def reach(value):
        reached = []

        async def keep(scope, receive, send):
            reached.extend(scope["headers"])

        header = (name.encode(), value.encode("latin-1"))
        scope = {"type": "http", "path": "/", "headers": [header]}
        asyncio.run(page_server.Limits(keep)(scope, None, None))
        assert dict(reached)[b"host"]
        return header in reached

    assert all(map(reach, good.split())) and not any(map(reach, bad.split()))


def test_who_asks_for_a_function_that_is_not_there_is_told():
    async def look_up(scope, receive, send):
        raise KeyError(999)

    limits = page_server.Limits(look_up)
    for path in ("queue/join", "call/nothing", "component_server"):
        told = answer(limits, f"/gradio_api/{path}")
        assert told == (404, b"There is no such function.")
    with pytest.raises(KeyError):  # an error of the page itself
        answer(limits, "/gradio_api/info")


@pytest.mark.parametrize("kind", [TypeError, ValueError, OSError])
def test_a_request_that_gradio_can_not_read_is_told_and_an_error_of_ours_raised(kind):
    async def fail(scope, receive, send):
        raise kind("of a missing argument")

    limits = page_server.Limits(fail)
    for path in ("call/v2/paint", "upload", "component_server"):
        if kind is OSError:
            with pytest.raises(OSError):
                answer(limits, f"/gradio_api/{path}")
        else:
            told = answer(limits, f"/gradio_api/{path}")
            assert told == (400, page_server.UNKNOWN.encode())


def test_who_waits_for_a_session_that_is_gone_leaves_no_traceback():
    class GoneError(Exception):
        status_code = 404

    async def stream(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"gone", "more_body": True})
        raise RuntimeError("response already started") from GoneError()

    told = answer(page_server.Limits(stream), "/gradio_api/queue/data")
    assert told == (200, b"gone")


def test_a_visitor_who_leaves_is_no_error_of_the_page():
    async def left(scope, receive, send):
        await read(scope, receive, send)

    async def broken(scope, receive, send):
        raise KeyError("of the page")

    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/upload", "headers": CHUNKED}
    asyncio.run(page_server.Limits(left)(scope, receive, send))
    assert not sent
    with pytest.raises(KeyError):
        asyncio.run(page_server.Limits(broken)(scope, receive, send))


def test_what_gradio_brings_and_the_page_needs_not_is_closed():
    limits = page_server.Limits(read)
    for path in ("process_recording", "proxy=http://a/", "vibe-edit/", "runs", "dev/x"):
        assert answer(limits, f"/gradio_api/{path}")[0] == 404, path
    for address in ("file=http://a/b.png", "file=HTTPS://a", "file/ http://a"):
        assert answer(limits, f"/gradio_api/{address}")[0] == 404, address
    assert answer(limits, "/gradio_api/file=/tmp/http.png")[0] == 200
    assert answer(limits, "/monitoring/summary")[0] == 404
    assert answer(limits, "/openapi.json")[0] == 404
    for name in ("a" * 300, "x/" + "a" * 5000 + "/y", "\u732b" * 86):
        assert answer(limits, f"/assets/{name}")[0] == 404
    assert answer(limits, "/gradio_api/queue/join")[0] == 200


def test_passwords_are_read_or_refused_without_being_told(tmp_path):
    path = tmp_path / "passwords.txt"
    path.write_text("one: a b:c\n\n two :x\n")
    assert page_server.read_passwords(str(path)) == [("one", " a b:c"), ("two", "x")]
    for text in ("one:x\nsecret\n", "secret:", ":secret", "\n", "a:secret\na:b"):
        path.write_text(text)
        with pytest.raises(ValueError, match="passwords.txt: ") as caught:
            page_server.read_passwords(str(path))
        assert "secret" not in str(caught.value)


@pytest.mark.slow
def test_signals_end_the_page_and_passwords_guard_it(tmp_path, weights_folder):
    pytest.importorskip("gradio", reason="gradio is not installed")
    from test_page_files import Visitor, drawn, encode

    temporary = tmp_path / "temporary"
    passwords = tmp_path / "passwords.txt"
    passwords.write_text("visitor:secret\n")
    options = ["--weights", weights_folder]
    with page_servers.serve(tmp_path, *options, "--passwords", passwords) as server:
        with pytest.raises(urllib.error.HTTPError, match="401"):
            Visitor(server)
        body = b"username=visitor&password=secret"
        with urllib.request.urlopen(server.address + "/login", body) as response:
            assert response.status == 200
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(server.address + "/login", body[:-1])
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(server.address + "/gradio_api/heartbeat/x")
        server.process.kill()
    assert list(temporary.iterdir())
    with page_servers.serve(tmp_path, *options) as server:
        assert len(list(temporary.iterdir())) == 1  # what the killed one left is gone
        assert not list(server.cache.rglob("*.png"))  # it copies no examples
        visitor = Visitor(server)
        upload = visitor.upload(encode(drawn()))
        assert visitor.paint(upload, [upload])["path"]
        assert list(server.cache.rglob("*.png"))
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    "asked, heard",
    [
        (b"bytes=0-99", True),
        (b"bytes=5-", True),
        (b"bytes=0-1,3-4", False),
        (b"bytes=--1", False),
        (b"bytes=-5", False),
        (b"bytes=1-2-3", False),
    ],
)
def test_a_part_of_a_file_is_asked_for_as_gradio_can_read_it(asked, heard):
    seen = []

    async def look(scope, receive, send):
        seen.extend(scope["headers"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b""})

    headers = [(b"host", b"x"), (b"range", asked)]
    answer(page_server.Limits(look), "/gradio_api/file=a.png", headers, parts=[b""])
    assert seen == headers[: 1 + heard]


SIGNALLED = """
import os, signal, sys, time
from keras_s2p.apps import page_server
if sys.argv[2] == "ignored":
    signal.signal(getattr(signal, sys.argv[1]), signal.SIG_IGN)
number = getattr(signal, sys.argv[1])
try:
    with page_server.ended_by_signals():
        try:
            os.kill(os.getpid(), number)
            time.sleep(0.1)
        finally:
            os.kill(os.getpid(), number)
            time.sleep(0.1)
            print("cleaned")
finally:
    print("left")
"""


LOST = """
import os, signal, sys, time
from keras_s2p.apps import page_server
page_server.LOST_AFTER = 0.5
if sys.argv[1] == "SIGHUP":  # which nohup has ignored
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
class Forgotten:
    def __del__(self):  # where Python drops what is raised
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
        time.sleep(0.1)
with page_server.ended_by_signals() as cleaning:
    try:
        Forgotten()
        print("goes on", flush=True)
        time.sleep(60)
    finally:
        cleaning()
        time.sleep(1)
        print("cleaned")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_whose_exception_is_lost_ends_the_page_all_the_same(name):
    ended = subprocess.run(
        [sys.executable, "-c", LOST, name], capture_output=True, text=True, timeout=30
    )
    assert ended.stdout == "goes on\ncleaned\n"
    assert "Exception ignored" in ended.stderr
    assert (ended.returncode == 0) == (name != "SIGINT")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("how", ["heard", "ignored"])
def test_a_second_signal_does_not_stop_the_cleaning(name, how):
    ended = subprocess.run(
        [sys.executable, "-c", SIGNALLED, name, how], capture_output=True, text=True
    )
    assert ended.stdout == "cleaned\nleft\n"
    stopped = name == "SIGINT" and how == "heard"
    assert ("KeyboardInterrupt" in ended.stderr) == stopped
    assert (ended.returncode == 0) == (not stopped)
