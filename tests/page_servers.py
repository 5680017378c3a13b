"""Serves the web page by a process of its own, for tests."""

import contextlib
import os
import socket
import subprocess
import sys
import types


@contextlib.contextmanager
def serve(folder, *options):
    """The page, served until the end.

    Args:
        folder: pathlib.Path, an empty folder; what it starts is looked for there first.
        options: of keras_s2p.demo.

    Yields:
        It has an `address`, a `cache` (folder of uploads), the `process`, its `pid`,
        `started`, a file that is there once Ghostscript was started, and `log`, a file
        of what it says of errors.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "temporary").mkdir(exist_ok=True)
    (folder / "gs").write_text(f"#!/bin/sh\ntouch {folder}/started\n")
    (folder / "gs").chmod(0o755)
    log = folder / "log"
    server = subprocess.Popen(
        [sys.executable, "-m", "keras_s2p.demo", "--port", str(port), *options],
        stdout=subprocess.PIPE, stderr=open(log, "w"), text=True,
        env={
            **os.environ,
            "GRADIO_TEMP_DIR": str(folder / "temporary"),
            "PATH": f"{folder}:{os.environ['PATH']}",
        },
    )  # fmt: skip
    try:
        line = server.stdout.readline()  # written once the page is served
        assert line.startswith("http://127.0.0.1:"), line
        (cache,) = (folder / "temporary").glob(".*/page")
        yield types.SimpleNamespace(
            address=line.split()[0],
            cache=cache,
            process=server,
            pid=server.pid,
            started=folder / "started",
            log=log,
        )
    finally:
        server.kill()
        server.wait()
        sys.stderr.write(log.read_text())
