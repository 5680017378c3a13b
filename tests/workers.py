"""Workers of one training as processes of this machine."""

import contextlib
import json
import socket


def cluster(count):
    """A TF_CONFIG for each of some workers, at free ports."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.socket()) for _ in range(count)]
        for server in servers:
            server.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    return [
        json.dumps(
            {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": i}}
        )
        for i in range(count)
    ]
