"""The layout of the project: who imports whom, and what may be where."""

import ast
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "keras_s2p"
# A wing builds on those of the rows above it; the commands, beside them, on all.
WINGS = [
    {"common"},
    {"characters", "networks"},
    {"data"},
    {"jax_training", "painting"},
    {"measuring"},
    {"serving", "training"},
    {"apps"},
    {"commands"},
]


def imported_modules(path):
    """(module, name) of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)


def wing_of(parts):
    """The wing of a module, given by the parts of its path or name."""
    return parts[0] if (PACKAGE / parts[0]).is_dir() else "commands"


def parts_used(path):
    """Modules of keras_s2p that a file imports, as tuples of their names' parts."""
    for module, name in imported_modules(path):
        if module == "keras_s2p" and name:
            yield (name,)
        elif module and module.startswith("keras_s2p."):
            parts = tuple(module.split(".")[1:])
            inner = PACKAGE.joinpath(*parts, f"{name}.py").exists()
            yield (*parts, name) if inner else parts


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__init__.py":
            yield path.relative_to(PACKAGE).with_suffix("").parts, path


def test_wings_build_on_those_above_them_alone():
    rows = {wing: number for number, row in enumerate(WINGS) for wing in row}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {'.'.join(used)}"
        for parts, path in modules()
        for used in parts_used(path)
        if wing_of(used) != wing_of(parts)
        and rows[wing_of(used)] >= rows[wing_of(parts)]
    ]
    assert not wrong


def test_wings_begin_empty():
    for wing in set.union(*WINGS) - {"commands"}:
        assert not (PACKAGE / wing / "__init__.py").read_text(), wing


def test_contributing_lists_the_wings_in_their_order():
    table = (ROOT / "CONTRIBUTING.md").read_text()
    rows = [[table.find(f"| `{wing}/` |") for wing in row] for row in WINGS[:-1]]
    assert all(place > 0 for row in rows for place in row)
    assert all(max(one) < min(other) for one, other in zip(rows, rows[1:]))


def test_no_module_is_long():
    for path in [*PACKAGE.rglob("*.py"), ROOT / "train.py", ROOT / "paint.py"]:
        assert path.read_text().count("\n") <= 300, path


def test_networks_import_keras_alone():
    for name in ("generator", "discriminator", "hint"):
        packages = {
            module.split(".")[0]
            for module, _ in imported_modules(PACKAGE / "networks" / f"{name}.py")
        }
        assert packages <= {"keras", "os"}, name


def test_painting_with_an_exported_model_needs_neither_keras_nor_addons():
    used = {("painting", "base_painter"), ("apps", "jobs"), ("apps", "watch")}
    paths = [ROOT / "paint.py"]
    while used:
        paths += [PACKAGE.joinpath(*parts).with_suffix(".py") for parts in used]
        used = {each for path in paths[1:] for each in parts_used(path)} - {
            path.relative_to(PACKAGE).with_suffix("").parts for path in paths[1:]
        }
    assert len(paths) > 5
    for path in paths:
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
    assert scaling == {
        "common/images.py", "networks/hint.py", "jax_training/augment.py"
    }  # fmt: skip


def test_jax_training_needs_no_tensorflow():
    waiting = {parts for parts, _ in modules() if parts[0] == "jax_training"}
    seen = set()
    while waiting:
        seen |= waiting
        paths = [PACKAGE.joinpath(*parts).with_suffix(".py") for parts in waiting]
        packages = {
            m.split(".")[0] for path in paths for m, _ in imported_modules(path)
        }
        assert not packages & {"tensorflow", "tensorflow_addons"}, waiting
        waiting = {used for path in paths for used in parts_used(path)} - seen
    assert {("networks", "generator"), ("networks", "weights")} < seen


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
