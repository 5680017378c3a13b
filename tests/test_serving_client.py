"""The example client against servers that speak as TensorFlow Serving does."""

import base64
import concurrent.futures
import contextlib
import http.server
import importlib.util
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import PIL.Image
import pytest
import rest_server
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2

from keras_s2p import export
from keras_s2p.painting.hint_pictures import hints_from_points
from keras_s2p.painting.painter import Painter

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAPH_ERROR = """Graph execution error:

Detected at node hints_bytes/Assert/Assert defined at (most recent call last):
<stack traces unavailable>
assertion failed: [hints_bytes: not a PNG]
\t [[{{node hints_bytes/Assert/Assert}}]] [Op:__inference_signature_wrapper_9]"""
CLIENT = pathlib.Path(__file__).parent.parent / "examples" / "serving_client.py"


def png(data=b""):
    """A PNG, of which the parts alone are right."""

    def part(name, data):
        checksum = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + checksum

    parts = part(b"IHDR", bytes(13)), part(b"IDAT", data), part(b"IEND", b"")
    return SIGNATURE + b"".join(parts)


@pytest.fixture(scope="module")
def client():
    spec = importlib.util.spec_from_file_location("serving_client", CLIENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(weights_folder, tmp_path_factory):
    """Folder of an exported version."""
    folder = str(tmp_path_factory.mktemp("models"))
    return export.export(Painter(weights_folder, 64), folder)[0]


@pytest.fixture(scope="module")
def signatures(model):
    return tf.saved_model.load(model).signatures


@pytest.fixture
def pictures(tmp_path):
    """A folder of two sketches, and a reference."""
    (tmp_path / "sketches").mkdir()
    for i, name in enumerate(("a", "b")):
        pixels = np.full((40 + 30 * i, 50), 255, np.uint8)
        pixels[10:13] = 0
        PIL.Image.fromarray(pixels).save(tmp_path / "sketches" / f"{name}.png")
    PIL.Image.new("RGB", (40, 40), (200, 30, 90)).save(tmp_path / "reference.png")
    return tmp_path


def check_painted(folder, weights_folder):
    painter = Painter(weights_folder, 64)
    for name in ("a", "b"):
        hints = folder / "hints" / f"{name}.png"
        expected = painter.paint(
            folder / "sketches" / f"{name}.png",
            folder / "reference.png",
            hints=hints if hints.exists() else None,
        )
        painted = PIL.Image.open(folder / "out" / f"{name}.png")
        assert np.abs(np.asarray(painted, int) - np.asarray(expected, int)).max() <= 1


@pytest.fixture
def paint(client, pictures, monkeypatch, capsys):
    """Runs the client with a server that gives back what it gets: (code, out, err)."""

    def call(server, signature, inputs):
        if signature == "style":
            return {"hint": [0.0]}
        if inputs["sketch_bytes"] == b"bad":
            raise client.ServerError("bad bytes")
        return {"painting_bytes": inputs["sketch_bytes"]}

    monkeypatch.setattr(client, "call_rest", call)

    def run(out, *options):
        arguments = [pictures / "sketches", pictures / "reference.png", pictures / out]
        code = client.main([*map(str, [*arguments, *options]), "--rest", "http://x"])
        return (code, *capsys.readouterr())

    return run


def test_pictures_of_one_stem_are_kept_apart_and_a_bad_one_ends_nothing(
    client, paint, pictures
):
    sketches = pictures / "sketches"
    (sketches / "a.jpg").write_bytes(png(b"other"))
    (sketches / "0.png").write_bytes(b"bad")
    code, out, err = paint("out")
    assert (code, err) == (1, f"{sketches / '0.png'} not painted: bad bytes\n")
    names = {path.name for path in (pictures / "out").iterdir()}
    assert names == {"a.png.png", "a.jpg.png", "b.png"} and out.count("\n") == 3
    assert (pictures / "out" / "a.jpg.png").read_bytes() == png(b"other")


def test_on_a_disk_that_ignores_case_no_painting_takes_anothers_place(
    client, paint, pictures, monkeypatch
):
    (pictures / "sketches" / "A.png").write_bytes(png(b"other"))
    write = client.write

    def write_on_such_a_disk(path, data, is_read):
        write(path, data, is_read)
        if path.name == "A.png.png":
            os.link(path, path.with_name("a.png.png"))

    monkeypatch.setattr(client, "write", write_on_such_a_disk)
    code, out, err = paint("out")
    folder = pictures / "out"
    assert code == 1 and out == f"{folder / 'A.png.png'}\n{folder / 'b.png'}\n"
    assert f"{folder / 'a.png.png'} is {folder / 'A.png.png'} on this disk" in err
    assert (folder / "a.png.png").read_bytes() == png(b"other")


def test_a_folder_without_pictures_is_named(paint, pictures):
    for path in (pictures / "sketches").iterdir():
        path.unlink()
    sentence = f"{pictures / 'sketches'}: no PNG or JPEG in this folder\n"
    assert paint("out") == (1, "", sentence)


def test_hints_of_pictures_of_one_stem_are_kept_apart(
    client, paint, pictures, monkeypatch
):
    sketches, hints = pictures / "sketches", pictures / "hints"
    (sketches / "a.jpg").write_bytes(png(b"other"))
    hints.mkdir()
    got = {}

    def note(call, server, path, hint, style):
        got[path.name] = hint and hint.name
        return png()

    monkeypatch.setattr(client, "paint", note)
    for given, expected in (
        (["a.png"], {"a.png": "a.png", "a.jpg": None, "b.png": None}),
        (
            ["a.jpg.png", "b.png"],
            {"a.png": None, "a.jpg": "a.jpg.png", "b.png": "b.png"},
        ),
    ):
        for path in hints.iterdir():
            path.unlink()
        for name in given:
            (hints / name).write_bytes(b"hints")
        assert paint("out", "--hints", hints)[::2] == (0, "")
        assert got == expected
    (sketches / "a.png.png").write_bytes(png(b"a third"))
    (hints / "a.png.png").write_bytes(b"hints")
    (hints / "a.png").write_bytes(b"hints")
    assert paint("out", "--hints", hints)[0] == 0
    assert all(got[name] == name for name in ("a.png", "a.png.png"))
    for name in ("a.png", "a.png.png"):
        (sketches / name).unlink()
        (hints / name).unlink()
    (hints / "a.jpg.png").rename(hints / "a.png")
    assert paint("out", "--hints", hints)[0] == 0 and got["a.jpg"] == "a.png"


@pytest.mark.parametrize("out", ["sketches", "link", "hints"])
def test_what_is_saved_meanwhile_to_be_read_is_not_overwritten(
    out, client, paint, pictures, monkeypatch
):
    (pictures / "hints").mkdir()
    (pictures / "link").symlink_to(pictures / "sketches")
    (pictures / "sketches" / "c.jpg").write_bytes(png(b"c"))
    saved = pictures / out / "c.png"

    def paint_slowly(call, server, path, hint, style):
        if path.name == "c.jpg":
            saved.write_bytes(b"a new sketch")
        return png()

    monkeypatch.setattr(client, "paint", paint_slowly)
    code, printed, err = paint(out, "--hints", pictures / "hints")
    assert code == 1 and f"{saved} is read; choose another OUT" in err
    assert saved.read_bytes() == b"a new sketch"


def test_no_sketch_is_overwritten_where_out_becomes_a_link_to_them(
    client, paint, pictures, monkeypatch
):
    sketches, out = pictures / "sketches", pictures / "out"
    sketch = (sketches / "a.png").read_bytes()

    def paint_slowly(*_):
        if not out.is_symlink():
            out.rmdir()
            out.symlink_to(sketches)
        return png()

    monkeypatch.setattr(client, "paint", paint_slowly)
    code, _, err = paint("out")
    assert code == 1 and f"{out / 'a.png'} is read; choose another OUT" in err
    assert (sketches / "a.png").read_bytes() == sketch


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_paintings_of_which_nobody_reads_are_painted(
    stream, paint, pictures, monkeypatch
):
    (pictures / "sketches" / "0.png").write_bytes(b"bad")
    full = open("/dev/full", "w")
    monkeypatch.setattr(sys, stream, full)
    code, out, err = paint("out")
    with contextlib.suppress(OSError):
        full.close()
    assert code == 1 and (out + err).count("\n") == (2 if stream == "stderr" else 1)
    assert {path.name for path in (pictures / "out").iterdir()} == {"a.png", "b.png"}


def test_no_two_sketches_have_one_painting(client, paint, pictures):
    sketches = pictures / "sketches"
    for name in ("a.jpg", "a.png.png", "a.png.png.png", "B.JPG"):
        (sketches / name).write_bytes(png(name.encode()))
    code, out, err = paint("out")
    assert (code, err, out.count("\n")) == (0, "", 6)
    painted = {path.read_bytes() for path in (pictures / "out").iterdir()}
    assert painted == {path.read_bytes() for path in sketches.iterdir()}
    # B.png and b.png would be one file in some folders.
    assert len({path.name.lower() for path in (pictures / "out").iterdir()}) == 6
    assert (pictures / "out" / "B.JPG.png").exists()


def test_hints_are_never_overwritten(paint, pictures):
    hints = pictures / "hints"
    hints.mkdir()
    (hints / "a.png").write_bytes(b"hints")
    code, out, err = paint("hints", "--hints", hints)
    assert (code, out) == (1, f"{hints / 'b.png'}\n")
    assert f"{hints / 'a.png'} is read; choose another OUT" in err
    assert (hints / "a.png").read_bytes() == b"hints"
    (pictures / "out").mkdir()
    (hints / "a.png").rename(pictures / "out" / "a.png")
    (hints / "a.png").symlink_to(pictures / "out" / "a.png")
    assert "is read" in paint("out", "--hints", hints)[2]
    assert (hints / "a.png").read_bytes() == b"hints"
    with pytest.raises(SystemExit):  # a folder misspelt
        paint("out", "--hints", pictures / "hint")


@pytest.mark.parametrize("place", [0, 1, 4])
def test_what_may_not_be_looked_for_is_named(place, pictures, client, capsys):
    """Pathlib raises of a name that is too long, and below a folder that is closed."""
    (pictures / "r.png").write_bytes(b"reference")
    arguments = [pictures, pictures / "r.png", pictures / "out", "--hints", pictures]
    arguments[place] = pictures / ("x" * 300)
    with pytest.raises(SystemExit):
        client.main([*map(str, arguments), "--rest", "http://x"])
    assert "x: no such f" in capsys.readouterr().err


def test_hints_of_no_sketch_are_named(paint, pictures):
    hints = pictures / "hints"
    hints.mkdir()
    for name in ("a.png", "B.png", "b.PNG", "c.png", "notes.txt"):
        (hints / name).write_bytes(b"hints")
    code, out, err = paint("out", "--hints", hints)
    assert (code, out.count("\n")) == (1, 2)
    names = [
        f"{hints / name}: hints of no sketch" for name in ("B.png", "b.PNG", "c.png")
    ]
    assert err.splitlines() == names


def make_loop(path):
    path.symlink_to(path.name)


def make_link(path):
    (path.parent / "linked").write_bytes(b"linked")
    path.symlink_to("linked")


@pytest.mark.parametrize("make", [make_loop, make_link, os.mkfifo, os.mkdir])
def test_only_regular_files_are_replaced(paint, pictures, make):
    out = pictures / "out"
    out.mkdir()
    make(out / "a.png")
    before = (out / "a.png").lstat()
    (out / "b.png").write_bytes(b"of last time")
    code, printed, err = paint("out")
    assert (code, printed) == (1, f"{out / 'b.png'}\n")
    assert f"{out / 'a.png'} is a link or no regular file" in err
    after = (out / "a.png").lstat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    sketch = pictures / "sketches" / "b.png"
    assert (out / "b.png").read_bytes() == sketch.read_bytes()
    assert {path.name for path in out.iterdir()} - {"linked"} == {"a.png", "b.png"}


def test_what_is_called_a_picture_and_is_no_file_is_named(paint, pictures):
    others = [pictures / "sketches" / "d.png", pictures / "hints" / "a.png"]
    others[1].parent.mkdir()
    others[0].symlink_to("nothing")
    os.mkfifo(others[1])
    unread = [pictures / "sketches" / "E.WebP", others[1].with_name("b.tif")]
    for path in unread:
        path.write_bytes(b"a picture that is not read")
    for path in (*others, *unread):  # hidden ones, as macOS leaves them, are nothing
        path.with_name(f"._{path.stem}.png").write_bytes(b"of macOS")
    code, printed, err = paint("out", "--hints", str(others[1].parent))
    assert code == 1 and printed.count("\n") == 2
    said = [f"{path}: neither PNG nor JPEG" for path in unread]
    said = zip(said, [f"{path}: no file" for path in others])
    assert sorted(err.splitlines()) == sorted(sum(said, ()))


def test_links_that_can_not_be_followed_end_no_folder(paint, pictures):
    link = pictures / "sketches" / "long.png"
    link.symlink_to("a" * 300)
    code, printed, err = paint("out", "--hints", str(pictures / "sketches"))
    assert code == 1 and printed.count("\n") == 2
    assert err.splitlines() == [f"{link}: no file"] * 2


def test_a_file_that_gives_nothing_yet_is_not_waited_for(client, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "a.png")  # as one of /proc, which says that it is regular
    assert client.read_picture(tmp_path / "a.png") == b""


def test_a_painting_is_a_whole_png(client):
    assert client.is_whole(png(b"x" * 1000))
    whole = png(b"other")
    for bad in (
        *(whole[:end] for end in range(len(whole))), whole + b"x",
        png()[:33] + png()[-12:],
        SIGNATURE + whole[-12:], whole.replace(b"other", b"others"),
        whole.replace(b"other", b"othes"), whole[-12:], whole[:8] + whole[33:],
    ):  # fmt: skip
        assert not client.is_whole(bad)


def test_what_is_being_written_has_a_name_of_its_own(client, tmp_path, monkeypatch):
    partials, no_path = [], ()
    replace = os.replace

    def record(partial, path):
        partials.append(pathlib.Path(partial))
        if len(partials) == 1:
            client.write(tmp_path / "a.png", b"another client", no_path.__contains__)
        if len(partials) == 3:
            raise OSError("disk full")
        replace(partial, path)

    monkeypatch.setattr(client.os, "replace", record)
    client.write(tmp_path / "a.png", b"whole", no_path.__contains__)
    assert (tmp_path / "a.png").read_bytes() == b"whole"
    assert len(set(partials)) == 2
    with pytest.raises(OSError, match="disk full"):
        client.write(tmp_path / "b.png", b"half", no_path.__contains__)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    (tmp_path / "plain").write_bytes(b"")
    modes = {(tmp_path / name).stat().st_mode for name in ("a.png", "plain")}
    assert len(modes) == 1  # others may read a painting as any file


def test_what_killed_clients_left_is_removed(client, paint, pictures):
    out = pictures / "out"
    for name, age in (("killed", 4000), ("living", 10)):
        folder = out / f"{client.PARTIAL}{name}"
        folder.mkdir(parents=True)
        (folder / "painting.png").write_text("")
        os.utime(folder, (time.time() - age,) * 2)
    assert paint("out")[0] == 0
    left = {path.name for path in out.iterdir()}
    assert left == {"a.png", "b.png", f"{client.PARTIAL}living"}


@pytest.mark.slow
def test_a_killed_client_leaves_whole_paintings(client, pictures):
    middle = bytes(300_000 - len(png()))
    painting = base64.b64encode(png(middle))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"predictions": [{"b64": "%s"}]}' % painting
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    sketch = (pictures / "sketches" / "a.png").read_bytes()
    for number in range(100):
        (pictures / "sketches" / f"{number}.png").write_bytes(sketch)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        command = [
            sys.executable, str(CLIENT), "sketches", "reference.png", "out", "--rest",
            f"http://127.0.0.1:{server.server_port}",
        ]  # fmt: skip
        killed = 0
        for number in range(1, 8):
            process = subprocess.Popen(command, cwd=pictures, stdout=subprocess.PIPE)
            for _ in range(5 * number):
                process.stdout.readline()
            process.kill()
            process.communicate()
            killed += process.returncode == -9
            painted = list((pictures / "out").glob("*.png"))
            assert painted and {path.stat().st_size for path in painted} == {300_000}
        assert killed
        again = subprocess.run(command, cwd=pictures, stdout=subprocess.PIPE)
        assert again.returncode == 0
        assert len(list((pictures / "out").glob("*.png"))) == 102
    finally:
        server.shutdown()
        server.server_close()


