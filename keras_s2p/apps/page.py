"""The web page in gradio: where its parts stand; page_events has its events.

Nothing is loaded from elsewhere, and nothing is reported to anyone.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
# Read at launch. Else a visitor may have a call recorded with the server's own token of
# Hugging Face.
os.environ["GRADIO_RUN_HISTORY"] = "False"

import gradio as gr
from starlette.middleware import Middleware

from keras_s2p.apps import (
    page_events,
    page_files,
    page_head,
    page_history,
    page_inputs,
    page_layout,
    page_look,
    page_results,
    page_saved,
    page_uploads,
)
from keras_s2p.apps.page_api import add_api
from keras_s2p.apps.page_calls import Calls, Sessions, bound_answers
from keras_s2p.apps.page_disk import Flood
from keras_s2p.apps.page_once import Once
from keras_s2p.apps.page_server import MAX_SESSIONS, Limits, RootPath
from keras_s2p.apps.page_streams import Streams, find_most_streams
from keras_s2p.apps.page_visitors import Visitors

MAX_FILE_SIZE = "100mb"  # of a TIFF of 24 million pixels, with some to spare
MAX_WAITING = 32  # requests; others are told to come later


def build_page(paint, find_swatches, size: int):
    """The page.

    Args:
        paint: page_painting.paint, less its painter.
        find_swatches: page_painting.find_swatches, less its painter.
        size: the working size in pixels to begin with.

    Returns:
        gradio.Blocks, for launch_page.
    """
    gr.set_static_paths(sum(map(page_files.list_examples, page_files.KINDS), []))
    with page_files.Page(title="keras_s2p", analytics_enabled=False) as page:
        gr.Markdown(page_look.INTRODUCTION)
        with gr.Row():
            with gr.Column(min_width=330, scale=4):
                sketch = page_inputs.add_sketch()
                references = page_inputs.add_references()
                several = page_inputs.add_several()
            with gr.Column(min_width=330, scale=6):
                button = gr.Button("Paint", variant="primary", elem_id="paint")
                error = page_inputs.add_error("error")
                views = page_layout.add_painting()
                hints = page_layout.add_hints()
                settings = page_layout.add_settings(size)
                forms = page_results.list_forms()
                png, layered = page_layout.add_downloads(forms)
                extra = page_layout.add_layers()
                history = page_layout.add_history(page_history.MOST)
        add_api(paint, page_events.TURNS)  # takes its name
        parts = page_layout.Parts(
            sketch, references, several, button, error, views, hints, settings, png,
            layered, extra, history,
            gr.BrowserState(
                None, storage_key=page_saved.KEY, secret=page_saved.KEY
            ),
        )  # fmt: skip
        page_events.add_events(page, parts, paint, find_swatches)
    return page.queue(max_size=MAX_WAITING, api_open=False)


def launch_page(page, host: str, port: int, passwords=None, root_path=""):
    """Serves a page in threads of its own, and returns.

    Args:
        page: of build_page.
        host: the address that is listened to.
        port: likewise.
        passwords: list of (name, password) of those who are let in; None lets all in.
        root_path: of page_server.check_root_path.

    Raises:
        OSError: the port is taken.
    """
    flood = Flood()
    count_unread = bound_answers(page)
    page_uploads.bound_uploads(page, flood)
    system = ["system-ui", "sans-serif"]  # fonts that every machine has
    theme = gr.themes.Soft(primary_hue="rose", neutral_hue="stone", font=system)
    page.launch(
        server_name=host, server_port=port, share=False, quiet=True,
        # Else it asks for the page once more, for 3 seconds, which may go by a proxy.
        _frontend=False,
        prevent_thread_lock=True, max_file_size=MAX_FILE_SIZE, theme=theme,
        css=page_look.CSS, js=page_look.ZOOM, head=page_head.HEAD, footer_links=[],
        ssr_mode=False, enable_monitoring=False, auth=passwords,
        state_session_capacity=MAX_SESSIONS, root_path=root_path, mcp_server=False,
        app_kwargs={
            "middleware": [
                Middleware(RootPath, root_path=root_path),  # first, as paths are read
                Middleware(Streams, most=find_most_streams()),
                Middleware(Limits, flood=flood),
                Middleware(Visitors, find_file=page_files.find_file),
                Middleware(Calls, count_unread=count_unread),
                Middleware(Once),  # of calls that have come whole
            ]
        },
    )  # fmt: skip
    page.app.state_holder = Sessions()
    page.app.state_holder.set_blocks(page)
