import asyncio
import http.client
import json
import re
import time
import urllib.error

import pytest

pytest.importorskip("gradio", reason="gradio is not installed")

import psutil
from test_page_files import META, Visitor, drawn, encode

from keras_s2p.apps import page_calls, page_files, page_visitors
from keras_s2p.apps import page_server as limits

GOOD = {"data": [1], "fn_index": 1, "session_hash": "abc", "event_id": None}


def test_calls_are_json_that_can_be_written_again():
    many = {"data": [[x, x, "#ffffff"] for x in range(500)]}  # hints
    for good in (GOOD, {"data": ["\u732b", 2**63 - 1]}, many):
        assert page_calls.read_call(json.dumps(good).encode()) == good
    for body in (
        b"", b"{", b"[]", b"5", b"null", b"\xff", b"[" * 100_000, b"9" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        *(
            b'{"data":[' + each * 5001 + b"0]}"
            for each in (b"0,0,", b"[],", b"{},", b'{"":0},', b'[{"":{}}],')
        ),
        *(
            json.dumps({**GOOD, **bad}).encode()
            for bad in (
                {"data": [2**63]}, {"data": ["\ud800"]}, {"session_hash": 5},
                {"session_hash": "x" * 101}, {"event_id": ["x"]},
            )
        ),
    ):  # fmt: skip
        assert page_calls.read_call(body) is None, body[:40]


def test_a_call_is_looked_at_whatever_it_says_of_itself():
    kinds = [
        (b"content-type", kind)
        for kind in (b"multipart/form-data; boundary=x", b"application/json")
    ]
    reached = []

    async def reach(scope, receive, send):
        reached.append((await receive())["body"])

    def call(path, headers, body=(b'{"a":', b"2}")):
        waiting = [
            {"type": "http.request", "body": part, "more_body": part != body[-1]}
            for part in body
        ]
        sent = []

        async def receive():
            return waiting.pop(0)

        async def send(message):
            sent.append(message)

        path = f"/gradio_api/{path}"
        scope = {"type": "http", "path": path, "method": "POST", "headers": headers}
        calls = page_calls.Calls(reach, lambda session: 0)
        asyncio.run(calls(scope, receive, send))
        return sent and sent[0]["status"]

    assert not call("queue/join", kinds[1:]) and reached == [b'{"a":2}']
    assert call("queue/join", kinds[:1], [b"--x--"]) == 400  # is no form there
    assert not call("component_server", kinds, [b"--x--"])
    assert call("component_server", kinds[::-1], [b"--x--"]) == 400  # the first counts
    assert reached[1:] == [b"--x--"]


def test_what_a_session_does_not_read_is_bounded(monkeypatch):
    import gradio as gr
    from gradio import queueing

    monkeypatch.setattr(queueing, "AsyncQueue", queueing.AsyncQueue)
    monkeypatch.setattr(page_calls, "MOST_SESSIONS", 2)
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox()
    count = page_calls.bound_answers(page.queue())
    kept = page._queue.pending_messages_per_session
    for session in ("old", "used"):
        kept[session] = queueing.AsyncQueue()
    for number in range(page_calls.MOST_UNREAD + 5):
        kept["old"].put_nowait(number)
    assert kept["old"].qsize() == page_calls.MOST_UNREAD
    assert kept["old"].get_nowait() == 5  # the first ones went
    kept["new"] = queueing.AsyncQueue()
    assert list(kept) == ["old", "new"]  # not the one that was made first
    page._queue.pending_event_ids_session["old"] = {"a", "b"}
    assert (count("old"), count("new")) == (2, 0)


def test_a_connection_that_broke_once_loses_nothing():
    """Gradio drops all of it an hour later, also where the browser went on."""
    import gradio as gr

    with gr.Blocks(analytics_enabled=False) as page:
        hints = gr.State([])
    sessions = page_calls.Sessions()
    sessions.set_blocks(page)
    sessions["abc"][hints._id] = ["a hint"]
    state = sessions.session_data["abc"]
    state.is_closed, state.STATE_TTL_WHEN_CLOSED = True, -1
    assert [expired for *_, expired in state.state_components] == [True]
    sessions.delete_all_expired_state()
    assert sessions["abc"][hints._id] == ["a hint"]
    sessions.delete_state("abc")
    assert sessions["abc"][hints._id] == []


