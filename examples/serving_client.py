"""Paints a folder of sketches after one reference through TensorFlow Serving.

python examples/serving_client.py SKETCHES REFERENCE OUT --rest http://127.0.0.1:8501
python examples/serving_client.py SKETCHES REFERENCE OUT --grpc 127.0.0.1:8500

The reference's style is asked for once. a.png is painted into OUT/a.png, or into
OUT/a.png.png if there is a.jpg too. --hints FOLDER has, by sketches' names, pictures
of their sizes that are transparent but where an area shall have the colour drawn there:
for a.jpg a.jpg.png, or a.png if no other sketch is called a.
Only regular files in OUT are replaced: no link, and nothing that is read here.
Over gRPC: pip install tensorflow-serving-api.
"""

import argparse
import base64
import collections
import concurrent.futures
import contextlib
import functools
import http.client
import json
import math
import os
import pathlib
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib

EXTENSIONS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif")
OTHERS = (
    ".webp", ".tif", ".tiff", ".gif", ".bmp", ".avif", ".psd", ".psb", ".ora", ".kra",
    ".clip", ".sai", ".sai2", ".xcf", ".heic", ".heif", ".jp2", ".jxl", ".tga", ".svg",
    ".eps", ".apng", ".ppm", ".exr",
)  # fmt: skip
PARTIAL = ".serving_client."  # begins the name of a folder for what is being written
# What TensorFlow says of where an error was, and around what it was.
WHERE = ("[[", "Graph execution error:", "Detected at node", "<stack traces")
ASSERTION = re.compile(r"assertion failed: \[(.*?)\]")
PNG = b"\x89PNG\r\n\x1a\n"  # before the parts of a painting
TIMEOUT = 300  # seconds; the first request of a signature takes the longest
MAX_PICTURE = 100_000_000  # bytes of a file
MAX_ANSWER = 200_000_000  # bytes
MAX_VALUES = 1_000_000  # of an answer: few bytes can say many; a style has 300 000
NO_ANSWER = (
    ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip


class ServerError(Exception):
    """The server's answer is no painting; the text says why."""


def call_rest(server, signature, inputs):
    """The outputs by name; inputs are bytes or numbers."""
    instance = {
        name: {"b64": base64.b64encode(x).decode()} if isinstance(x, bytes) else x
        for name, x in inputs.items()
    }
    url = f"{server.rstrip('/')}/v1/models/keras_s2p:predict"
    try:  # the style in the inputs, too, was an answer
        body = json.dumps({"signature_name": signature, "instances": [instance]})
        answer = within(TIMEOUT, post, url, body.encode())
        if sum(map(answer.count, (b",", b"[", b"{"))) > MAX_VALUES:
            raise ValueError("too many values")
        outputs = json.loads(answer)["predictions"][0]
        if "b64" in outputs:  # of a single output, which has no name
            outputs = {"painting_bytes": outputs}
        decode = functools.partial(base64.b64decode, validate=True)
        return {
            name: decode(x["b64"]) if isinstance(x, dict) else x
            for name, x in outputs.items()
        }
    except urllib.error.URLError as error:
        raise ServerError(f"{server}: {error.reason}") from None
    except concurrent.futures.TimeoutError:
        raise ServerError(f"{server}: no answer within {TIMEOUT} seconds") from None
    except (OSError, http.client.HTTPException, *NO_ANSWER) as error:
        raise ServerError(f"{server}: no answer of the model ({error!r})") from None


def within(seconds, function, *args):
    """What a function gives or raises; TimeoutError if it takes longer.

    A socket's own timeout begins anew with each byte that comes.
    """
    future = concurrent.futures.Future()

    def run():
        try:
            future.set_result(function(*args))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="serving_client", daemon=True).start()
    return future.result(seconds)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves an answer that points elsewhere as it is: urllib reads all of it first."""

    def redirect_request(self, *_):
        """Asks for nothing."""


def post(url, body):
    """The bytes of the answer to a request."""
    end = time.monotonic() + TIMEOUT
    try:
        opener = urllib.request.build_opener(NoRedirect)
        with opener.open(url, body, TIMEOUT) as response:
            answer = read_bytes(response, MAX_ANSWER + 1, end)
    except urllib.error.HTTPError as error:
        reason = read_bytes(error, 10_000, end).decode(errors="replace")
        raise ServerError(f"{url}: {find_reason(reason) or error.reason}") from None
    if len(answer) > MAX_ANSWER:
        raise ValueError(f"more than {MAX_ANSWER // 1_000_000} MB")
    return answer


def find_reason(text):
    """What a server says is wrong, of its JSON and without where in the graph."""
    with contextlib.suppress(*NO_ANSWER):
        text = str(json.loads(text)["error"])
    said = (line.strip() for line in text.splitlines())
    lines = [line for line in said if line and not line.startswith(WHERE)]
    return ASSERTION.sub(r"\1", "; ".join(lines))


def read_bytes(response, most, end):
    """The first bytes of an answer, also of one whose chunks have senseless sizes.

    TimeoutError at the end, of time.monotonic: nobody waits any more for what is kept.
    """
    answer = bytearray()
    while len(answer) < most:
        if time.monotonic() > end:
            raise concurrent.futures.TimeoutError
        part = response.read1(min(most - len(answer), 1_000_000))
        if not part:
            break
        answer += part
    return bytes(answer)


def call_grpc(server, signature, inputs):
    """As call_rest, over gRPC."""
    try:
        import grpc
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
    except ImportError as error:
        text = f"--grpc: {error}; pip install tensorflow-serving-api"
        raise ServerError(text) from None

    request = predict_pb2.PredictRequest()
    request.model_spec.name = "keras_s2p"
    request.model_spec.signature_name = signature
    try:
        for name, x in inputs.items():
            batch = [x] if isinstance(x, bytes) else x[None]
            request.inputs[name].CopyFrom(tf.make_tensor_proto(batch))
        # gRPC itself would take no painting of more than 4 MB.
        options = [("grpc.max_receive_message_length", MAX_ANSWER)]
        with grpc.insecure_channel(server, options) as channel:
            service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            outputs = service.Predict(request, TIMEOUT).outputs
        counts = [
            math.prod(dim.size for dim in x.tensor_shape.dim) for x in outputs.values()
        ]
        if min(counts, default=1) <= 0 or sum(counts) > MAX_VALUES:
            raise ValueError(f"{counts} values")
        return {name: tf.make_ndarray(x)[0] for name, x in outputs.items()}
    except grpc.RpcError as error:
        raise ServerError(f"{server}: {find_reason(str(error.details()))}") from None
    except NO_ANSWER as error:
        raise ServerError(f"{server}: no answer of the model ({error!r})") from None


def open_at_once(path, flags):
    """As os.open, of what else is waited for, as some files of /proc are."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_picture(path):
    """The bytes of a file, if they are not more than a picture has."""
    with open(path, "rb", opener=open_at_once) as file:
        data = file.read(MAX_PICTURE + 1) or b""  # None where nothing has come yet
    if len(data) > MAX_PICTURE:
        raise OSError(f"{path}: more than {MAX_PICTURE // 1_000_000} MB")
    return data