def test_sketches_and_the_reference_are_never_overwritten(client, paint, pictures):
    (pictures / "sketches" / "reference.jpg").write_bytes(png())
    before = {path: path.read_bytes() for path in pictures.rglob("*.*")}
    code, _, err = paint("sketches")
    assert code == 1 and err.count("is read; choose another OUT") == 2
    assert {path: path.read_bytes() for path in before} == before
    (pictures / "sketches" / "reference.png").unlink()
    code, _, err = paint(".")
    assert "reference.png is read" in err
    assert {path: path.read_bytes() for path in before} == before


def test_answers_that_are_none_are_sentences(client, pictures, capsys):
    answers = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = answers[-1]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for status, answer, message in (
        (
            400,
            b'{"error": "sketch_bytes: damaged"}',
            ":predict: sketch_bytes: damaged$",
        ),
        (400, b'{"error": "no picture\\n\\t [[{{node x}}]]"}', ":predict: no picture$"),
        (
            400,
            json.dumps({"error": GRAPH_ERROR}).encode(),
            ":predict: hints_bytes: not a PNG$",
        ),
        (503, b"too busy\n", ":predict: too busy$"),
        (502, b"", ":predict: Bad Gateway$"),
        (200, b"<html>", "no answer of the model"),
        (200, b'{"predictions": []}', "no answer of the model"),
        (200, b'{"predictions": [{"b64": "!!!!"}]}', "no answer of the model"),
        (200, b"[" * 100_000, "no answer of the model .RecursionError"),
    ):
        answers.append((status, answer))
        with pytest.raises(client.ServerError, match=message):
            client.call_rest(url, "style", {"reference_bytes": b"x"})
    style = []
    for _ in range(100_000):
        style = [style]
    with pytest.raises(client.ServerError, match="RecursionError"):
        client.call_rest(url, "paint_bytes", {"hint": style})
    server.shutdown()
    server.server_close()
    arguments = [pictures / "sketches", pictures / "reference.png", pictures / "out"]
    assert client.main([*map(str, arguments), "--rest", url]) == 1
    assert "refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"GIF89a", None, SIGNATURE, SIGNATURE + bytes(100)]
)
def test_what_is_no_painting_replaces_none(answer, client, pictures, monkeypatch):
    def call(server, signature, inputs):
        return {} if signature == "style" else {"painting_bytes": answer}

    monkeypatch.setattr(client, "call_rest", call)
    out = pictures / "out"
    out.mkdir()
    (out / "a.png").write_bytes(b"of last time")
    arguments = [pictures / "sketches", pictures / "reference.png", out]
    assert client.main([*map(str, arguments), "--rest", "http://x"]) == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        "a.png": b"of last time"
    }


