import base64
import functools
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest.mock

import numpy as np
import PIL.Image
import pytest
import rest_server
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from keras_s2p import export
from keras_s2p.common import images, locks
from keras_s2p.painting.hint_pictures import hints_from_points
from keras_s2p.painting.painter import Painter
from keras_s2p.painting.style import no_style
from keras_s2p.serving import graph_images
from keras_s2p.serving.painting_module import PaintingModule
from keras_s2p.serving.saved_model import SavedModelPainter

# Of the operations with state: the variables, checks, and what calls other operations.
STATEFUL_ALLOWED = {
    "Assert", "AssignVariableOp", "DisableCopyOnRead", "If", "MergeV2Checkpoints",
    "ReadVariableOp", "RestoreV2", "SaveV2", "StatefulPartitionedCall", "VarHandleOp",
    "While",
}  # fmt: skip
PAINT_ALONE = """
import sys, tensorflow as tf
folder, sketch, reference, out = sys.argv[1:]
read = lambda path: tf.constant([open(path, "rb").read()])
paint = tf.saved_model.load(folder).signatures["serving_default"]
painted = paint(sketch_bytes=read(sketch), reference_bytes=read(reference))
open(out, "wb").write(painted["painting_bytes"][0].numpy())
packages = {name.split(".")[0] for name in sys.modules}
assert not packages & {"keras_s2p", "tensorflow_addons"}
"""


