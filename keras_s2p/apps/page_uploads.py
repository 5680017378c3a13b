"""Uploads to the web page bring few files, and leave nothing in memory.

Gradio takes a thousand files in a request, leaves those of a request that breaks off,
and keeps for ever what an upload is called and where each file was put.
"""

import asyncio
import contextlib
import functools
import os
import pathlib
from collections import deque

from gradio import route_utils, routes
from gradio.utils import get_upload_folder
from gradio_client import utils

from keras_s2p.apps import page_server, page_visitors

MAX_FORM_FILES = 200  # of a request; twice as many as are painted at once
MAX_FIELD = 100_000  # bytes of all parts of a form that are no files
MOST_KNOWN = 200  # uploads of which is known how far they are
MOST_NAME = 100  # characters of what a browser calls an upload
LOOK_EVERY = 0.05  # seconds
MANY = f"A request may bring {MAX_FORM_FILES} files at most."
LONG = f"The fields of a form may have {MAX_FIELD} bytes at most."


class Parser(route_utils.GradioMultiPartParser):
    """Reads a form; files of one that is not read to its end are removed.

    Raises:
        page_server.RefusedError: it has too many files or too large fields, or too
            much is uploaded just now.

    Args:
        flood: page_disk.Flood of all uploads.
        args: of gradio's own.
        options: likewise.
    """

    def __init__(self, flood, *args, **options):
        super().__init__(*args, **options)
        self._flood = flood
        self._fields = 0  # bytes
        if self.upload_dir is not None:
            self.upload_dir = get_upload_folder()  # until it has come, nobody's
        if len(self.upload_id or "") > MOST_NAME:
            self.upload_progress = None

    def on_headers_finished(self):
        """Begins with a part."""
        if self._current_files >= MAX_FORM_FILES:
            raise page_server.RefusedError(413, MANY)
        before = self._current_files
        super().on_headers_finished()
        if self._current_part.file is not None:
            _show_name(self._current_part.file)
        stays = self.upload_dir is not None
        if stays and self._flood.is_over(0, self._current_files - before):
            raise page_server.RefusedError(503, page_server.FLOODED)

    def on_part_data(self, data, start, end):
        """Goes on with a part; of one that is no file, no progress is told."""
        if self._current_part.file is not None:
            return super().on_part_data(data, start, end)
        self._fields += end - start
        if self._fields > MAX_FIELD:
            raise page_server.RefusedError(413, LONG)
        self._current_part.data += data[start:end]

    async def parse(self):
        """The form, as gradio gives it."""
        try:
            return await super().parse()
        except BaseException:  # it broke off, the disk is full, or it is refused
            if self.upload_progress is not None:
                self.upload_progress.stop_tracking(self.upload_id)
            for file in self._files_to_close_on_error:
                with contextlib.suppress(OSError):
                    file.close()
                with contextlib.suppress(OSError):
                    os.remove(file.name)
            raise


def _show_name(file):
    """Begins the name of an uploaded file with _ where gradio would keep a hidden one.

    It opens and sends none of those.
    """
    name = pathlib.PurePath(file.filename).name
    name = utils.strip_invalid_filename_characters(name)
    if name.startswith("."):
        file.filename = f"_{name}"


async def take_upload(request, upload_dir, *args, **options):
    """Gradio's upload_fn, for the folder of who asks."""
    folder = page_visitors.FOLDER.get()
    return await route_utils.upload_fn(request, folder, *args, **options)


class Owned(dict):
    """What is known by names of visitors' own: each finds what is his."""

    def __contains__(self, name):
        return super().__contains__((page_visitors.FOLDER.get(), name))

    def __getitem__(self, name):
        return super().__getitem__((page_visitors.FOLDER.get(), name))

    def __setitem__(self, name, value):
        super().__setitem__((page_visitors.FOLDER.get(), name), value)

    def __delitem__(self, name):
        super().__delitem__((page_visitors.FOLDER.get(), name))

    def forget_first(self):
        """Forgets what was put in before all else, whosever it is."""
        super().__delitem__(next(iter(self)))


class Progress(route_utils.FileUploadProgress):
    """How far uploads are; of the last MOST_KNOWN, under short names.

    A name tells of nothing but an upload of who asks.
    """

    def __init__(self):
        super().__init__()
        self._statuses = Owned()

    def track(self, upload_id):
        """Knows an upload from now on."""
        if upload_id in self._statuses or len(upload_id) > MOST_NAME:
            return
        while len(self._statuses) >= MOST_KNOWN:
            self._statuses.forget_first()
        self._statuses[upload_id] = route_utils.FileUploadProgressTracker(
            deque(), False
        )

    async def is_tracked(self, upload_id):
        """Waits until an upload is known; who calls says how long."""
        while upload_id not in self._statuses:
            await asyncio.sleep(LOOK_EVERY)
        return True


class Forgetful(set):
    """Where gradio notes every file that there was."""

    def add(self, path):
        """Notes nothing: page_disk.sweep looks at the disk."""

    def update(self, *paths):
        """Likewise."""


def bound_uploads(page, flood):
    """Bounds uploads in this process, and what a page keeps of them.

    Args:
        page: gradio.Blocks.
        flood: page_disk.Flood, which page_server.Limits counts bytes in, too.
    """
    parser = functools.partial(Parser, flood)
    route_utils.GradioMultiPartParser = routes.GradioMultiPartParser = parser
    routes.file_upload_statuses = Progress()
    routes.upload_fn = take_upload
    page.upload_file_set = Forgetful()
    for block in page.blocks.values():
        block.temp_files = Forgetful()