def test_answers_and_names_are_one_line_each(client, pictures, monkeypatch, capsys):
    def call(server, signature, inputs):
        if signature == "style":
            return {}
        if inputs["sketch_bytes"] == b"bad":
            raise client.ServerError("\x1b[2Jall\rgood")
        return {"painting_bytes": png()}

    monkeypatch.setattr(client, "call_rest", call)
    sketches, out = pictures / "sketches", pictures / "out"
    (sketches / "a.png").write_bytes(b"bad")
    (sketches / "b.png").rename(sketches / "b\r\nc\u202e.png")
    arguments = [sketches, pictures / "reference.png", out]
    assert client.main([*map(str, arguments), "--rest", "http://x"]) == 1
    printed, error = capsys.readouterr()
    assert printed == f"{out}/b\\r\\nc\\u202e.png\n"
    assert error == f"{sketches / 'a.png'} not painted: \\x1b[2Jall\\rgood\n"


@pytest.fixture
def raw_server():
    """Function of bytes, after which more come, that gives the URL of such a server.

    Its `sent` has how many bytes of those were sent; there are 100 million.
    """
    sockets = []

    def read_request(connection):
        file, length = connection.makefile("rb"), 0
        for line in iter(file.readline, b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        file.read(length)

    def serve(first, then=b"", pause=0.0):
        def answer(connection):
            with connection, contextlib.suppress(OSError):
                read_request(connection)  # unread bytes would reset it at the end
                connection.sendall(first)
                while then and sum(serve.sent) < 100_000_000:
                    connection.sendall(then)
                    serve.sent.append(len(then))
                    time.sleep(pause)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    sockets.append(connection)
                    threading.Thread(target=answer, args=(connection,)).start()

        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)
        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    serve.sent = []
    yield serve
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


