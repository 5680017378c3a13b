"""Paints a folder of sketches after one reference through TensorFlow Serving.

python examples/serving_client.py SKETCHES REFERENCE OUT --rest http://127.0.0.1:8501
python examples/serving_client.py SKETCHES REFERENCE OUT --grpc 127.0.0.1:8500

The reference's style is asked for once. --hints FOLDER has, by the sketches' names,
pictures of their sizes that are transparent but where an area shall have the colour
drawn there. Over gRPC: pip install tensorflow-serving-api.
"""

import argparse
import base64
import json
import pathlib
import urllib.request

PATIENCE = 300  # seconds; the first request of a signature takes the longest


def call_rest(server, signature, inputs):
    """The outputs by name; inputs are bytes or numbers."""
    instance = {
        name: {"b64": base64.b64encode(x).decode()} if isinstance(x, bytes) else x
        for name, x in inputs.items()
    }
    body = json.dumps({"signature_name": signature, "instances": [instance]}).encode()
    url = f"{server}/v1/models/keras_s2p:predict"
    with urllib.request.urlopen(url, body) as response:
        outputs = json.load(response)["predictions"][0]
    if "b64" in outputs:  # of a single output, which has no name
        outputs = {"painting_bytes": outputs}
    return {
        name: base64.b64decode(x["b64"]) if isinstance(x, dict) else x
        for name, x in outputs.items()
    }


def call_grpc(server, signature, inputs):
    """As call_rest, over gRPC."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest()
    request.model_spec.name = "keras_s2p"
    request.model_spec.signature_name = signature
    for name, x in inputs.items():
        batch = [x] if isinstance(x, bytes) else x[None]
        request.inputs[name].CopyFrom(tf.make_tensor_proto(batch))
    with grpc.insecure_channel(server) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        outputs = service.Predict(request, PATIENCE).outputs
    return {name: tf.make_ndarray(x)[0] for name, x in outputs.items()}


def read_hints(folder, sketch):
    """The bytes of a sketch's hints, empty if it has none."""
    path = folder / f"{sketch.stem}.png" if folder else None
    return path.read_bytes() if path and path.is_file() else b""


def main(argv=None):
    """Paints every PNG and JPEG of the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("sketches", "reference", "out"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--hints", type=pathlib.Path, metavar="FOLDER")
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--rest", metavar="URL")
    server.add_argument("--grpc", metavar="HOST:PORT")
    args = parser.parse_args(argv)
    if not args.reference.is_file():
        parser.error(f"{args.reference}: no such file")
    call, server = (call_rest, args.rest) if args.rest else (call_grpc, args.grpc)

    style = call(server, "style", {"reference_bytes": args.reference.read_bytes()})
    args.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(args.sketches.iterdir()):
        if path.is_file() and path.suffix.lower() in (".png", ".jpg", ".jpeg"):
            inputs = {
                "sketch_bytes": path.read_bytes(),
                "hints_bytes": read_hints(args.hints, path),
                **style,
            }
            painted = call(server, "paint_bytes", inputs)
            (args.out / f"{path.stem}.png").write_bytes(painted["painting_bytes"])
            print(args.out / f"{path.stem}.png")


if __name__ == "__main__":
    main()
