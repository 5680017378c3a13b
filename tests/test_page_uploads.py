"""Uploads to gradio itself, in this process, with what the page puts around them."""

import asyncio
import contextvars
import errno
import os
import pathlib
import urllib.request

import pytest

pytest.importorskip("gradio", reason="gradio is not installed")

import gradio as gr
from gradio import route_utils, routes
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from keras_s2p.apps import (
    page_disk,
    page_files,
    page_server,
    page_uploads,
    page_visitors,
)

PART = 'Content-Disposition: form-data; name="{}"'
COOKIE = b"cookie", f"{page_visitors.COOKIE}={'x' * 43}".encode()
FIELD, FILE = PART.format("x"), PART.format("files") + '; filename="{}.png"'


def form(*parts):
    """The body of a form of (head, content)."""
    text = "".join(f"--B\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts)
    return (text + "--B--\r\n").encode()


class Uploads:
    """A small page of gradio's with the page's bounds.

    Args:
        page: gradio.Blocks.
        app: of it.
        folder: pathlib.Path of its files.
        flood: page_disk.Flood.
    """

    def __init__(self, page, app, folder, flood):
        page_uploads.bound_uploads(page, flood)
        app.uploaded_file_dir = str(folder)
        app.user_middleware = [
            Middleware(page_server.Limits, flood=flood),
            Middleware(page_visitors.Visitors, find_file=page_files.find_file),
        ]
        app.middleware_stack = None  # is made anew
        self.page, self.app, self.folder = page, app, folder
        self.client = TestClient(app, headers={"cookie": COOKIE[1].decode()})

    def send(self, *parts, name=None, path="/gradio_api/upload"):
        """The answer to a form."""
        kind = {"Content-Type": "multipart/form-data; boundary=B"}
        query = {} if name is None else {"upload_id": name}
        return self.client.post(path, content=form(*parts), headers=kind, params=query)

    def files(self):
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def app():
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox()
    page.max_file_size = page.auth_message = None
    return page, routes.App.create_app(page)


@pytest.fixture
def uploads(app, tmp_path, monkeypatch):
    """Makes Uploads of a flood; gradio is as it was behind it."""
    for module in (route_utils, routes):
        parser = route_utils.GradioMultiPartParser
        monkeypatch.setattr(module, "GradioMultiPartParser", parser)
    for name in ("file_upload_statuses", "upload_fn"):
        monkeypatch.setattr(routes, name, getattr(routes, name))
    for module in (page_uploads, page_visitors):
        monkeypatch.setattr(module, "get_upload_folder", lambda: str(tmp_path))
    monkeypatch.setattr(app[1], "auth", None)
    return lambda *most: Uploads(*app, tmp_path, page_disk.Flood(*most))


def test_a_request_brings_files_but_not_too_many(uploads, monkeypatch):
    uploads = uploads()
    monkeypatch.setattr(page_uploads, "MAX_FORM_FILES", 3)
    files = [(FILE.format(number), f"{number}") for number in range(4)]
    answer = uploads.send(*files[:3])
    assert answer.status_code == 200
    assert [os.path.basename(path) for path in answer.json()] == [
        "0.png", "1.png", "2.png",
    ]  # fmt: skip
    before = uploads.files()
    assert len(before) == 3
    answer = uploads.send(*files)
    assert (answer.status_code, answer.text) == (413, page_uploads.MANY)
    assert uploads.files() == before


@pytest.mark.parametrize(
    "name, kept",
    [
        (".png", "_.png"), ("..x.png", "_..x.png"), ("../.x.png", "_.x.png"),
        ("..\\..\\x.png", "_....x.png"), (".", "file"), ("..", "_"), ("/", "file"),
        ("?.x.png", "_.x.png"), ("x.png", "x.png"), ("_x.png", "_x.png"),
    ],
)  # fmt: skip
def test_no_file_is_kept_hidden(uploads, name, kept):
    uploads = uploads()
    answer = uploads.send((FILE.format("x").replace("x.png", name), "content"))
    assert [os.path.basename(path) for path in answer.json()] == [kept]
    assert [path.name for path in uploads.files()] == [kept]


def test_the_documented_limits_of_a_form_are_those_of_the_page():
    text = (pathlib.Path(__file__).parents[1] / "docs" / "serving.md").read_text()
    assert f" MB, {page_uploads.MAX_FORM_FILES} files; " in text
    assert f" MB; {page_uploads.MAX_FIELD / 1e6} MB |" in text
    known, name = page_uploads.MOST_KNOWN, page_uploads.MOST_NAME
    assert f"| the last {known}, of up to {name} characters |" in text


def test_many_small_files_are_a_flood(uploads):
    uploads = uploads(10**9, 5)
    files = [(FILE.format(number), f"{number}") for number in range(3)]
    assert uploads.send(*files).status_code == 200
    for _ in range(2):
        answer = uploads.send(*files)
        assert (answer.status_code, answer.text) == (503, page_server.FLOODED)
    assert len(uploads.files()) == 3


def test_who_has_no_password_brings_nobody_a_flood(uploads):
    uploads = uploads(2000, 2)
    uploads.app.auth = {"visitor": "secret"}
    for _ in range(3):
        answer = uploads.send((FILE.format("a"), "x" * 900), (FILE.format("b"), "x"))
        assert answer.status_code == 401
    uploads.app.auth = None
    answer = uploads.send((FILE.format("a"), "x" * 900), (FILE.format("b"), "x"))
    assert answer.status_code == 200


def test_progress_is_told_of_uploads_with_short_names_and_the_last_ones(
    uploads, monkeypatch
):
    uploads = uploads()
    monkeypatch.setattr(page_uploads, "MOST_KNOWN", 5)
    for number in range(8):
        answer = uploads.send((FILE.format("a"), "abc"), name=f"upload{number}")
        assert answer.status_code == 200
    answer = uploads.send((FILE.format("a"), "abc"), name="x" * 101)
    assert answer.status_code == 200
    found = routes.file_upload_statuses
    names = {name for _, name in found._statuses}
    assert names == {f"upload{number}" for number in range(3, 8)}
    assert not found._signals
    url = "/gradio_api/upload_progress"
    answer = uploads.client.get(url, params={"upload_id": "upload7"})
    assert "done" in answer.text
    assert "upload7" not in {name for _, name in found._statuses}
    many = [(FILE.format("a"), "abc")] * (page_uploads.MAX_FORM_FILES + 1)
    assert uploads.send(*many, name="refused").status_code == 413
    assert "refused" not in {
        name for _, name in found._statuses
    }  # who asks for it is told of no end


def test_where_files_were_is_not_kept(uploads, monkeypatch):
    uploads = uploads()
    assert uploads.send((FILE.format("a"), "abc")).status_code == 200
    block = next(iter(uploads.page.blocks.values()))
    monkeypatch.setattr(block, "GRADIO_CACHE", str(uploads.folder))
    path = asyncio.run(block.async_move_resource_to_block_cache(__file__))
    assert os.path.exists(path)
    assert not uploads.page.upload_file_set and not block.temp_files


def test_who_asks_for_an_unknown_upload_is_not_remembered():
    async def ask():
        progress = page_uploads.Progress()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(progress.is_tracked("absent"), 0.1)
        waiting = asyncio.ensure_future(progress.is_tracked("soon"))
        await asyncio.sleep(0)
        progress.append("soon", "a.png", b"abc")
        assert await asyncio.wait_for(waiting, 5)
        assert progress.pop("soon").chunk_size == 3
        return progress

    progress = asyncio.run(ask())
    assert len(progress._statuses) == 1 and not progress._signals


def test_how_far_an_upload_is_is_told_to_whose_it_is_alone():
    progress = page_uploads.Progress()

    def as_visitor(folder, ask, *args):
        def work():
            page_visitors.FOLDER.set(folder)
            return ask(*args)

        return contextvars.copy_context().run(work)

    as_visitor("a", progress.append, "q7", "secret.png", b"abc")
    with pytest.raises(route_utils.FileUploadProgressNotTrackedError):
        as_visitor("b", progress.pop, "q7")
    as_visitor("b", progress.stop_tracking, "q7")
    assert as_visitor("a", progress.pop, "q7").filename == "secret.png"


def test_a_field_beside_the_files_is_no_error_of_the_page(uploads):
    uploads = uploads()
    for name in (None, "q1"):
        answer = uploads.send((FIELD, "abc"), (FILE.format("a"), "abc"), name=name)
        assert answer.status_code == 200, name
        assert len(answer.json()) == 1
        answer = uploads.send((PART.format("files"), "abc"), name=name)
        assert (answer.status_code, answer.text) == (400, page_server.UNKNOWN)
    fields = [(FIELD, "x" * 60_000)]
    assert uploads.send(*fields).status_code == 200
    answer = uploads.send(*fields * 2)
    assert (answer.status_code, answer.text) == (413, page_uploads.LONG)


def test_a_full_disk_is_told_and_what_was_cut_off_goes(uploads, monkeypatch):
    uploads = uploads()
    write = route_utils.GradioUploadFile.write

    async def fill(self, data):
        await write(self, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(route_utils.GradioUploadFile, "write", fill)
    answer = uploads.send((FILE.format("a"), "x" * 1000))
    assert (answer.status_code, answer.text) == (507, page_server.FULL)
    assert not uploads.files()


def test_an_upload_that_breaks_off_leaves_no_file(uploads):
    uploads = uploads()
    body = form((FILE.format("a"), "x" * 1000))[:500]
    waiting = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return waiting.pop(0)

    async def send(message):
        pass

    kind = (b"content-type", b"multipart/form-data; boundary=B")
    scope = {
        "type": "http", "path": page_server.UPLOAD, "method": "POST",
        "headers": [kind, COOKIE, (b"transfer-encoding", b"chunked")],
        "query_string": b"",
        "root_path": "", "server": ("testserver", 80), "scheme": "http",
    }  # fmt: skip
    asyncio.run(uploads.client.app(scope, receive, send))
    assert not waiting and not uploads.files()


@pytest.mark.slow
def test_a_served_page_has_these_bounds(page_server):
    def list_files():
        return {path for path in page_server.cache.rglob("*") if path.is_file()}

    def send(path, body, kind):
        request = urllib.request.Request(
            f"{page_server.address}/gradio_api/{path}", body,
            {"Content-Type": kind, "Cookie": COOKIE[1].decode()},
        )  # fmt: skip
        with pytest.raises(OSError) as caught:  # the page may not wait for all of it
            urllib.request.urlopen(request)
        return getattr(caught.value, "code", 413)

    before = list_files()  # of other tests, which the same page serves
    for path in ("run/upload", "call/upload", "cancel/component_server"):
        assert send(path, b"[" + b"1," * 10_000_000 + b"1]", "application/json") == 413
    many = form(*[(FILE.format(number), f"{number}") for number in range(201)])
    assert send("upload", many, "multipart/form-data; boundary=B") == 413
    assert list_files() <= before
    with urllib.request.urlopen(page_server.address) as answer:
        assert answer.status == 200  # it is still there