OK, ERROR = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 Oops\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n20\r\nabc"


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_an_address_may_end_with_a_slash(client, monkeypatch, end):
    asked = []

    def post(url, body):
        asked.append(url)
        return b'{"predictions": [{"hint": [0.5]}]}'

    monkeypatch.setattr(client, "post", post)
    assert client.call_rest(f"http://x:1{end}", "style", {}) == {"hint": [0.5]}
    assert asked == ["http://x:1/v1/models/keras_s2p:predict"]


@pytest.mark.parametrize("status", [OK, ERROR])
def test_a_cut_answer_is_a_sentence(client, raw_server, status):
    url = raw_server(status + CHUNKED)
    with pytest.raises(client.ServerError, match="no answer of the model .Incomplete"):
        client.call_rest(url, "style", {"reference_bytes": b"x"})


@pytest.mark.parametrize("part", [b"[],", b"0,", b"{},", b'{"a":'])
def test_an_answer_of_too_many_values_is_a_sentence(
    client, raw_server, monkeypatch, part
):
    monkeypatch.setattr(client, "MAX_VALUES", 1000)
    end = b"}" * 1001 if part.endswith(b":") else b""
    values = b'{"predictions": [{"hint": [' + part * 1001 + b"0" + end + b"]}]}"
    length = b"Content-Length: %d\r\n\r\n" % len(values)
    with pytest.raises(client.ServerError, match="too many values"):
        client.call_rest(raw_server(OK + length + values), "style", {})