def paint(call, server, path, hint, style):
    """The bytes of a sketch's painting; hint is the path of its hints, or None."""
    inputs = {
        **style,
        "sketch_bytes": read_picture(path),
        "hints_bytes": read_picture(hint) if hint else b"",
    }
    data = call(server, "paint_bytes", inputs).get("painting_bytes")
    if not (isinstance(data, bytes) and is_whole(data)):
        raise ServerError(f"{server}: no whole painting in the answer")
    return data


def is_whole(data):
    """Whether bytes are a PNG, all of whose parts are there, as their checksums say."""
    names, start = [], len(PNG)
    while start < len(data):
        end = start + 8 + int.from_bytes(data[start : start + 4], "big")
        if zlib.crc32(data[start + 4 : end]).to_bytes(4, "big") != data[end : end + 4]:
            return False
        names.append(data[start + 4 : start + 8])
        start = end + 4
    ends = names[:1] + names[-1:] == [b"IHDR", b"IEND"]
    return data.startswith(PNG) and ends and b"IDAT" in names


def match_hints(sketches, hints):
    """{sketch: its hints}: of a.jpg, a.jpg.png, or a.png if no other is called a."""
    found, taken = {}, set()
    hints = [path for path in hints if path.suffix == ".png"]
    for part, of_sketch in (("name", "name"), ("stem", "name"), ("stem", "stem")):
        named = {getattr(path, part): path for path in hints}
        counts = collections.Counter(getattr(path, of_sketch) for path in sketches)
        for path in sketches:
            key = getattr(path, of_sketch)
            hint = named.get(key) if counts[key] == 1 else None
            if hint and path not in found and hint not in taken:
                found[path] = hint
                taken.add(hint)
    return found


def list_files(folder):
    """Paths of the files of a folder and of links to files, sorted; [] for None."""
    return list(filter(os.path.isfile, list_names(folder)))


def list_names(folder):
    """Paths of what is in a folder, sorted, less hidden files, as ._a.png of macOS."""
    names = folder.iterdir() if folder else ()
    return sorted(path for path in names if not re.match(r"\.[^.]", path.name))


def find_others(folder):
    """(path, why) of what is called a picture and is not read, as links to nothing."""
    files = set(list_files(folder))
    for path in list_names(folder):
        kind = path.suffix.lower()
        if kind in EXTENSIONS and path not in files:
            yield path, "no file"
        elif kind in OTHERS:
            yield path, "neither PNG nor JPEG"


