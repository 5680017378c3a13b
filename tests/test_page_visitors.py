"""What one visitor of the web page has is nobody else's."""

import asyncio
import os
import pathlib
import urllib.error
import urllib.parse
import urllib.request

import page_servers
import pytest

pytest.importorskip("gradio", reason="gradio is not installed")

from test_page_files import META, Visitor, drawn, encode

from keras_s2p.apps import page_files, page_visitors

TOKENS = [letter * 43 for letter in "ab"]


def cookie(token):
    return b"cookie", f"x=1; {page_visitors.COOKIE}={token}; y=2".encode()


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Function of a path and headers: what an application behind Visitors gets.

    It gives (status, headers of the answer, the folder that it saw, its body).
    """
    monkeypatch.setattr(page_visitors, "get_upload_folder", lambda: str(tmp_path))

    def ask(path, *headers, scheme="http"):
        seen, sent = [], []

        async def app(scope, receive, send):
            assert scope[page_visitors.SCOPE_KEY] == page_visitors.FOLDER.get()
            seen.append(page_visitors.FOLDER.get())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"answer"})

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": headers, "scheme": scheme}
        visitors = page_visitors.Visitors(app, page_files.find_file)
        asyncio.run(visitors(scope, None, send))
        start, body = sent
        return start["status"], dict(start["headers"]), seen, body["body"]

    return ask


def test_a_cookie_names_a_folder_that_does_not_tell_it(ask, tmp_path):
    folders = [ask("/x", cookie(token))[2][0] for token in TOKENS]
    assert len({*folders, *(ask("/x", cookie(t))[2][0] for t in TOKENS)}) == 2
    for folder in folders:
        assert os.path.dirname(folder) == os.path.realpath(tmp_path)
        assert not any(token[:5] in folder for token in TOKENS)
    for bad in ("", "a" * 42, "a" * 44, "a/" * 21 + "a", "\u00e9" * 43):
        assert ask("/x", cookie(bad))[2] == [None], bad
    assert ask("/x")[2] == [None]


def test_who_opens_the_page_gets_a_cookie_and_keeps_it(ask):
    found = [ask(path)[1][b"set-cookie"].decode() for path in ("/", "/config")]
    tokens = [each.partition(";")[0].partition("=")[2] for each in found]
    assert len(set(tokens)) == 2 and all(map(page_visitors.TOKEN.fullmatch, tokens))
    for each in found:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(each.split("; "))
        assert "Secure" not in each
    kept = ask("/", cookie(TOKENS[0]))[1][b"set-cookie"].decode()
    assert kept.startswith(f"{page_visitors.COOKIE}={TOKENS[0]};")
    assert b"set-cookie" not in ask("/x")[1]
    for safe in (
        ask("/", scheme="https"), ask("/", (b"x-forwarded-proto", b"https")),
    ):  # fmt: skip
        assert safe[1][b"set-cookie"].endswith(b"=None; Secure; Partitioned")


@pytest.mark.parametrize("name", ["upload", "queue/join", "call/paint", "run/predict"])
def test_nothing_is_uploaded_or_called_without_a_cookie(ask, name):
    status, _, seen, body = ask(f"/gradio_api/{name}")
    assert (status, body.decode(), seen) == (403, page_visitors.NO_COOKIE, [])
    assert ask(f"/gradio_api/{name}/", cookie("short"))[0] == 403
    assert ask(f"/gradio_api/{name}", cookie(TOKENS[0]))[0] == 200


def test_files_are_those_of_who_asks(ask, tmp_path):
    (folder,) = ask("/x", cookie(TOKENS[0]))[2]
    own = pathlib.Path(folder, "a", "sketch.png")
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x")
    example = page_files.list_examples("sketches")[0]
    for slash in "=/":
        url = f"/gradio_api/file{slash}"
        assert ask(f"{url}{own}", cookie(TOKENS[0]))[0] == 200
        for headers in ((), [cookie(TOKENS[1])]):
            status, _, seen, body = ask(f"{url}{own}", *headers)
            assert (status, body.decode(), seen) == (403, page_visitors.NO_FILE, [])
            assert ask(f"{url}{own.parent}/../a/sketch.png", *headers)[0] == 403
            assert ask(f"{url}{own}_", *headers)[3] == body  # tells not what is there
            assert ask(f"{url}{example}", *headers)[0] == 200
        assert ask(f"{url}{own}\n", cookie(TOKENS[1]))[0] == 403
        assert ask(f"{url}{__file__}", cookie(TOKENS[0]))[0] == 403


def test_a_file_is_kept_while_its_visitor_asks_for_it(ask):
    (folder,) = ask("/x", cookie(TOKENS[0]))[2]
    own = pathlib.Path(folder, "a", "sketch.png")
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x")
    os.utime(own, (5, 5))
    for token, is_kept in ((TOKENS[1], False), (TOKENS[0], True)):
        ask(f"/gradio_api/file={own}", cookie(token))
        assert (own.stat().st_mtime > 5) == is_kept


def test_no_way_round_leads_to_a_file(ask, tmp_path):
    """What is accepted would tell which processes run, and where links lead."""
    (folder,) = ask("/x", cookie(TOKENS[0]))[2]
    own = pathlib.Path(folder, "a", "sketch.png")
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x")
    (tmp_path / "link").symlink_to("/")
    (own.parent / "link.png").symlink_to(own)
    example = page_files.list_examples("sketches")[0]
    for end in (str(own), example):
        ways = [
            f"/proc/self/root{end}", f"/proc/self/cwd/..{end}", f"{tmp_path}/link{end}",
            f"{tmp_path}/link/..{end}", f"{tmp_path}/none/../..{end}", f"//{end}",
            f"{own.parent}/../../..{end}", f"{own.parent}/./sketch.png",
            f"{own.parent}/../a/sketch.png", f"{own.parent}/link.png",
            os.path.relpath(end), f"{os.path.dirname(end)}/../{end}",
        ]  # fmt: skip
        for way in ways:
            status, _, seen, body = ask(f"/gradio_api/file={way}", cookie(TOKENS[0]))
            assert (status, body.decode(), seen) == (403, page_visitors.NO_FILE, [])
        assert ask(f"/gradio_api/file={end}", cookie(TOKENS[0]))[0] == 200


def test_a_drawing_is_painted_for_who_drew_it():
    import gradio as gr

    with gr.Blocks():
        drawings = page_files.Drawings(gr.Sketchpad())
    data = encode(drawn())
    before = page_visitors.FOLDER.set("first")
    drawings.keep("composite", "name", data)
    page_visitors.FOLDER.set("second")
    assert drawings.take({"id": "name"}) is None
    page_visitors.FOLDER.reset(before)
    page_visitors.FOLDER.set("first")
    assert drawings.take({"id": "name"}) is not None
    page_visitors.FOLDER.set(None)


@pytest.mark.slow
def test_a_served_page_keeps_visitors_apart(page_server):
    one, other = (Visitor(page_server) for _ in range(2))
    upload = one.upload(encode(drawn()))
    painted = one.paint(upload, [upload])
    own = pathlib.Path(upload["path"]).parents[1]
    assert own in pathlib.Path(painted["path"]).parents  # nothing is anybody's
    files = [each for each in page_server.cache.iterdir() if each.is_file()]
    assert not files
    theirs = other.upload(encode(drawn()))
    assert theirs["path"] != upload["path"]  # of the same file
    for path in (upload["path"], painted["path"]):
        url = f"{one.root}/file={urllib.parse.quote(path)}"
        with one.open(url) as response:
            assert response.status == 200
        for ask in (other.open, urllib.request.urlopen):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                ask(url)
        file = {"path": path, **META}
        assert other.paint(theirs, [file]) == page_files.REFUSAL
        assert other.paint(file, [theirs]) == page_files.REFUSAL
        found = other.ask_number(other.endpoints["paint"], [file, theirs])
        assert found == page_files.REFUSAL
    other.session = one.session  # its name is no password
    for ask in (
        lambda: other.paint(theirs, [theirs]),
        lambda: other.listen(one.session),
        lambda: other.open(f"{one.root}/heartbeat/{one.session}"),
    ):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask()
    assert one.paint(upload, [upload])["path"]


@pytest.mark.slow
def test_below_a_path_of_its_own_the_page_is_as_closed(
    tmp_path, weights_folder, monkeypatch
):
    """Proxies may leave that path in what is asked, or take it away."""
    monkeypatch.setenv("GRADIO_SERVER_PORT", "tcp://10.0.0.1:7860")  # as of a cluster
    monkeypatch.setenv("GRADIO_RUN_HISTORY", "True")
    options = "--weights", weights_folder, "--root-path", "/paint"
    with page_servers.serve(tmp_path, *options) as server:
        server.address = server.address.rstrip("/")
        for asked in ("", "/paint"):
            server.address += asked
            visitor = Visitor(server)
            assert visitor.config["root"].endswith("/paint")
            assert visitor.config["run_history"] is False
            path = visitor.upload(encode(drawn()))["path"]
            for prefix in ("", "/paint"):
                url = f"{server.address.removesuffix('/paint')}{prefix}"
                url += f"/gradio_api/file={urllib.parse.quote(path)}"
                assert visitor.open(url).status == 200
                with pytest.raises(urllib.error.HTTPError, match="403"):
                    urllib.request.urlopen(url)
                twice = url.replace("/gradio_api", "/paint/paint/gradio_api")
                with pytest.raises(urllib.error.HTTPError, match="404"):
                    visitor.open(twice)
        assert "Traceback" not in server.log.read_text()