def test_of_clicks_at_once_none_is_lost(monkeypatch):
    import gradio as gr

    def add(hints):
        time.sleep(0.01)
        return [*hints, "a hint"]

    monkeypatch.setattr(page_visitors, "enter", lambda request: None)
    with page_files.Page(analytics_enabled=False) as page:
        hints = gr.State([])
        gr.Button().click(add, hints, hints, queue=False)
    sessions = page_calls.Sessions()
    sessions.set_blocks(page)
    (function,) = page.fns.values()

    async def click():
        asked = [
            page.process_api(function, [None], sessions[name], session_hash=name)
            for name in ("abc", "other") * 8
        ]
        await asyncio.gather(*asked)

    asyncio.run(click())
    for name in ("abc", "other"):
        assert sessions[name][hints._id] == ["a hint"] * 8


def test_who_reads_nothing_asks_for_no_more():
    body = json.dumps(GOOD).encode()

    def call(path, unread):
        sent, reached = [], []

        async def receive():
            return {"type": "http.request", "body": body}

        async def send(message):
            sent.append(message)

        async def reach(scope, receive, send):
            reached.append(await receive())

        def count(session):
            assert session == "abc"
            return unread

        path = f"/gradio_api/{path}"
        scope = {"type": "http", "path": path, "method": "POST", "headers": []}
        asyncio.run(page_calls.Calls(reach, count)(scope, receive, send))
        return sent[0]["status"] if sent else reached[0]["body"]

    most = page_calls.MOST_UNREAD
    assert call("queue/join", most - 1) == call("cancel", most) == body
    assert call("queue/join", most) == call("call/paint", most) == 429


@pytest.fixture
def use():
    """Function that uses a session for a visitor's folder: the status of the answer."""

    async def reach(scope, receive, send):
        if scope["method"] == "POST":
            await receive()
        await send({"type": "http.response.start", "status": 200})

    calls = page_calls.Calls(reach, lambda session: 0)

    def use(folder, session, path="queue/join"):
        sent = []

        async def receive():
            return {"type": "http.request", "body": json.dumps(body).encode()}

        async def send(message):
            sent.append(message)

        body = {**GOOD, "session_hash": session}
        method = "POST" if path in ("queue/join", "cancel", "run/predict") else "GET"
        query = b"" if "heartbeat" in path else f"session_hash={session}".encode()
        path = f"/gradio_api/{path}"
        scope = {
            "type": "http", "path": path, "method": method, "headers": [],
            "query_string": query,
        }  # fmt: skip
        token = page_visitors.FOLDER.set(folder)
        asyncio.run(calls(scope, receive, send))
        page_visitors.FOLDER.reset(token)
        return sent[0]["status"]

    return use


@pytest.mark.parametrize(
    "path", ["queue/join", "cancel", "run/predict", "queue/data", "heartbeat/abc"]
)
def test_a_session_is_that_of_who_used_its_name_first(use, path):
    assert use(None, "abc", path) == 200  # nobody's yet, and not of who has no folder
    assert use("/a", "abc", path) == 200
    for other in ("/b", None):
        assert use(other, "abc", path) == 403
    assert use("/a", "abc", path) == use("/b", "abd") == 200


def test_what_came_of_a_call_is_told_to_who_called():
    sent, asked = [], []

    async def answer(scope, receive, send):
        if scope["method"] == "POST":
            body = json.dumps({"event_id": "an event"}).encode()
            await send({"type": "http.response.start", "status": 200})
            return await send({"type": "http.response.body", "body": body})
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 200})

    async def receive():
        return {"type": "http.request", "body": json.dumps(GOOD).encode()}

    async def send(message):
        sent.append(message)

    calls = page_calls.Calls(answer, lambda session: 0)

    def ask(folder, method, path):
        sent.clear()
        scope = {"type": "http", "path": path, "method": method, "headers": []}
        token = page_visitors.FOLDER.set(folder)
        asyncio.run(calls(scope, receive, send))
        page_visitors.FOLDER.reset(token)
        return sent[0]["status"]

    call = "/gradio_api/call/paint"
    for kind in (call, "/gradio_api/call/v2/paint"):
        assert ask("/a", "POST", kind) == 200
        for other in ("/b", None):
            assert ask(other, "GET", f"{kind}/an event") == 404
            assert ask(other, "GET", f"{kind}/an event/") == 404
        assert asked == []
        assert ask("/a", "GET", f"{kind}/an event") == 200
        assert asked.pop() == f"{kind}/an event"
        assert ask("/a", "GET", f"{kind}/an event") == 404  # gradio would not answer
    assert ask("/b", "GET", f"{call}/another") == 404
    assert ask("/b", "GET", call) == 200