def test_an_answer_without_end_is_a_sentence(client, raw_server, monkeypatch):
    monkeypatch.setattr(client, "MAX_ANSWER", 3_000_000)
    url = raw_server(OK + b'\r\n{"predictions": ["', b"a" * 100_000)
    with pytest.raises(client.ServerError, match="more than 3 MB"):
        client.call_rest(url, "style", {"reference_bytes": b"x"})


@pytest.mark.parametrize("port", ["9" * 30, "99999", "-1", "x", ""])
def test_a_server_that_can_be_none_is_a_sentence(client, port):
    with pytest.raises(client.ServerError, match="http://127.0.0.1:"):
        client.call_rest(f"http://127.0.0.1:{port}", "style", {})


@pytest.mark.parametrize("url", ["127.0.0.1:8501", "file:///etc/hostname", ""])
def test_an_address_begins_with_its_scheme(client, pictures, capsys, url):
    places = (str(pictures / name) for name in ("sketches", "reference.png", "out"))
    with pytest.raises(SystemExit, match="2"):
        client.main([*places, "--rest", url])
    assert "a URL begins with http:// or https://" in capsys.readouterr().err


MORE = b"Transfer-Encoding: chunked\r\n\r\n-1\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n"


@pytest.mark.parametrize(
    "first", [OK + MORE, ERROR + MORE, MOVED + MORE, MOVED + b"\r\n"]
)
def test_no_answer_is_read_without_bounds(client, raw_server, monkeypatch, first):
    monkeypatch.setattr(client, "MAX_ANSWER", 3_000_000)
    monkeypatch.setattr(client, "TIMEOUT", 10)
    url = raw_server(first, b"a" * 100_000)
    with pytest.raises(client.ServerError):
        client.call_rest(url, "style", {})
    assert sum(raw_server.sent) < 20_000_000  # and what sockets hold


