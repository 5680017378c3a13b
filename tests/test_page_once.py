"""Calls that a browser sends again, without the page."""

import asyncio
import http.client
import json

import pytest

pytest.importorskip("gradio", reason="gradio is not installed")

from test_page_files import Visitor

from keras_s2p.apps import page_once, page_visitors

PATH = "/gradio_api/run/predict"


class Asked:
    """An application that counts, behind Once."""

    def __init__(self, body=b"answer", seconds=0.0):
        self.count, self.body, self.seconds = 0, body, seconds
        self.once = page_once.Once(self.run)

    async def run(self, scope, receive, send):
        self.count += 1
        count = self.count  # of the call that is answered
        await asyncio.sleep(self.seconds)
        await send({"type": "http.response.start", "status": 200 + count})
        await send({"type": "http.response.body", "body": self.body})

    async def ask(self, name, path=PATH, visitor="one"):
        page_visitors.FOLDER.set(visitor)
        sent, headers = [], [(page_once.HEADER, name)] if name else []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": headers}
        await self.once(scope, None, send)
        assert sent[1]["body"] == self.body
        return sent[0]["status"]


def test_what_is_sent_again_is_answered_again():
    asked = Asked()
    for given, expected in (
        ((b"a",), 201), ((b"b",), 202), ((b"a",), 201), ((b"b",), 202),
        ((None,), 203), ((None,), 204), ((b"a", PATH, "two"), 205),
        ((b"a", "/gradio_api/info"), 206), ((b"a" * 101,), 207), ((b"a" * 101,), 208),
    ):  # fmt: skip
        assert asyncio.run(asked.ask(*given)) == expected, given


def test_what_is_sent_again_meanwhile_waits_for_the_answer():
    asked = Asked(seconds=0.05)

    async def ask_twice():
        return await asyncio.gather(asked.ask(b"a"), asked.ask(b"a"))

    assert asyncio.run(ask_twice()) == [201, 201] and asked.count == 1


def test_answers_are_few_and_small(monkeypatch):
    large = Asked(bytes(page_once.MOST_SIZE + 1))
    assert [asyncio.run(large.ask(b"a")) for _ in range(2)] == [201, 202]
    monkeypatch.setattr(page_once, "MOST_ANSWERS", 2)
    asked = Asked()
    names = b"a", b"b", b"c", b"c", b"b", b"a"
    found = [asyncio.run(asked.ask(name)) for name in names]
    assert found == [201, 202, 203, 203, 202, 204]


def test_what_failed_is_tried_again():
    asked = Asked()

    async def fail(*_):
        asked.count += 1
        raise ValueError("no answer")

    asked.once = page_once.Once(fail)
    with pytest.raises(ValueError, match="no answer"):
        asyncio.run(asked.ask(b"a"))
    asked.once._app = asked.run
    assert asyncio.run(asked.ask(b"a")) == 202


@pytest.mark.slow
def test_who_sends_the_rest_of_a_call_anew_does_not_wait_for_the_first(page_server):
    """Its first connection is gone, and the page does not know."""
    visitor = Visitor(page_server)
    body = json.dumps({
        "data": [None], "fn_index": visitor.find_restore(),
        "session_hash": visitor.session,
    }).encode()  # fmt: skip
    host = page_server.address.removeprefix("http://").rstrip("/")

    def begin(part):
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.putrequest("POST", PATH)
        for name, value in (
            ("Content-Type", "application/json"), ("Content-Length", len(body)),
            ("Cookie", visitor.cookie), (page_once.HEADER.decode(), "a"),
        ):  # fmt: skip
            connection.putheader(name, value)
        connection.endheaders(part)
        return connection

    first, second = begin(body[:9]), begin(body)
    answer = second.getresponse()
    assert answer.status == 200
    found = json.loads(answer.read())
    first.send(body[9:])  # it was late, not gone
    assert json.loads(first.getresponse().read()) == found