@pytest.fixture(scope="module")
def exported(weights_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    assert export.main([str(folder), "--weights", weights_folder, "--size", "64"]) == 0
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Paths of two sketches of different sizes and of a reference."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    paths = []
    for name, shape in (("a", (150, 90)), ("b", (48, 64)), ("reference", (70, 80))):
        pixels = np.full((*shape, 3), 250, np.uint8)
        pixels[10:14], pixels[:, 30:33] = 20, 60
        if name == "reference":
            pixels[:] = rng.integers(0, 256, (7, 8, 3)).repeat(10, 0).repeat(10, 1)
        paths.append(str(folder / f"{name}.png"))
        PIL.Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def model(exported):
    return tf.saved_model.load(str(exported / "1"))


@pytest.fixture(scope="module")
def painters(exported, weights_folder):
    """The painter of the exported model, and the one of its weights."""
    return SavedModelPainter(exported / "1"), Painter(weights_folder, 64)


def read(path):
    return pathlib.Path(path).read_bytes()


def difference(one, two):
    return np.abs(np.asarray(one, int) - np.asarray(two, int)).max()


@pytest.mark.slow
def test_a_folder_of_versions_with_what_starts_a_server(exported, monkeypatch):
    names = {"1", "models.config", "docker-compose.yml"}
    assert {path.name for path in exported.iterdir()} == names
    # One bad picture would fail all requests that the server had batched with it.
    assert "batching" not in (exported / "docker-compose.yml").read_text()
    (exported / "models.config").write_text("edited")

    def save(module, folder, signatures):  # the first version took long enough
        pathlib.Path(folder, "saved_model.pb").touch()

    monkeypatch.setattr(export.painting_module, "PaintingModule", unittest.mock.Mock())
    monkeypatch.setattr(tf.saved_model, "save", save)
    export.export(None, str(exported))
    assert (exported / "2" / "saved_model.pb").exists()
    assert (exported / "models.config").read_text() == "edited"


@pytest.mark.slow
@pytest.mark.parametrize("sketch", [0, pytest.param(1, marks=pytest.mark.long)])
def test_tensorflow_alone_paints_the_same_pixels(
    exported, weights_folder, pictures, tmp_path, sketch
):
    out = tmp_path / "out.png"
    arguments = [str(exported / "1"), pictures[sketch], pictures[2], str(out)]
    subprocess.run(
        [sys.executable, "-c", PAINT_ALONE, *arguments], check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    expected = Painter(weights_folder, 64).paint(pictures[sketch], pictures[2])
    assert difference(PIL.Image.open(out), expected) <= 1


@pytest.mark.slow
def test_the_graph_has_core_operations_without_state(exported):
    saved = saved_model_pb2.SavedModel.FromString(
        (exported / "1" / "saved_model.pb").read_bytes()
    )
    graph = saved.meta_graphs[0].graph_def
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    names = {node.op for node in nodes}
    assert "Conv2D" in names and "DecodeImage" in names
    for name in names:
        assert ">" not in name, name  # an operation of a package
        definition = op_def_registry.get(name)
        assert not definition.is_stateful or name in STATEFUL_ALLOWED, name


@pytest.mark.slow
def test_mixed_sizes_in_one_batch_by_the_body_that_rest_takes(model, pictures):
    body = json.dumps(
        {
            "instances": [
                {
                    "sketch_bytes": {"b64": base64.b64encode(read(path)).decode()},
                    "reference_bytes": {
                        "b64": base64.b64encode(read(pictures[2])).decode()
                    },
                }
                for path in pictures[:2]
            ]
        }
    )
    columns = {
        name: tf.constant(
            [base64.b64decode(x[name]["b64"]) for x in json.loads(body)["instances"]]
        )
        for name in ("sketch_bytes", "reference_bytes")
    }
    painted = model.signatures["serving_default"](**columns)["painting_bytes"]
    sizes = [tf.io.decode_png(data).shape for data in painted]
    assert sizes == [(150, 90, 3), (48, 64, 3)]


@pytest.mark.slow
def test_a_grpc_request_runs_through_the_signature(model, pictures):
    predict_pb2 = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    request = predict_pb2.PredictRequest()
    for name, path in (
        ("sketch_bytes", pictures[1]), ("reference_bytes", pictures[2])
    ):  # fmt: skip
        request.inputs[name].CopyFrom(tf.make_tensor_proto([read(path)]))
    received = predict_pb2.PredictRequest.FromString(request.SerializeToString())
    inputs = {
        name: tf.constant(tf.make_ndarray(proto))
        for name, proto in received.inputs.items()
    }
    painted = model.signatures["serving_default"](**inputs)["painting_bytes"]
    assert tf.io.decode_png(painted[0]).shape == (48, 64, 3)


@pytest.mark.slow
def test_bad_bytes_are_named_and_the_model_goes_on(model, pictures):
    paint = model.signatures["serving_default"]
    good = tf.constant([read(pictures[1])])
    drawn = io.BytesIO()
    PIL.Image.new("RGB", (32, 32)).save(drawn, "JPEG", progressive=True)
    drawn = drawn.getvalue()
    scans = drawn[:-2] + b"\xff\xda\0\x08\1\1\0\1\x3f\0" * 200 + drawn[-2:]
    frames = io.BytesIO()  # TensorFlow would unpack all of them, of any size
    PIL.Image.new("L", (32, 32)).save(frames, "GIF")
    padded = read(pictures[1]) + bytes(graph_images.OTHER_SIZE + 8 * 64 * 48)
    bombs = (scans, frames.getvalue(), padded)
    for bad in (b"no picture", read(pictures[1])[:60], b"", *bombs):
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            paint(sketch_bytes=tf.constant([bad]), reference_bytes=good)
        assert "sketch_bytes" in str(caught.value)
    film = tf.constant([drawn + b"\xff\xda" * 1000])  # behind the end of a photograph
    for fine in (good, film):
        assert (
            paint(sketch_bytes=fine, reference_bytes=good)["painting_bytes"].shape == 1
        )


@pytest.mark.slow
def test_a_saved_model_painter_paints_as_painter_does(painters, pictures):
    one, two = painters
    np.testing.assert_allclose(one.hint(pictures[2]), two.hint(pictures[2]), atol=1e-4)
    styles = one.style(pictures[2]), two.style(pictures[2])
    for name in ("hint", "palette", "places"):
        parts = [getattr(style, name) for style in styles]
        np.testing.assert_allclose(*parts, atol=1e-3)
    data = tf.constant([read(pictures[2])])
    asked = one.signatures["style"](reference_bytes=data)
    assert set(asked) == {"hint", "palette", "places"}
    np.testing.assert_allclose(asked["palette"], styles[0].palette, atol=1e-4)
    painted = [
        each.paint(pictures[0], style)
        for each in (one, two)
        for style in (styles[1], styles[1].without("places", "palette"))
    ]
    assert difference(painted[0], painted[2]) <= 1
    assert difference(painted[1], painted[3]) <= 1
    assert difference(painted[0], painted[1]) > 1
    for strength, layers in ((1.0, False), (0.4, True)):
        painted = [
            each.paint(pictures[0], pictures[2], strength=strength, layers=layers)
            for each in (one, two)
        ]
        pairs = zip(*painted) if layers else [painted]
        for pair in pairs:
            assert pair[0].mode == pair[1].mode and difference(*pair) <= 1


def test_of_two_exports_at_once_the_second_is_refused(tmp_path):
    with locks.locked(str(tmp_path / ".lock"), ""):
        with pytest.raises(ValueError, match=f"^{tmp_path}: another export writes"):
            export.export(None, str(tmp_path))
    assert not list(tmp_path.iterdir())


def hint_picture(path, points):
    """A picture of hints of a sketch's size, [H, W, 4], and its bytes."""
    width, height = PIL.Image.open(path).size
    pixels = hints_from_points(points, (height, width))
    return pixels, tf.io.encode_png(pixels).numpy()


@pytest.mark.parametrize("size", ["0", "31", "2049", "-64"])
def test_a_size_that_paint_does_not_take_is_bad_usage(size, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        export.main([str(tmp_path / "out"), f"--size={size}"])
    assert "--size: must be between 32 and 2048" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_sentence_and_leaves_no_version(tmp_path, monkeypatch):
    def save(module, folder, signatures):
        pathlib.Path(folder, "saved_model.pb").touch()
        raise tf.errors.OutOfRangeError(None, None, "a.tmp; File too large")

    monkeypatch.setattr(export.painting_module, "PaintingModule", unittest.mock.Mock())
    monkeypatch.setattr(tf.saved_model, "save", save)
    with pytest.raises(ValueError, match=f"^{tmp_path}: no space left on the device"):
        export.export(None, str(tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_hints_paint_the_same_in_python_and_in_the_model(painters, pictures):
    one, two = painters
    hints, _ = hint_picture(pictures[0], [(10, 80, "#d02040"), (60, 100, "#2040d0")])
    plain = two.paint(pictures[0], pictures[2])
    for strength, layers in ((1.0, False), (0.4, True)):
        painted = [
            each.paint(pictures[0], pictures[2], strength, layers, hints)
            for each in (one, two)
        ]
        pairs = zip(*painted) if layers else [painted]
        assert all(difference(*pair) <= 1 for pair in pairs)
        # Nor does the strength fade them.
        painting = np.asarray(painted[0].painting if layers else painted[0], int)
        median = np.median(painting[20:, :28].reshape(-1, 3), axis=0)
        assert difference(median, (0xD0, 0x20, 0x40)) <= 3
    assert difference(painted[0].painting, plain) > 60


@pytest.mark.slow
def test_each_sketch_of_a_request_has_hints_of_its_own(model, painters, pictures):
    style = painters[0].no_style()
    inputs = {k: tf.constant(np.repeat(v, 2, 0)) for k, v in style._asdict().items()}
    _, hints = hint_picture(pictures[0], [(10, 80, "#d02040")])
    painted = model.signatures["paint_bytes"](
        sketch_bytes=tf.constant([read(path) for path in (pictures[0],) * 2]),
        hints_bytes=tf.constant([b"", hints]),
        **inputs,
    )["painting_bytes"]
    without, hinted = (tf.io.decode_png(data).numpy() for data in painted)
    median = np.median(hinted[20:, :28].reshape(-1, 3), axis=0)
    assert difference(median, (0xD0, 0x20, 0x40)) <= 3
    assert difference(np.median(without[20:, :28].reshape(-1, 3), axis=0), median) > 30


@pytest.mark.slow
def test_tensors_take_hints_too(model):
    sketch = np.ones((2, 48, 64, 1), np.float32)
    sketch[:, :, 30:33] = -1
    hints = hints_from_points([(10, 20, "#d02040")], (48, 64))
    painted = model.signatures["paint"](
        sketch=tf.constant(sketch),
        hint=tf.zeros([2, 16]),
        hints_bytes=tf.constant([tf.io.encode_png(hints).numpy(), b""]),
    )["painting"]
    found = images.to_uint8(painted).numpy()[:, :, :28]
    medians = [np.median(each.reshape(-1, 3), axis=0) for each in found]
    assert difference(medians[0], (0xD0, 0x20, 0x40)) <= 3
    assert difference(medians[1], medians[0]) > 30


@pytest.mark.slow
def test_tensors_of_unlike_sizes_are_refused_in_one_request(model):
    rows = [{"sketch": np.ones((size, 40, 1)).tolist()} for size in (32, 48)]
    rows = [{**row, "hint": [0.0] * 16, "hints_bytes": {"b64": ""}} for row in rows]
    for instances, expected in ((rows, 400), (rows[:1], 200), (rows[1:], 200)):
        body = {"signature_name": "paint", "instances": instances}
        status, answer = rest_server.predict(
            model.signatures, json.dumps(body).encode()
        )
        assert status == expected, answer
        assert ("error" in answer) == (status == 400)


@pytest.mark.slow
def test_bad_hints_are_named(model, pictures):
    style = model.signatures["style"](reference_bytes=tf.constant([read(pictures[2])]))
    opaque = tf.io.encode_png(np.full((48, 64, 4), 255, np.uint8)).numpy()
    _, small = hint_picture(pictures[0], [(10, 10, "red")])
    for bad, sentence in (
        (b"no picture", "hints_bytes: not a PNG"),
        (small, "hints_bytes: not as large as the sketch"),
        (opaque, "hints_bytes: nothing is transparent"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
            model.signatures["paint_bytes"](
                sketch_bytes=tf.constant([read(pictures[1])]),
                hints_bytes=tf.constant([bad]),
                **style,
            )


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
@pytest.mark.parametrize("name", ["hint", "palette", "places"])
def test_a_style_of_values_that_are_none_is_refused(model, pictures, name, value):
    style = no_style(16)._asdict()
    style[name].flat[7] = value
    sentence = f"{name}: has a value that is not finite"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        model.signatures["paint_bytes"](
            sketch_bytes=tf.constant([read(pictures[1])]),
            hints_bytes=tf.constant([""]),
            **{name: tf.constant(part) for name, part in style.items()},
        )


@pytest.mark.parametrize("strength", [np.nan, np.inf, 5.0, -1.0])
def test_a_strength_out_of_its_range_is_refused(strength):
    layers = functools.partial(PaintingModule.layers, unittest.mock.Mock())
    with pytest.raises(tf.errors.InvalidArgumentError, match="strength: must be betwe"):
        layers(  # not of the model, whose first call of a signature takes seconds
            sketch_bytes=tf.constant(["sketch"]),
            hints_bytes=tf.constant([""]),
            strength=tf.constant([strength], tf.float32),
            **no_style(16)._asdict(),
        )


def paint_tensors(model, sketch, hint=0.0):
    count = len(sketch)
    return model.signatures["paint"](
        sketch=tf.constant(sketch, tf.float32),
        hint=tf.fill([count, 16], hint),
        hints_bytes=tf.fill([count], ""),
    )["painting"]


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf, 255.0, -1.1])
def test_a_sketch_of_other_values_than_the_networks_is_refused(model, value):
    sketch = np.ones((1, 48, 64, 1), np.float32)
    sketch[0, 5, 5] = value
    with pytest.raises(tf.errors.InvalidArgumentError, match="sketch: must be between"):
        paint_tensors(model, sketch)


@pytest.mark.slow
def test_a_hint_that_is_not_finite_is_refused_with_tensors_too(model):
    sketch = np.ones((1, 48, 64, 1), np.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="hint: has a value that"):
        paint_tensors(model, sketch, np.nan)


@pytest.mark.slow
def test_no_sketch_gives_no_painting(model):
    assert paint_tensors(model, np.ones((0, 48, 64, 1))).shape == (0, 48, 64, 3)


@pytest.mark.slow
def test_a_damaged_model_is_named(exported, tmp_path):
    folder = tmp_path / "models" / "01"
    shutil.copytree(exported / "1", folder)
    sums = folder / "assets.extra" / "SHA256SUMS"
    listed = {line.split()[1] for line in sums.read_text().splitlines()}
    files = {path for path in folder.rglob("*") if path.is_file()}
    files = {str(path.relative_to(folder)) for path in files}
    assert listed == {name for name in files if not name.startswith("assets.extra")}
    for name in sorted(listed):
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"01/{name}: damaged, or .*SHA256SUMS is"):
            SavedModelPainter(folder.parent)
        shutil.copy(exported / "1" / name, folder / name)
    gone = b"0" * 64 + b"  nothing\n"
    for text in (b"", b"\xff", b"rubbish\n", b"0  saved_model.pb\n", gone):
        sums.write_bytes(text)
        name = "nothing: is missing" if text == gone else "SHA256SUMS: "
        with pytest.raises(ValueError, match=f"models/01/.*{name}"):
            SavedModelPainter(folder.parent)
    sums.unlink()  # as of an older export
    SavedModelPainter(folder.parent)
    for name in ("variables/variables.data-00000-of-00001", "saved_model.pb"):
        os.truncate(folder / name, 1000 if name.startswith("variables") else 0)
        with pytest.raises(ValueError, match="models/01: not an exported model"):
            SavedModelPainter(folder.parent)


def test_a_model_is_of_regular_files(tmp_path):
    (tmp_path / "1" / "variables").mkdir(parents=True)
    (tmp_path / "1" / "saved_model.pb").touch()
    pipe = tmp_path / "1" / "variables" / "variables.index"
    os.mkfifo(pipe)
    with pytest.raises(ValueError, match=f"{pipe}: a named pipe, not a file"):
        SavedModelPainter(tmp_path)


def test_wrong_folders_are_said_in_a_sentence(tmp_path, capsys):
    with pytest.raises(ValueError, match="no exported model"):
        SavedModelPainter(tmp_path)
    (tmp_path / "²").mkdir()
    with pytest.raises(ValueError, match="no exported model"):
        SavedModelPainter(tmp_path)
    assert export.main([str(tmp_path / "out"), "--weights", str(tmp_path / "no")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()
