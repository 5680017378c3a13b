"""The layout of the project: who imports whom, and what may be where."""

import ast
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "keras_s2p"
LEVELS = [
    {"areas", "config", "images", "looks", "ranges"},
    {"calibration", "palette"},
    {
        "augment", "characters", "compose", "dataset", "discriminator", "generator",
        "graph_images", "hint", "jobs", "losses", "metrics", "neural_style", "page",
        "sketch", "watch",
    },
    {
        "base_painter", "callbacks", "dataset_plan", "hint_trainer", "measures",
        "pipeline", "trainer", "weights",
    },
    {"painter", "saved_model"},
    {"serving"},
    {
        "benchmark", "client", "demo", "evaluate", "export", "gpu", "make_dataset",
        "pretrain_hint", "probe_hint", "release",
    },
]  # fmt: skip
# A module beside it may build on weights, which is the lowest of its level.
ALLOWED = {("callbacks", "weights")}


def imported_modules(path):
    """(module, name) of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)


def level_of(module):
    return next(i for i, names in enumerate(LEVELS) if module in names)


def parts_used(path):
    """Modules of keras_s2p that a file imports."""
    for module, name in imported_modules(path):
        if module == "keras_s2p" and name:
            yield name
        elif module and module.startswith("keras_s2p."):
            yield module.split(".")[1]


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts != ("__init__",):
            yield parts[0], path


def test_modules_import_from_lower_levels_only():
    wrong = []
    for name, path in modules():
        for used in parts_used(path):
            inside = used == name  # the modules of the characters package
            lower = level_of(used) < level_of(name)
            if not inside and not lower and (name, used) not in ALLOWED:
                wrong.append(f"{path.name} imports {used}")
    assert not wrong


def test_networks_import_keras_alone():
    for name in ("generator", "discriminator", "hint"):
        packages = {
            module.split(".")[0]
            for module, _ in imported_modules(PACKAGE / f"{name}.py")
        }
        assert packages <= {"keras", "os"}, name


def test_painting_with_an_exported_model_needs_neither_keras_nor_addons():
    names = ("base_painter", "compose", "images", "jobs", "watch")
    for path in [ROOT / "paint.py", *(PACKAGE / f"{name}.py" for name in names)]:
        packages = {module.split(".")[0] for module, _ in imported_modules(path)}
        assert not packages & {"keras", "tensorflow_addons"}, path.name


def test_one_module_alone_imports_tensorflow_addons():
    users = {
        path.name
        for _, path in modules()
        for module, _ in imported_modules(path)
        if module.startswith("tensorflow_addons")
    }
    assert users == {"augment.py"}


def test_pixels_are_scaled_in_images_alone():
    scaling = {
        path.relative_to(PACKAGE).as_posix()
        for _, path in modules()
        if "127.5" in path.read_text()
    }
    # V's own preprocessing; on a GPU, where there is no TensorFlow.
    assert scaling == {"images.py", "hint.py", "gpu/augment.py"}


def test_training_on_a_gpu_needs_no_tensorflow():
    seen, waiting = set(), {"gpu"}
    while waiting:
        seen |= waiting
        paths = [path for name, path in modules() if name in waiting]
        packages = {
            m.split(".")[0] for path in paths for m, _ in imported_modules(path)
        }
        assert not packages & {"tensorflow", "tensorflow_addons"}, waiting
        waiting = {used for path in paths for used in parts_used(path)} - seen
    assert {"generator", "hint", "weights"} < seen


def test_experiments_hold_no_network_code():
    for path in (ROOT / "experiments").glob("*.py"):
        assert "keras.layers" not in path.read_text(), path.name


def test_the_package_sets_onednn_before_tensorflow_is_imported():
    code = "import os, sys, keras_s2p; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    environment = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
    result = subprocess.run(
        [sys.executable, "-c", code + "; print('tensorflow' in sys.modules)"],
        capture_output=True, text=True, check=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert result.stdout.split() == ["1", "False"]
