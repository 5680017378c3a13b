"""The web page: drop or draw a sketch, drop references, see the painting.

python -m keras_s2p.demo [--weights W] [--port 7860] [--host 127.0.0.1]

It needs pip install -e ".[demo]", and no network: nothing is loaded from elsewhere.
"""

import argparse
import functools
import os
import sys
import time

from keras_s2p.apps import page_disk, page_server
from keras_s2p.apps.page_painting import (
    KEEP,
    find_swatches,
    leave,
    paint,
    warm_up,
)
from keras_s2p.common import console
from keras_s2p.painting.painter import Painter

WAIT = 0.1  # seconds, between two looks for signals under Windows
FUNCTIONS = paint, find_swatches  # of a painter, for the page


def parse_args(argv):
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--weights", help="release or run folder (default: the release)")
    add(
        "--vgg-weights", default="imagenet",
        help="Keras's VGG 19 file, for weights of `paper`",
    )  # fmt: skip
    add("--port", type=int, default=7860, help="(default: 7860)")
    add(
        "--host", default="127.0.0.1",
        help="0.0.0.0 lets other machines in (default: 127.0.0.1, this machine alone)",
    )  # fmt: skip
    add(
        "--passwords", metavar="FILE",
        help="let only those in whose line NAME:PASSWORD is in this file",
    )  # fmt: skip
    add(
        "--root-path", default=os.environ.get("GRADIO_ROOT_PATH", ""), metavar="/PATH",
        help="the page's path, where a proxy does not show it at / (default: /, or "
        "GRADIO_ROOT_PATH)",
    )  # fmt: skip
    args = parser.parse_args(argv)
    if not 1 <= args.port <= 65535:
        parser.error("--port: must be between 1 and 65535")
    return args


@console.command
def main(argv=None) -> int:
    """Serves the page until it is interrupted or told to end; gives the exit code."""
    args = parse_args(argv)
    try:
        with page_server.ended_by_signals() as cleaning, page_disk.own_folder():
            try:
                return serve(args, cleaning)
            finally:
                cleaning()
    except OSError as error:
        console.tell_error("demo", error)
        return 1
    except KeyboardInterrupt:
        leave(1, "\nstopped\n")
    except SystemExit as ended:
        leave(ended.code)


def serve(args, cleaning) -> int:
    """Serves the page with all of its files in the folder that was made for them.

    Args:
        args: of parse_args.
        cleaning: of page_server.ended_by_signals; closing the page is a part of it.
    """
    page_server.forget_variables()  # before gradio reads them
    try:
        from keras_s2p.apps.page import build_page, launch_page
    except ImportError:
        needed = 'pip install -e ".[demo]", with Python 3.10 or 3.11'
        print(f"demo: gradio is missing; {needed}", file=sys.stderr)
        return 1
    try:
        root_path = page_server.check_root_path(args.root_path)
        passwords = args.passwords and page_server.read_passwords(args.passwords)
        painter = Painter(args.weights, vgg_weights=args.vgg_weights, keep=KEEP)
        functions = [functools.partial(each, painter) for each in FUNCTIONS]
        page = build_page(*functions, painter.size)
        try:
            launch_page(page, args.host, args.port, passwords, root_path)
        except OSError:  # of which gradio says what its own programs are to do
            where = f"--host {args.host} --port {args.port}"
            raise ValueError(f"{where}: taken, or not of this machine") from None
    except (ValueError, OSError) as error:
        console.tell_error("demo", error)
        return 1
    print(f"http://{args.host}:{args.port}  Ctrl-C ends it", flush=True)
    warm_up(painter)
    try:
        while True:  # gradio's own wait takes Ctrl-C for its own
            time.sleep(WAIT)
    finally:
        cleaning()
        page.close(verbose=False)


if __name__ == "__main__":
    sys.exit(main())