def plan(sketches, out):
    """(sketch, painting) for every PNG and JPEG of a folder; no painting twice.

    But A.png and a.png are one on a disk that ignores case, which is found as they are
    written.
    """
    paths = [x for x in list_files(sketches) if x.suffix.lower() in EXTENSIONS]
    # Without case, as a.png and A.png may be one file in OUT. A stem that is another
    # sketch's name counts, as that sketch may be painted into its whole name.
    names = [name.lower() for path in paths for name in (path.stem, path.name)]
    counts = collections.Counter(names)
    alone = {path for path in paths if counts[path.stem.lower()] == 1}
    return [(x, out / f"{x.stem if x in alone else x.name}.png") for x in paths]


def identify(path):
    """What tells a file from every other one, links followed; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def check_replaceable(path):
    """Raises FileExistsError for anything but a regular file, links not followed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise FileExistsError(f"{path} is a link or no regular file; it is left alone")


def clean(folder):
    """Removes what killed clients left half-written; living ones take no hour."""
    for path in folder.glob(f"{PARTIAL}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > 3600:
                shutil.rmtree(path)


def write(path, data, is_read):
    """Writes a file whole or not at all; none that a function says is read."""
    with tempfile.TemporaryDirectory("", PARTIAL, path.parent) as folder:
        partial = pathlib.Path(folder, "painting.png")  # with the umask's permissions
        partial.write_bytes(data)
        check_replaceable(path)
        if is_read(path):
            raise FileExistsError(f"{path} is read; choose another OUT")
        os.replace(partial, path)


def show(text):
    """Text as one line that moves nothing in a terminal, whatever a name has in it."""
    return "".join(x if x.isprintable() else repr(x)[1:-1] for x in str(text))


def report(text, stream="stdout"):
    """Prints a line, as long as somebody reads it."""
    try:
        print(show(text), file=getattr(sys, stream), flush=True)
    except OSError:
        setattr(sys, stream, open(os.devnull, "w"))


def main(argv=None) -> int:
    """Paints every PNG and JPEG of the folder; 1 if one could not be painted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("sketches", "reference", "out"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--hints", type=pathlib.Path, metavar="FOLDER")
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--rest", metavar="URL")
    server.add_argument("--grpc", metavar="HOST:PORT")
    args = parser.parse_args(argv)
    if not os.path.isfile(args.reference):  # pathlib raises where it may not look
        parser.error(f"{args.reference}: no such file")
    folders = [args.sketches, args.hints]
    for folder in filter(None, folders):
        if not os.path.isdir(folder):
            parser.error(f"{folder}: no such folder")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # for any name
    call, server = call_rest, args.rest
    if server is not None and not re.match("https?://", server, re.IGNORECASE):
        parser.error("--rest: a URL begins with http:// or https://")
    if server is None:
        call, server = call_grpc, args.grpc

    try:
        style = call(server, "style", {"reference_bytes": read_picture(args.reference)})
        args.out.mkdir(parents=True, exist_ok=True)
        clean(args.out)
        todo = plan(args.sketches, args.out)
        hints = list_files(args.hints)
    except (OSError, ServerError) as error:
        report(f"{args.reference} and {args.out}: {error}", "stderr")
        return 1
    read = set(map(identify, [args.reference, *dict(todo), *hints]))
    read.discard(None)
    hinted = match_hints(list(dict(todo)), hints)
    unused = [
        path
        for path in sorted(set(hints) - set(hinted.values()))
        if path.suffix.lower() in EXTENSIONS
    ]
    for path in unused:
        report(f"{path}: hints of no sketch", "stderr")
    others = [*find_others(args.sketches), *find_others(args.hints)]
    for path, why in others:
        report(f"{path}: {why}", "stderr")
    failed = len(unused) + len(others)
    if not todo:
        report(f"{args.sketches}: no PNG or JPEG in this folder", "stderr")
        failed += 1

    def is_read(path):  # also what came since, and where OUT leads by now
        inside = identify(path.parent) in map(identify, filter(None, folders))
        return identify(path) in read or (inside and os.path.lexists(path))

    painted = {}  # what tells a painting from others, and its path

    for path, painting in todo:
        try:
            if is_read(painting):
                raise FileExistsError(f"{painting} is read; choose another OUT")
            check_replaceable(painting)
            other = painted.get(identify(painting))
            if other:  # of a name that differs in case
                raise FileExistsError(f"{painting} is {other} on this disk")
            data = paint(call, server, path, hinted.get(path), style)
            write(painting, data, is_read)
            painted[identify(painting)] = painting
        except (OSError, ServerError) as error:
            report(f"{path} not painted: {error}", "stderr")
            failed += 1
        else:
            report(painting)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped; every painting written so far is whole")