@pytest.mark.slow
def test_what_came_of_a_call_is_told_once_by_the_page(page_server):
    before = page_server.log.read_text()
    visitor = Visitor(page_server)
    data = json.dumps({"data": [None, None, [], 1, True, True]}).encode()
    event = visitor.post("/call/paint", data)["event_id"]
    with visitor.open(f"{visitor.root}/call/paint/{event}", timeout=60) as answer:
        assert b"event: error" in answer.read()  # nothing is there to be painted
    for name in (event, "another"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            visitor.open(f"{visitor.root}/call/paint/{name}", timeout=60)
    assert page_server.log.read_text() == before


def test_names_of_sessions_take_no_memory_without_end(use, monkeypatch):
    monkeypatch.setattr(page_visitors, "MOST_OWNED", 2)
    for session in ("old", "used", "old", "new"):
        assert use("/a", session) == 200
    assert [use("/b", each) for each in ("old", "new", "used")] == [403, 403, 200]
    assert use("/a", "x" * 101, "queue/data") == 200  # is nobody's, and not kept
    assert use("/b", "new") == 403


def test_an_example_is_named_by_its_number_alone():
    paths = page_files.list_examples("sketches")
    assert page_files.find_example("sketches", 0) == paths[0]
    for index in (None, -1, len(paths), "0", 0.0, [0], {}, 2**60):
        assert page_files.find_example("sketches", index) is None


@pytest.mark.long
@pytest.mark.slow
def test_no_broken_call_leaves_a_traceback(page_server):
    visitor = Visitor(page_server)
    upload = visitor.upload(encode(drawn()))
    bad = [
        None, 5, "x", [], {}, [[1]], -1, 1e308, 10**30, "\ud800",
        {"path": [1]}, {"path": upload["path"]}, {"composite": 5}, {"id": [1]},
        {"path": None, "url": "http://127.0.0.1:9/", **META},
    ]  # fmt: skip
    foreign = [
        {name: {"path": path}}
        for name in ("index", "value")
        for path in ("/etc/passwd", "/nowhere/a.png", "/etc/\0")
    ]  # of what gradio looks for itself
    before = page_server.log.read_text()
    functions = {
        re.sub(r"(?<!lambda)_\d+$", "", str(each["api_name"])): (number, each)
        for number, each in enumerate(visitor.config["dependencies"])
    }  # the last of those that are alike
    assert not all(each["backend_fn"] for _, each in functions.values())
    for number, each in functions.values():
        usual = visitor.fill(number, {})
        tries = [([value] * len(usual), None) for value in bad]
        if each["collects_event_data"]:
            places = (*bad, {"index": 5}, {"index": [1e309, 1]}, *foreign)
            tries += [(usual, place) for place in places]
        for data, event in [*tries, ([], None), (usual * 3, None)]:
            call(visitor, each, number, data, event)
    for path, body in (
        ("run/predict", {"data": []}), ("call/nothing", {"data": []}),
        ("call/v2/paint", {}), ("call/v2/paint", {"sketch": 1, "unknown": 2}),
        ("call/v2/paint", {"session_hash": 5}),
    ):  # fmt: skip
        with pytest.raises(urllib.error.HTTPError) as caught:
            visitor.post(f"/{path}", json.dumps(body).encode())
        assert caught.value.code in (400, 404), path
    form = b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\na\r\n--x--\r\n'
    with pytest.raises(urllib.error.HTTPError, match="400"):
        visitor.post("/upload", form, "multipart/form-data; boundary=x")
    assert visitor.listen("nobody") is None
    assert page_server.log.read_text()[len(before) :] == ""


@pytest.mark.slow
def test_no_name_of_a_host_leaves_a_traceback(page_server):
    before = page_server.log.read_text()
    host, port = page_server.address.removeprefix("http://").split(":")
    for path in ("/", "/config", "/logout", "/gradio_api/queue/join"):
        for name in ("Host", "X-Forwarded-Host", "X-Gradio-Server"):
            for value in (b"[::1", b"a:99999", b"xn--\xc3", b"a/b", b"\xff", b"a.org"):
                connection = http.client.HTTPConnection(host, int(port), timeout=60)
                method = "POST" if "join" in path else "GET"
                connection.putrequest(method, path, skip_host=name == "Host")
                connection.putheader(name, value)
                connection.putheader("Content-Length", "0")
                connection.endheaders()
                assert connection.getresponse().status < 500, (path, name, value)
                connection.close()
    assert page_server.log.read_text() == before


@pytest.mark.slow
def test_what_decodes_pictures_waits_in_the_queue(page_server):
    """Some forty threads answer all that does not; pictures would hold them all."""
    visitor = Visitor(page_server)
    upload = visitor.upload(encode(drawn()))
    readers = {}
    for number, each in enumerate(visitor.config["dependencies"]):
        name = re.sub(r"_\d+$", "", str(each["api_name"]))
        if name in ("show", "pick", "show_swatches", "paint", "repaint", "write"):
            readers[name] = number
            assert each["queue"] is not False, name
    assert len(readers) == 6
    for name in ("show", "pick"):
        body = {"data": [upload], "fn_index": readers[name], "session_hash": "abc"}
        body["event_data"] = {"index": [5, 5]}
        with pytest.raises(urllib.error.HTTPError) as caught:
            visitor.post("/run/predict", json.dumps(body).encode())
        assert caught.value.code in (403, 404, 500, 503)
        given = visitor.ask_number(readers[name], [upload], {"index": [5, 5]})
        assert given and None not in given


def call(visitor, dependency, number, data, event):
    """Calls a function of the page as a browser does; what it gives is of no matter."""
    body = {"data": data, "fn_index": number, "event_data": event}
    body = json.dumps({**body, "session_hash": visitor.session}).encode()
    queued = dependency["queue"] is not False
    try:
        visitor.post("/queue/join" if queued else "/run/predict", body)
    except urllib.error.HTTPError as error:
        assert error.code in (400, 500), (number, data)
        assert error.code == 400 or json.load(error)["error"], (number, data)
        return
    if queued:
        visitor.listen(visitor.session)


def come(visitor, session):
    """Uses a function of the page under the name of a session."""
    board = visitor.find(elem_id="drawing")
    body = {"data": {}, "component_id": board, "fn_name": "accept_blobs"}
    body = json.dumps({**body, "session_hash": session}).encode()
    visitor.post("/component_server", body)


@pytest.mark.slow
def test_a_session_that_reads_nothing_is_told_so(page_server):
    visitor = Visitor(page_server)
    (saved,) = [
        each["id"]
        for each in visitor.config["components"]
        if each["type"] == "browserstate"
    ]
    functions = enumerate(visitor.config["dependencies"])
    (load,) = [n for n, each in functions if each["inputs"] == [saved]]
    body = {"data": [None], "fn_index": load, "session_hash": visitor.session}
    body = json.dumps(body).encode()
    for _ in range(page_calls.MOST_UNREAD):
        visitor.post("/queue/join", body)
    with pytest.raises(urllib.error.HTTPError, match="429"):
        visitor.post("/queue/join", body)
    assert isinstance(visitor.listen(visitor.session), list)


@pytest.mark.long
@pytest.mark.slow
def test_many_visitors_take_no_more_memory_than_some(page_server):
    visitor = Visitor(page_server)
    process = psutil.Process(page_server.pid)
    upload = visitor.upload(encode(drawn()))
    assert visitor.paint(upload, [upload])["path"]  # behind that of the page's start
    for number in range(limits.MAX_SESSIONS):
        come(visitor, f"first {number}")
    before = process.memory_info().rss
    for number in range(limits.MAX_SESSIONS):
        come(visitor, f"other {number}")
    assert process.memory_info().rss - before < 30_000_000


@pytest.mark.slow
def test_names_of_sessions_are_short_and_drawings_small(page_server):
    visitor = Visitor(page_server)
    come(visitor, "x" * 100)
    with pytest.raises(urllib.error.HTTPError, match="400"):
        come(visitor, "x" * 101)
    visitor.session = "x" * 101
    with pytest.raises(urllib.error.HTTPError, match="404"):
        visitor.send_drawing(encode(drawn()))
    with pytest.raises(OSError) as caught:  # the page may not wait for all of it
        visitor.send_drawing(bytes(limits.MAX_DRAWN))
    assert getattr(caught.value, "code", 413) == 413
