"""Speaks as TensorFlow Serving's REST port does, and runs a real SavedModel.

python tests/rest_server.py VERSION prints its address and serves until it is killed. It
needs TensorFlow alone.
"""

import base64
import http.server
import json
import sys

import tensorflow as tf

PATH = "/v1/models/keras_s2p:predict"


def predict(signatures, body: bytes):
    """What a request in the form of rows gives: (status, answer).

    Args:
        signatures: of a SavedModel.
        body: JSON of "instances" and perhaps "signature_name".
    """
    try:
        request = json.loads(body)
        signature = signatures[request.get("signature_name", "serving_default")]
        rows = request["instances"]
        inputs = {name: _column(rows, name) for name in rows[0]}
        outputs = {k: v.numpy() for k, v in signature(**inputs).items()}
    except tf.errors.InvalidArgumentError as error:
        return 400, {"error": error.message}
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        return 400, {"error": f"JSON Value: {error!r}"}
    predictions = [
        {name: _value(output[i]) for name, output in outputs.items()}
        for i in range(len(rows))
    ]
    if len(outputs) == 1:  # has no name
        predictions = [value for row in predictions for value in row.values()]
    return 200, {"predictions": predictions}


def _column(rows, name):
    values = [row[name] for row in rows]
    if isinstance(values[0], dict):
        return tf.constant([base64.b64decode(value["b64"]) for value in values])
    return tf.constant(values, tf.float32)


def _value(output):
    if isinstance(output, bytes):
        return {"b64": base64.b64encode(output).decode()}
    return output.tolist()


def build_server(signatures):
    """A server on a free port of this machine; `asked` lists the signatures."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(json.loads(body).get("signature_name", "serving_default"))
            status, answer = 404, {"error": "Malformed request"}
            if self.path == PATH:
                status, answer = predict(signatures, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.asked = asked
    server.address = f"http://127.0.0.1:{server.server_port}"
    return server


if __name__ == "__main__":
    server = build_server(tf.saved_model.load(sys.argv[1]).signatures)
    assert "keras_s2p" not in sys.modules
    print(server.address, flush=True)
    server.serve_forever()
