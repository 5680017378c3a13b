"""Paints a folder of sketches after one reference through TensorFlow Serving.

python examples/serving_client.py SKETCHES REFERENCE OUT --rest http://127.0.0.1:8501
python examples/serving_client.py SKETCHES REFERENCE OUT --grpc 127.0.0.1:8500

The reference's style is asked for once. a.png is painted into OUT/a.png, or into
OUT/a.png.png if there is a.jpg too. --hints FOLDER has, by sketches' names, pictures
of their sizes that are transparent but where an area shall have the colour drawn there.
Only regular files in OUT are replaced: no link, and nothing that is read here.
Over gRPC: pip install tensorflow-serving-api.
"""

import argparse
import base64
import collections
import contextlib
import functools
import http.client
import json
import os
import pathlib
import shutil
import stat
import sys
import tempfile
import time
import urllib.error
import urllib.request

EXTENSIONS = (".png", ".jpg", ".jpeg")
PARTIAL = ".serving_client."  # begins the name of a folder for what is being written
PNG = b"\x89PNG\r\n\x1a\n"  # begins each painting
TIMEOUT = 300  # seconds; the first request of a signature takes the longest


class ServerError(Exception):
    """The server's answer is no painting; the text says why."""


def call_rest(server, signature, inputs):
    """The outputs by name; inputs are bytes or numbers."""
    instance = {
        name: {"b64": base64.b64encode(x).decode()} if isinstance(x, bytes) else x
        for name, x in inputs.items()
    }
    url = f"{server}/v1/models/keras_s2p:predict"
    try:  # the style in the inputs, too, was an answer
        body = json.dumps({"signature_name": signature, "instances": [instance]})
        with urllib.request.urlopen(url, body.encode(), TIMEOUT) as response:
            outputs = json.load(response)["predictions"][0]
        if "b64" in outputs:  # of a single output, which has no name
            outputs = {"painting_bytes": outputs}
        decode = functools.partial(base64.b64decode, validate=True)
        return {
            name: decode(x["b64"]) if isinstance(x, dict) else x
            for name, x in outputs.items()
        }
    except urllib.error.HTTPError as error:
        reason = error.read(10_000).decode(errors="replace") or error.reason
        raise ServerError(reason) from None
    except urllib.error.URLError as error:
        raise ServerError(f"{server}: {error.reason}") from None
    except (
        OSError, http.client.HTTPException, AttributeError, LookupError,
        RecursionError, TypeError, ValueError,
    ) as error:  # fmt: skip
        raise ServerError(f"{server}: no answer of the model ({error!r})") from None


def call_grpc(server, signature, inputs):
    """As call_rest, over gRPC."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest()
    request.model_spec.name = "keras_s2p"
    request.model_spec.signature_name = signature
    for name, x in inputs.items():
        batch = [x] if isinstance(x, bytes) else x[None]
        request.inputs[name].CopyFrom(tf.make_tensor_proto(batch))
    try:
        # gRPC itself would take no painting of more than 4 MB.
        options = [("grpc.max_receive_message_length", -1)]
        with grpc.insecure_channel(server, options) as channel:
            service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            outputs = service.Predict(request, TIMEOUT).outputs
    except grpc.RpcError as error:
        raise ServerError(f"{server}: {error.details()}") from None
    return {name: tf.make_ndarray(x)[0] for name, x in outputs.items()}


def list_files(folder):
    """Paths of the files of a folder and of links to files, sorted; [] for None."""
    return sorted(x for x in folder.iterdir() if x.is_file()) if folder else []


def plan(sketches, out):
    """(sketch, painting) for every PNG and JPEG of a folder; no painting twice."""
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


def write(path, data):
    """Writes a file whole or not at all."""
    with tempfile.TemporaryDirectory("", PARTIAL, path.parent) as folder:
        partial = pathlib.Path(folder, "painting.png")  # with the umask's permissions
        partial.write_bytes(data)
        check_replaceable(path)
        os.replace(partial, path)


def show(text):
    """Text as one line that moves nothing in a terminal, whatever a name has in it."""
    return "".join(x if x.isprintable() else repr(x)[1:-1] for x in str(text))


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
    if not args.reference.is_file():
        parser.error(f"{args.reference}: no such file")
    for folder in filter(None, (args.sketches, args.hints)):
        if not folder.is_dir():
            parser.error(f"{folder}: no such folder")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # for any name
    call, server = (call_rest, args.rest) if args.rest else (call_grpc, args.grpc)

    try:
        style = call(server, "style", {"reference_bytes": args.reference.read_bytes()})
        args.out.mkdir(parents=True, exist_ok=True)
        clean(args.out)
        todo = plan(args.sketches, args.out)
        hints = {path.name: path for path in list_files(args.hints)}
    except (OSError, ServerError) as error:
        print(show(f"{args.reference} and {args.out}: {error}"), file=sys.stderr)
        return 1
    read = set(map(identify, [args.reference, *dict(todo), *hints.values()]))
    read.discard(None)
    unused = sorted(set(hints) - {f"{path.stem}.png" for path, _ in todo})
    unused = [
        hints[name] for name in unused if hints[name].suffix.lower() in EXTENSIONS
    ]
    for path in unused:
        print(show(f"{path}: hints of no sketch"), file=sys.stderr)
    failed = len(unused)
    kept = {painting for _, painting in todo if identify(painting) in read}
    for path, painting in todo:
        try:
            if painting in kept:
                raise FileExistsError(f"{painting} is read; choose another OUT")
            check_replaceable(painting)
            hint = hints.get(f"{path.stem}.png")
            inputs = {
                "sketch_bytes": path.read_bytes(),
                "hints_bytes": hint.read_bytes() if hint else b"",
                **style,
            }
            painted = call(server, "paint_bytes", inputs)
            data = painted.get("painting_bytes")
            if not isinstance(data, bytes) or not data.startswith(PNG):
                raise ServerError(f"{server}: no painting in the answer")
            write(painting, data)
            print(show(painting))
        except (OSError, ServerError) as error:
            print(show(f"{path} not painted: {error}"), file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped; every painting written so far is whole")
