"""What a dataset is made of: its pictures and characters, dealt out to shards.

The plan depends on the settings and on the pictures' content only, so that a run that
was cut short goes on where it stopped.
"""

import hashlib
import os
from typing import NamedTuple

from keras_s2p.common import files, picture_files, picture_folders
from keras_s2p.data import dataset, manifests

SHARD_SIZE = 256  # examples
BLOCK = 1 << 20  # bytes of a file that are read at once
UNREAD = "unread"  # in the place of a hash
CHANGED = (
    "{path}: it, or its drawn lines, went away or changed meanwhile; the same command "
    "goes on where they are as they were"
)


class Item(NamedTuple):
    """A picture or a character that becomes an example."""

    key: str  # hash of the content: decides the split and the place in it
    file: str = ""  # relative to the folder of paintings; a character has none
    path: str = ""
    line: str = ""  # path of its drawn lines
    line_key: str = ""  # hash of their content, or UNREAD
    group: str = ""  # pictures of one group share a split
    others: tuple = None  # paths of its group's other pictures, if of a manifest
    other_keys: tuple = ()  # hashes of their content; "" where one can not be read

    @property
    def source(self) -> str:
        """Where it comes from: its first folder, or the characters."""
        folders = self.file.split(os.sep)[:-1]
        return folders[0] if folders else "paintings" if self.file else "characters"


class Shard(NamedTuple):
    """A file of the dataset: the unit of work."""

    name: str
    split: str
    items: list


def list_characters(count: int, seed: int) -> list:
    """Items for that many built-in characters."""
    return [Item(hash_text(f"character {n} of seed {seed}")) for n in range(count)]


def list_paintings(folder: str, sketches=None, manifest=None, use: str = "") -> list:
    """Items, without their keys, for the pictures of a folder.

    Args:
        folder: the paintings; sub-folders are read too.
        sketches: None or a folder of drawn lines that have the paintings' relative
            names. Of a.png, for which there is no a.png, they may be called a.webp. It
            may lie inside `folder`.
        manifest: None or a CSV file that names the pictures: columns `file` and, if
            there, `use`, `line` (drawn lines) and `split_group`; paths are relative to
            `folder`.
        use: which rows of the manifest to take.

    Raises:
        ValueError: a folder or the manifest is missing or has nothing to take; one
            painting's lines may be several, or several's one.
    """
    if manifest:
        rows = manifests.read_manifest(manifest, use)
    else:
        rows = [{"file": file} for file in picture_folders.list_images(folder)]
    names = picture_folders.list_images(sketches) if sketches else []
    line_paths = {files.find_real(os.path.join(sketches, name)) for name in names}
    rows = [
        row
        for row in rows
        if files.find_real(os.path.join(folder, row["file"])) not in line_paths
    ]
    lines = _match_lines([row["file"] for row in rows if not row.get("line")], names)
    groups = {}
    for row in rows:
        if row.get("split_group"):
            groups.setdefault(row["split_group"], []).append(row["file"])
    items = []
    for row in rows:
        path, line = os.path.join(folder, row["file"]), ""
        if row.get("line"):
            line = os.path.join(folder, row["line"])
        elif row["file"] in lines:
            line = os.path.join(sketches, lines[row["file"]])
        group = row.get("split_group") or ""
        others = [file for file in groups.get(group, []) if file != row["file"]]
        others = tuple(os.path.join(folder, file) for file in others)
        items.append(
            Item("", row["file"], path, line, "", group, others if manifest else None)
        )
    if sketches and not any(item.line for item in items):
        raise ValueError(f"--sketches {sketches}: no file is named like a painting")
    return items


def find_unused_lines(items: list, sketches: str) -> list:
    """Paths of a folder's drawings that are lines of none of the Items."""
    used = {item.line for item in items}
    names = picture_folders.list_images(sketches)
    paths = (os.path.join(sketches, name) for name in names)
    return [path for path in paths if path not in used]


