"""Lists of pictures that belong together: manifests. Needs no TensorFlow."""

import posixpath

from keras_s2p.common import files, tables


def read_manifest(path, use):
    """The rows of a manifest to take, one for each file, as dictionaries.

    Args:
        path: CSV file with a column `file` and, if there, `use`.
        use: which rows to take.

    Raises:
        ValueError: the manifest is missing or has nothing to take, or two rows say of
            one file what differs.
    """
    try:
        rows = tables.read_rows(path)
        for number, row in enumerate(rows, start=1):
            tables.check_width(row, path, number)
    except files.FileError as error:
        raise ValueError(f"--manifest {error}") from None
    if not rows or "file" not in rows[0]:
        raise ValueError(f"--manifest {path}: no row or no column `file`")
    if any("\0" in (row.get(name) or "") for row in rows for name in ("file", "line")):
        raise ValueError(f"--manifest {path}: a zero byte in the name of a file")
    chosen = {}
    for number, row in enumerate(rows, start=1):
        its_use = (row.get("use", use) or "").strip().lower()
        if not row["file"] or its_use != use.strip().lower():
            continue
        row = {**row, "file": posixpath.normpath(row["file"])}  # ./a.png is a.png
        row["split_group"] = (row.get("split_group") or "").strip()
        if chosen.setdefault(row["file"], row) != row:
            raise ValueError(
                f"--manifest {path}: row {number} names {row['file']} again, and says "
                "something else of it; keep one row"
            )
    if not chosen:
        raise ValueError(f"--manifest {path}: no row is for --use {use}")
    return list(chosen.values())
