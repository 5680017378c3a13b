import html
import http.cookiejar
import io
import json
import os
import pathlib
import re
import urllib.error
import urllib.request
import uuid

import numpy as np
import PIL.Image
import pytest

pytest.importorskip("gradio", reason="gradio is not installed")

from keras_s2p.apps import page_files
from keras_s2p.apps import page_server as limits
from keras_s2p.common import shipped

META = {"meta": {"_type": "gradio.FileData"}}
SLOTS = 4  # of references


class Visitor:
    """Sends requests to the page as a browser does, or as it does not."""

    def __init__(self, server):
        self.root = server.address.rstrip("/") + "/gradio_api"
        self.session = uuid.uuid4().hex
        self.cookies = http.cookiejar.CookieJar()
        keeper = urllib.request.HTTPCookieProcessor(self.cookies)
        self.open = urllib.request.build_opener(keeper).open
        with self.open(server.address + "/config") as response:
            self.config = json.load(response)
        self.events, self.handlers = {}, {}
        self.restored, self.tab = False, "file"
        self.endpoints = {}  # by name, those for programs
        for number, each in enumerate(self.config["dependencies"]):
            if each["api_visibility"] == "public":
                self.endpoints[each["api_name"]] = number
            for target, event in each["targets"]:
                if each["backend_fn"]:  # not a script of the browser's
                    self.events[target, event] = number
                    self.handlers.setdefault((target, event), []).append(number)

    @property
    def cookie(self):
        """The value of its header."""
        return "; ".join(f"{each.name}={each.value}" for each in self.cookies)

    def find(self, **wanted):
        """The number of the component with these properties."""
        (found,) = [
            each["id"]
            for each in self.config["components"]
            if all(each["props"].get(key) == value for key, value in wanted.items())
        ]
        return found

    def find_saved(self):
        """The id of what the browser keeps."""
        (saved,) = [
            each["id"]
            for each in self.config["components"]
            if each["type"] == "browserstate"
        ]
        return saved

    def find_restore(self):
        """The number of the event that brings back what the browser kept."""
        saved = self.find_saved()
        (number,) = [
            n
            for n, each in enumerate(self.config["dependencies"])
            if each["inputs"] == [saved]
        ]
        return number

    def post(self, path, data, kind="application/json"):
        request = urllib.request.Request(
            self.root + path, data, {"Content-Type": kind}, method="POST"
        )
        with self.open(request) as response:
            return json.load(response)

    def post_form(self, path, data, file="sketch.png", **fields):
        """Sends a file and fields as a form."""
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        head = f'name="files"; filename="{file}"'
        parts.append(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n")
        body = "".join(parts).encode() + data + b"\r\n--x--\r\n"
        return self.post(path, body, "multipart/form-data; boundary=x")

    def ask(self, event, data, event_data=None):
        """What an event of the page gives: its outputs, or the sentence of an error."""
        return self.ask_number(self.events[event], data, event_data)

    def ask_number(self, number, data, event_data=None):
        join = {"data": data, "fn_index": number, "session_hash": self.session}
        join["event_data"] = event_data
        self.post("/queue/join", json.dumps(join).encode())
        return self.listen(self.session)

    def listen(self, session):
        """What comes of the request that a session waits for."""
        url = f"{self.root}/queue/data?session_hash={session}"
        with self.open(url, timeout=120) as response:
            for line in response:
                message = line.startswith(b"data: ") and json.loads(line[6:])
                if message and message["msg"] == "process_completed":
                    output = message["output"]
                    return output["data"] if message["success"] else output["error"]

    def fill(self, number, given):
        """The inputs of an event: those given by id, the others as they begin."""
        values = {
            each["id"]: each["props"].get("value") for each in self.config["components"]
        }
        wanted = self.config["dependencies"][number]["inputs"]
        return [given.get(each, values.get(each)) for each in wanted]

    def follow(self, number, given):
        """The painting's event that follows another one, and what it gives."""
        (after,) = self.find_after(number, self.find(elem_id="painting"))
        return after, self.ask_number(after, self.fill(after, given))

    def find_after(self, number, output):
        """The numbers of the events that follow another one and give an output."""
        return [
            n
            for n, each in enumerate(self.config["dependencies"])
            if each["trigger_after"] == number and output in each["outputs"]
        ]

    def paint(self, sketch=None, references=(), drawing=None, size=64, click=None):
        """The painting, or the sentence of an error.

        Args:
            click: [x, y], of a hint: the painting is clicked, not the button.
        """
        names = ["reference", *(f"reference-{n}" for n in range(2, 1 + SLOTS))]
        slots = [*references, *[None] * SLOTS][:SLOTS]
        given = {self.find(elem_id=f"{n}-file"): x for n, x in zip(names, slots)}
        given.update(
            {
                self.find(elem_id="sketch-file"): sketch,
                self.find(elem_id="drawing"): drawing,
                self.find(elem_id="tab"): self.tab,
                self.find(elem_id="size"): size,
                self.find(elem_id="colour"): "#ff0000",
            }
        )
        number = self.events[self.find(elem_id="paint"), "click"]
        if not self.restored:
            self.ask_number(self.find_restore(), [None])  # as it is opened
            self.restored = True
        if click:
            number = self.events[self.find(elem_id="painting"), "select"]
            event = {"index": click, "value": None}
            self.ask_number(number, self.fill(number, given), event)
            number, found = self.follow(number, given)
        else:
            found = self.ask_number(number, self.fill(number, given))
        if isinstance(found, str):
            return found
        outputs = dict(zip(self.config["dependencies"][number]["outputs"], found))
        error = outputs[self.find(elem_id="error")]
        painting = outputs[self.find(elem_id="painting")]
        if "visible" not in error:  # what is asked for is there
            return self.shown
        if not error["visible"]:
            self.shown = painting
            return painting
        assert painting is None  # no stale painting
        return html.unescape(re.fullmatch("<div role.*?>(.*)</div>", error["value"])[1])

    def draw(self):
        """Chooses the drawing board."""
        self.tab = "draw"  # which the browser knows at once
        for number in self.handlers[self.find(label="Draw it"), "select"]:
            self.ask_number(number, self.fill(number, {}))

    def upload(self, data, name="sketch.png"):
        return {"path": self.post_form("/upload", data, name)[0], **META}

    def send_drawing(self, data, part="composite", index="null"):
        """Sends a part of a drawing; gives the value of the board."""
        name = uuid.uuid4().hex
        self.post_form(
            "/component_server", data, type=part, index=index, id=name,
            component_id=self.find(elem_id="drawing"), session_hash=self.session,
            fn_name="accept_blobs",
        )  # fmt: skip
        return {"background": None, "layers": [], "composite": None, "id": name}


def encode(picture, image_format="PNG"):
    file = io.BytesIO()
    picture.save(file, image_format)
    return file.getvalue()


def drawn():
    pixels = np.full((40, 50, 3), 255, np.uint8)
    pixels[20] = 0
    return PIL.Image.fromarray(pixels)


@pytest.fixture
def visitor(page_server):
    return Visitor(page_server)


@pytest.fixture
def forbidden(page_server, visitor, tmp_path):
    """Paths that a visitor may not have opened, of pictures and others."""
    folder = tmp_path / "private"
    folder.mkdir()
    cache = page_server.cache
    own = pathlib.Path(visitor.upload(encode(drawn()))["path"]).parents[1]
    assert own.parent == cache
    beside = own.with_name(own.name + "_of_another")
    beside.mkdir()
    inner = own / "inner"
    inner.mkdir()
    other = Visitor(page_server)
    of_others = other.upload(encode(drawn()))
    painting = other.paint(of_others, [of_others])["path"]
    for place in (folder, beside):
        drawn().save(place / "private.png")
    (inner / "link.png").symlink_to(folder / "private.png")
    (inner / "folder").symlink_to(folder)
    os.mkfifo(inner / "pipe.png")
    private = str(folder / "private.png")
    return [
        private,
        os.path.relpath(private),
        f"{cache}/{os.path.relpath(private, cache)}",
        str(beside / "private.png"),
        of_others["path"],
        painting,
        os.path.join(inner, os.path.relpath(painting, inner)),
        *(str(inner / name) for name in ("link.png", "folder/private.png", "pipe.png")),
        str(inner / "missing.png"),
        str(folder / "missing.png"),
        str(inner),
        str(folder),
        os.path.join(shipped.EXAMPLES, "draw.py"),
        "/dev/zero",
        "http://127.0.0.1:9/a.png",
        "a\0b",
        "",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("meta", [META, {}, {"meta": 5}], ids=["meta", "none", "other"])
def test_other_files_of_the_machine_are_refused_in_one_sentence(
    visitor, forbidden, meta
):
    upload = visitor.upload(encode(drawn()))
    for path in forbidden:
        file = {"path": path, **meta}
        assert visitor.paint(file, [upload]) == page_files.REFUSAL, path
        for slot in range(SLOTS):
            references = [upload] * slot + [file]
            assert visitor.paint(upload, references) == page_files.REFUSAL, path


@pytest.mark.slow
@pytest.mark.parametrize("meta", [META, {}], ids=["meta", "none"])
def test_other_files_are_no_drawings(visitor, forbidden, meta):
    upload = visitor.upload(encode(drawn()))
    blank = {"background": None, "layers": [], "composite": None, "id": None}
    visitor.draw()
    for path in forbidden:
        file = {"path": path, **meta}
        for part in ({"background": file}, {"layers": [file]}, {"composite": file}):
            found = visitor.paint(None, [upload], {**blank, **part})
            assert found == page_files.REFUSAL, path


@pytest.mark.slow
def test_a_slot_that_an_example_was_clicked_into_takes_no_other_file_either(
    visitor, forbidden, page_server
):
    upload = visitor.upload(encode(drawn()))
    event = (visitor.find(elem_id="references"), "click")
    shown = visitor.ask(event, [0, None, *[None] * SLOTS])
    example = page_files.list_examples("references")[0]
    assert shown[0]["path"] == example
    assert visitor.paint(upload, [{"path": example, **META}])["path"]
    for slot in range(SLOTS):
        references = [upload] * slot + [{"path": forbidden[0]}]
        assert visitor.paint(upload, references) == page_files.REFUSAL
    script = visitor.upload(encode(drawn(), "EPS"))
    assert visitor.paint(upload, [upload, script]).startswith("sketch.png: not a pic")
    assert not page_server.started.exists()


@pytest.mark.slow
def test_no_click_and_no_program_opens_other_files(visitor, forbidden):
    upload = visitor.upload(encode(drawn()))
    event = {"index": [2, 2], "value": None}
    slot = visitor.find(elem_id="reference-file")
    for path in forbidden:
        file = {"path": path, **META}
        assert visitor.paint(file, [upload], click=[2, 2]) == page_files.REFUSAL
        assert visitor.paint(upload, [file], click=[2, 2]) == page_files.REFUSAL
        found = visitor.ask((slot, "select"), [file], event)
        assert found == page_files.REFUSAL
        for files in ([file], [upload, file]):
            found = visitor.ask_number(visitor.endpoints["paint"], files)
            assert found == page_files.REFUSAL
        slots = [file, *[None] * (SLOTS - 1)]
        assert visitor.ask((slot, "change"), slots) == page_files.REFUSAL
    assert set(visitor.endpoints) == {"paint"}


@pytest.mark.slow
def test_what_is_said_of_a_click_tells_nothing_of_other_files(
    visitor, forbidden, page_server
):
    upload = visitor.upload(encode(drawn()))
    select = (visitor.find(elem_id="reference-file"), "select")

    def pick(index, value):
        return visitor.ask(select, [upload], {"index": index, "value": value})

    told = [pick([2, 2], None), pick(None, None)]
    assert told[0] != told[1]
    before = page_server.log.read_text()
    longs = ["/etc/" + "b" * 300, "/nowhere/" + "b" * 300]
    for path in (*forbidden, *longs):
        file = {"path": path, **META}
        assert [pick([2, 2], file), pick(file, [file])] == told, path
        assert pick([2, file], None) == told[1], path
    assert page_server.log.read_text() == before


@pytest.mark.slow
def test_neither_several_sketches_nor_a_kept_state_opens_other_files(
    visitor, forbidden
):
    upload = visitor.upload(encode(drawn()))
    number = visitor.events[visitor.find(elem_id="several-paint"), "click"]
    files = visitor.find(elem_id="several-files")
    slot = visitor.find(elem_id="reference-file")
    sketch = visitor.find(elem_id="sketch-file")
    load = visitor.find_restore()
    outputs = visitor.config["dependencies"][load]["outputs"]
    for path in forbidden:
        file = {"path": path, **META}
        for given in ({files: [file], slot: upload}, {files: [upload], slot: file}):
            found = visitor.ask_number(number, visitor.fill(number, given))
            assert found == page_files.REFUSAL
        state = {"files": [path] * (1 + SLOTS), "painted": True}
        found = dict(zip(outputs, visitor.ask_number(load, [state])))
        assert found[slot] is None and found[sketch] == {"__type__": "update"}
        state["files"] = [file]
        assert visitor.ask_number(load, [state]) == page_files.REFUSAL


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.svg", "x.SVG"])
def test_no_file_is_sent_back_as_text(visitor, name):
    load = visitor.find_restore()
    outputs = visitor.config["dependencies"][load]["outputs"]
    paths = [visitor.upload(b"<svg>", name=each)["path"] for each in (name, "x.png")]
    assert paths[0].endswith(name)
    state = {"files": [*paths, *[None] * (SLOTS - 1)]}
    found = dict(zip(outputs, visitor.ask_number(load, [state])))
    assert found[visitor.find(elem_id="sketch-file")] == {"__type__": "update"}
    assert found[visitor.find(elem_id="reference-file")]["path"] == paths[1]
    state = {"files": [paths[1], *[paths[0]] * SLOTS]}
    found = dict(zip(outputs, visitor.ask_number(load, [state])))
    assert found[visitor.find(elem_id="sketch-file")]["path"] == paths[1]
    assert found[visitor.find(elem_id="reference-file")] is None


@pytest.mark.slow
def test_no_program_goes_past_the_queue(visitor):
    upload = visitor.upload(encode(drawn()))
    given = {"data": [upload, upload, None, 1.0, True, True]}
    body = json.dumps({**given, "fn_index": visitor.endpoints["paint"]}).encode()
    for path in ("/run/paint", "/api/paint"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            visitor.post(path, body)
        assert b"join the queue" in caught.value.read()
    assert "event_id" in visitor.post("/call/paint", json.dumps(given).encode())
    number = visitor.find(elem_id="drawing")
    server = {"data": {}, "component_id": number, "fn_name": "accept_blobs"}
    server["session_hash"] = visitor.session
    assert visitor.post("/component_server", json.dumps(server).encode()) is None


@pytest.mark.slow
def test_a_click_is_a_hint_that_the_session_keeps(visitor):
    upload = visitor.upload(encode(drawn()))
    painted = visitor.paint(upload, click=[10, 8])
    with PIL.Image.open(painted["path"]) as image:
        assert image.getpixel((10, 8)) == (255, 0, 0)
    painted = visitor.paint(upload, [upload])
    with PIL.Image.open(painted["path"]) as image:
        assert image.getpixel((10, 8)) == (255, 0, 0)
    assert visitor.paint(upload, click=[60, 8]) == "hint 60,8: outside 50 x 40 pixels"


@pytest.mark.slow
def test_a_click_is_kept_by_the_browser_before_it_is_painted(visitor):
    upload = visitor.upload(encode(drawn()))
    given = {visitor.find(elem_id="sketch-file"): upload}
    given[visitor.find(elem_id="colour")] = "#ff0000"
    saved, config = visitor.find_saved(), visitor.config["dependencies"]
    visitor.ask_number(visitor.find_restore(), [None])
    for slot in ("painting", "sketch-file"):
        number = visitor.events[visitor.find(elem_id=slot), "select"]
        event = {"index": [2, 3], "value": None}
        visitor.ask_number(number, visitor.fill(number, given), event)
        found = visitor.find_after(number, saved)
        (save,) = [each for each in found if config[each]["outputs"] == [saved]]
        (found,) = visitor.ask_number(save, visitor.fill(save, given))
        kept = [hint[:2] for hint in found["hints"]]
        assert kept[-1] == [2, 3] and found["files"][0] == upload["path"]
    # And so is what a slider says, when it is let go.
    strength = visitor.find(elem_id="strength")
    releases = visitor.handlers[strength, "release"]
    assert any(config[number]["outputs"] == [saved] for number in releases)


@pytest.mark.slow
def test_programs_paint_through_the_endpoint(page_server, tmp_path):
    client_of = pytest.importorskip("gradio_client", reason="gradio_client is missing")
    drawn().save(tmp_path / "sketch.png")
    file = client_of.handle_file(str(tmp_path / "sketch.png"))
    client = client_of.Client(
        page_server.address, verbose=False, download_files=str(tmp_path / "got")
    )

    def paint(**given):
        with PIL.Image.open(client.predict(api_name="/paint", **given)) as image:
            assert image.format == "PNG" and image.size == (50, 40)
            return np.asarray(image.convert("RGB")).astype(int)

    plain = paint(sketch=file, reference=file)
    hinted = paint(sketch=file, hints=[[10, 8, "#ff0000"]], strength=0.5)
    assert np.abs(hinted[3:16, 3:40] - (255, 0, 0)).mean() < 20
    assert np.abs(plain[3:16, 3:40] - (255, 0, 0)).mean() > 60
    for given, sentence in (
        ({"sketch": file}, "The reference is missing"),
        ({"sketch": file, "hints": [[10, 8]]}, "hints: must be a list of"),
        ({"sketch": file, "hints": [[10, 8, "x"]]}, "must be like #c04050"),
        ({"sketch": file, "reference": file, "strength": 2}, "between 0 and 1"),
        ({"sketch": file, "reference": file, "palette": "no"}, "palette: must be true"),
    ):
        with pytest.raises(client_of.exceptions.AppError, match=sentence):
            paint(**given)


@pytest.mark.slow
def test_uploads_and_examples_are_painted(visitor):
    upload = visitor.upload(encode(drawn()))
    painted = visitor.paint(upload, [upload])
    assert painted["path"].endswith("sketch_painted.png")
    with PIL.Image.open(painted["path"]) as image:
        assert image.size == (50, 40)
    sketch, reference = (
        {"path": page_files.list_examples(kind)[0], **META} for kind in page_files.KINDS
    )
    assert visitor.paint(sketch, [None, reference])["path"]
    hidden = visitor.upload(encode(drawn()), name=".sketch.png")
    assert visitor.paint(hidden, [hidden])["path"].endswith("/_.sketch_painted.png")


@pytest.mark.slow
def test_drawings_are_painted_and_blank_ones_are_missing(visitor):
    upload = visitor.upload(encode(drawn()))
    visitor.draw()
    sent = visitor.send_drawing(encode(drawn()))
    assert visitor.paint(None, [upload], sent)["path"].endswith("drawing_painted.png")
    assert visitor.paint(None, [upload], sent).startswith("The sketch is missing")
    blank = {"background": None, "layers": [], "composite": None, "id": None}
    assert visitor.paint(None, [upload], blank).startswith("The sketch is missing")
    assert visitor.paint(None, [upload], {**blank, "composite": upload})["path"]
    white = visitor.send_drawing(encode(PIL.Image.new("RGB", (40, 40), "white")))
    assert visitor.paint(None, [upload], white).startswith("The sketch is missing")


@pytest.mark.slow
def test_no_upload_or_drawing_starts_a_program(visitor, page_server):
    script, upload = (visitor.upload(encode(drawn(), kind)) for kind in ("EPS", "PNG"))
    message = "sketch.png: not a picture that can be read"
    assert visitor.paint(script, [upload]) == message
    assert visitor.paint(upload, [script]) == message
    visitor.draw()
    for part in ("composite", "background", "layer"):
        sent = visitor.send_drawing(encode(drawn(), "EPS"), part, "0")
        assert isinstance(visitor.paint(None, [upload], sent), str)
    blank = {"background": None, "layers": [script], "composite": upload, "id": None}
    visitor.paint(None, [upload], {**blank, "background": script})
    assert not page_server.started.exists()


@pytest.mark.slow
def test_large_drawings_take_little_memory(visitor, page_server):
    def peak():
        status = pathlib.Path(f"/proc/{page_server.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    upload = visitor.upload(encode(drawn()))
    visitor.paint(upload, [upload])
    huge = encode(PIL.Image.new("1", (13_000, 13_000)))
    before = peak()
    visitor.draw()
    for _ in range(8):
        sent = visitor.send_drawing(huge)
        found = visitor.paint(None, [upload], sent)
        assert "drawing: 13000 x 13000 pixels; at most 16 million" in found
        visitor.send_drawing(huge, "layer", str(10**9))
    assert visitor.paint(visitor.upload(huge), [upload])
    assert peak() - before < 200_000_000


@pytest.mark.slow
def test_settings_that_no_slider_gives_are_refused(visitor):
    upload = visitor.upload(encode(drawn()))
    for size in (10_000, 0, -64, "64", None):
        found = visitor.paint(upload, [upload], size=size)
        assert found == "A setting is not between 64 and 512."


def test_few_drawings_are_kept(monkeypatch):
    import gradio as gr

    monkeypatch.setattr(page_files, "MAX_DRAWINGS", 2)
    with gr.Blocks():
        drawings = page_files.Drawings(gr.Sketchpad())
    data = encode(drawn())
    for name in "abc":
        drawings.keep("composite", name, data)
    drawings.keep("background", "d", data)
    drawings.keep("composite", "e", bytes(page_files.MAX_DRAWING_SIZE + 1))
    assert page_files.MAX_DRAWING_SIZE >= limits.MAX_DRAWN  # else 413 says so
    found = {name: drawings.take({"id": name}) for name in "abcde"}
    assert [name for name, pixels in found.items() if pixels is not None] == ["b", "c"]
    assert drawings.take({"id": "b"}) is None


def test_no_folder_of_a_drawing_that_can_not_be_read_is_told(tmp_path, monkeypatch):
    import gradio as gr

    path = tmp_path / "composite.png"
    path.write_text("not a picture")
    monkeypatch.setattr(page_files, "find_file", lambda _: str(path))
    with gr.Blocks():
        drawings = page_files.Drawings(gr.Sketchpad())
    with pytest.raises(ValueError, match="^composite.png: not a picture"):
        drawings.take({"composite": {"path": str(path)}})