def _match_lines(paintings, drawings):
    """{painting: its line drawing} of the relative names of both."""
    found = {name: name for name in set(paintings).intersection(drawings)}
    alike = {}  # by name without extension: the paintings and the drawings left
    for number, names in enumerate((paintings, drawings)):
        for name in sorted(set(names).difference(found)):
            both = alike.setdefault(os.path.splitext(name)[0], ([], []))
            both[number].append(name)
    for painted, drawn in alike.values():
        if not painted or not drawn:
            continue
        if len(painted) > 1 or len(drawn) > 1:
            raise ValueError(
                f"--sketches: which of {', '.join(drawn)} is of which of "
                f"{', '.join(painted)}? Rename them, extensions too"
            )
        found[painted[0]] = drawn[0]
    return found


def read_keys(item: Item) -> Item:
    """The Item of a picture with its keys."""
    # Files that can not be read are named and skipped when their turn comes.
    key = _hash_file(item.path) or hash_text(item.file)
    # Lines that can not be read are other than none.
    line_key = _hash_file(item.line) or (item.line and UNREAD)
    return item._replace(key=key, line_key=line_key)


def add_other_keys(items: list) -> list:
    """The Items of pictures, of read_keys, with the keys of their groups' others."""
    keys = {i.path: "" if i.key == hash_text(i.file) else i.key for i in items}
    return [
        item._replace(other_keys=tuple(keys[path] for path in item.others or ()))
        for item in items
    ]


def check_unchanged(item: Item):
    """Raises ValueError if a picture is not what it was when the shards were planned.

    It may be on a drive that went away: it is not skipped for ever because of that.
    """
    if item.file and read_keys(item) != item:
        raise ValueError(CHANGED.format(path=item.path))


def check_other(path: str, key: str):
    """As check_unchanged, of a picture of Item.others, and its key."""
    if _hash_file(path) != key:
        raise ValueError(CHANGED.format(path=path))


def hash_text(text: str) -> str:
    """SHA-256 of a text as 64 hexadecimal digits."""
    return hashlib.sha256(os.fsencode(text)).hexdigest()


def _hash_file(path):
    """SHA-256 of a file's bytes; "" if it can not be read."""
    found = hashlib.sha256()
    try:
        with files.open_regular(path, picture_files.MAX_FILE_SIZE) as file:
            for _ in range(0, picture_files.MAX_FILE_SIZE + 1, BLOCK):
                # None of what gives nothing yet; some in /proc go on without end.
                found.update(file.read(BLOCK) or b"")
    except (OSError, files.FileError):
        return ""
    return found.hexdigest()


def hash_pictures(items: list) -> str:
    """SHA-256 of all that the Items of pictures bring into a dataset."""
    return hash_text(
        repr(
            [(i.file, i.key, i.line_key, i.group, i.others is not None) for i in items]
        )
    )


def plan_shards(items: list, validation_share: float) -> list:
    """Deals Items out to Shards.

    Items of the same content or group share a split. A content's hash decides its
    split whatever else there is; only if that leaves a split with nothing, and there
    is more than one content, one is moved. A shard is of one source, so that training
    can take as much of each as it wants.
    """
    families = sorted((_split_point(family), family) for family in _families(items))
    count = sum(point < validation_share for point, _ in families)
    count = min(max(count, int(validation_share > 0)), len(families) - 1)
    parts = {"train": families[count:], "validation": families[:count]}
    shards = []
    for split, part in parts.items():
        items = [item for _, family in part for item in family]
        groups = list(_cut_by_source(items))
        for number, group in enumerate(groups):
            name = dataset.shard_name(split, number, len(groups))
            shards.append(Shard(name, split, group))
    return shards


def _cut_by_source(items):
    """Lists of at most SHARD_SIZE items of one source, ordered by key."""
    by_source = {}
    for item in sorted(items, key=lambda item: (item.key, item.file)):
        by_source.setdefault(item.source, []).append(item)
    for source in sorted(by_source):
        for start in range(0, len(by_source[source]), SHARD_SIZE):
            yield by_source[source][start : start + SHARD_SIZE]


def _split_point(family):
    """A number in [0, 1); hashed again, as a large family's least key is small."""
    return int(hash_text(min(item.key for item in family)), 16) / 2**256


def _families(items):
    """Lists of Items that are connected by content or group (union-find)."""
    parents = {}

    def root(node):
        while parents.setdefault(node, node) != node:
            parents[node] = node = parents[parents[node]]
        return node

    for item in items:
        if item.group:
            parents[root(("key", item.key))] = root(("group", item.group))
    families = {}
    for item in items:
        families.setdefault(root(("key", item.key)), []).append(item)
    return list(families.values())