@pytest.mark.parametrize("first", [OK + b"\r\n", OK + b"A: ", ERROR + b"\r\n"])
def test_an_answer_byte_by_byte_ends(client, raw_server, monkeypatch, first):
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    url = raw_server(first, b" ", 0.05)
    before = set(threading.enumerate())
    with pytest.raises(client.ServerError, match="no answer within 0.3 seconds"):
        client.call_rest(url, "style", {"reference_bytes": b"x"})
    if not first.endswith(b"A: "):  # nor does what has come stay in memory
        waiting = set(threading.enumerate()) - before
        waiting = [thread for thread in waiting if thread.name == "serving_client"]
        for thread in waiting:
            thread.join(5)
        assert not any(thread.is_alive() for thread in waiting)


@pytest.mark.parametrize("name", ["sketches/a.png", "hints/a.png"])
def test_a_file_that_is_no_picture_by_its_size_ends_nothing(paint, pictures, name):
    (pictures / "hints").mkdir()
    (pictures / name).touch()
    os.truncate(pictures / name, 100_000_001)
    code, out, err = paint("out", "--hints", pictures / "hints")
    assert (code, out) == (1, f"{pictures / 'out' / 'b.png'}\n")
    sketch = pictures / "sketches" / "a.png"
    assert err == f"{sketch} not painted: {pictures / name}: more than 100 MB\n"


def test_a_reference_that_is_no_picture_by_its_size_is_a_sentence(paint, pictures):
    os.truncate(pictures / "reference.png", 100_000_001)
    code, out, err = paint("out")
    assert (code, out) == (1, "")
    assert "reference.png: more than 100 MB" in err and err.count("\n") == 1


@pytest.fixture
def grpc_server(client):
    """Function of a function of a signature's name that gives an answer's outputs."""
    grpc = pytest.importorskip("grpc")
    predict_pb2 = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    from tensorflow_serving.apis import prediction_service_pb2_grpc as services

    started = []

    def serve(answer):
        class Service(services.PredictionServiceServicer):
            def Predict(self, request, context):  # noqa: N802
                response = predict_pb2.PredictResponse()
                outputs = answer(request.model_spec.signature_name)
                for name, tensor in outputs.items():
                    response.outputs[name].CopyFrom(tensor)
                return response

        server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
        services.add_PredictionServiceServicer_to_server(Service(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        started.append(server)
        return f"127.0.0.1:{port}"

    yield serve
    for server in started:
        server.stop(None)


def test_what_grpc_takes_is_named(client, pictures, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc", None)
    arguments = [pictures / "sketches", pictures / "reference.png", pictures / "out"]
    assert client.main([*map(str, arguments), "--grpc", "127.0.0.1:1"]) == 1
    error = capsys.readouterr().err
    assert "pip install tensorflow-serving-api" in error and error.count("\n") == 1


def test_paintings_of_any_size_come_over_grpc(client, grpc_server):
    painting = client.PNG + bytes(6_000_000)
    answer = {"painting_bytes": tf.make_tensor_proto([painting])}
    server = grpc_server(lambda signature: answer)
    found = client.call_grpc(server, "paint_bytes", {"sketch_bytes": b""})
    assert found == {"painting_bytes": painting}


def tensor(dtype, shape, **values):
    dims = [tensor_shape_pb2.TensorShapeProto.Dim(size=size) for size in shape]
    shape = tensor_shape_pb2.TensorShapeProto(dim=dims)
    return tensor_pb2.TensorProto(dtype=dtype, tensor_shape=shape, **values)


FLOAT, STRING, RESOURCE = 1, 7, 20  # of TensorFlow's enumeration
BAD_TENSORS = {
    "scalar": tensor(STRING, [], string_val=[SIGNATURE]),
    "empty": tensor(STRING, [0]),
    "other content": tensor(FLOAT, [3], tensor_content=b"abc"),
    "huge": tensor(FLOAT, [1 << 40], float_val=[1.0]),
    "large": tensor(FLOAT, [20_000_000], float_val=[1.0]),
    "over a million": tensor(FLOAT, [1_000_001], float_val=[1.0]),
    "negative": tensor(FLOAT, [-1, -1], float_val=[1.0, 2.0]),
    "no dtype": tensor(0, [1]),
    "unknown dtype": tensor(99, [1]),
    "resource": tensor(RESOURCE, [1]),
}


@pytest.mark.parametrize("kind", BAD_TENSORS)
def test_a_bad_tensor_is_a_sentence_and_ends_nothing(
    client, grpc_server, pictures, capsys, kind
):
    answers = [
        {"hint": tf.make_tensor_proto([[0.0]])},
        {"painting_bytes": BAD_TENSORS[kind]},
        {"painting_bytes": tf.make_tensor_proto([png()])},
        {"hint": BAD_TENSORS[kind]},
    ]
    server = grpc_server(lambda signature: answers.pop(0))
    arguments = [pictures / "sketches", pictures / "reference.png", pictures / "out"]
    arguments = [*map(str, arguments), "--grpc", server]
    assert client.main(arguments) == 1
    printed, error = capsys.readouterr()
    assert printed == f"{pictures / 'out' / 'b.png'}\n"
    sketch = pictures / "sketches" / "a.png"
    assert error.startswith(f"{sketch} not painted: {server}: no answer of the model")
    assert client.main(arguments) == 1
    assert "no answer of the model" in capsys.readouterr().err


def test_all_outputs_of_an_answer_count(client, grpc_server):
    half = tensor(FLOAT, [600_000], float_val=[1.0])
    server = grpc_server(lambda signature: {"hint": half})
    assert client.call_grpc(server, "style", {})["hint"] == 1
    server = grpc_server(lambda signature: {"hint": half, "places": half})
    with pytest.raises(client.ServerError, match="600000, 600000. values"):
        client.call_grpc(server, "style", {})


@pytest.mark.long
@pytest.mark.slow
def test_a_folder_is_painted_over_rest(
    client, signatures, pictures, weights_folder, capsys
):
    server = rest_server.build_server(signatures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    arguments = [pictures / "sketches", pictures / "reference.png", pictures / "out"]
    (pictures / "sketches" / "aa.png").write_bytes(b"no picture")
    assert client.main([*map(str, arguments), "--rest", server.address]) == 1
    server.shutdown()
    server.server_close()
    assert "sketch_bytes: not a PNG" in capsys.readouterr().err
    assert server.asked == ["style", *["paint_bytes"] * 3]  # one picture a request
    check_painted(pictures, weights_folder)


@pytest.mark.slow
def test_a_folder_is_painted_over_grpc(client, signatures, pictures, weights_folder):
    grpc = pytest.importorskip("grpc")
    predict_pb2 = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    from tensorflow_serving.apis import prediction_service_pb2_grpc as services

    asked = []

    class Service(services.PredictionServiceServicer):
        def Predict(self, request, context):  # noqa: N802
            asked.append(request.model_spec.signature_name)
            inputs = {
                name: tf.constant(tf.make_ndarray(proto))
                for name, proto in request.inputs.items()
            }
            response = predict_pb2.PredictResponse()
            outputs = signatures[request.model_spec.signature_name](**inputs)
            for name, value in outputs.items():
                response.outputs[name].CopyFrom(tf.make_tensor_proto(value.numpy()))
            return response

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
    services.add_PredictionServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    (pictures / "hints").mkdir()
    hints = hints_from_points([(20, 30, "#d02040")], (70, 50))
    PIL.Image.fromarray(hints).save(pictures / "hints" / "b.png")
    arguments = [pictures / "sketches", pictures / "reference.png", pictures / "out"]
    arguments += ["--hints", pictures / "hints", "--grpc", f"127.0.0.1:{port}"]
    client.main([*map(str, arguments)])
    server.stop(None)
    assert asked == ["style", "paint_bytes", "paint_bytes"]
    check_painted(pictures, weights_folder)


@pytest.mark.long
@pytest.mark.slow
def test_the_documented_commands_paint_the_examples(model, weights_folder, tmp_path):
    root = CLIENT.parent.parent
    (commands,) = re.findall(
        r"((?:    .*\n)*    curl .*-d @request.json.*\n(?:    .*\n)*)",
        (root / "docs" / "serving.md").read_text(),
    )
    server = subprocess.Popen(
        [sys.executable, str(root / "tests" / "rest_server.py"), model],
        stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    (tmp_path / "examples").symlink_to(root / "examples")
    try:
        address = server.stdout.readline().strip()
        script = commands.replace("http://127.0.0.1:8501", address)
        assert script != commands
        subprocess.run(["bash", "-ec", script], check=True, cwd=tmp_path)
    finally:
        server.kill()
        server.communicate()
    expected = Painter(weights_folder, 64).paint(
        root / "examples" / "sketches" / "aiko.png",
        root / "examples" / "references" / "blossom.png",
    )
    painted = PIL.Image.open(tmp_path / "painting.png")
    assert np.abs(np.asarray(painted, int) - np.asarray(expected, int)).max() <= 1
