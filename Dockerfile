# Trains on GPUs (with the NVIDIA container toolkit):
#   docker build -t keras_s2p .
#   docker run --rm --gpus all -v "$PWD/tfrecords:/keras_s2p/tfrecords" \
#       -v "$PWD/runs:/keras_s2p/runs" keras_s2p train.py --dataset tfrecords/
# Its TensorFlow, with CUDA, is the one that setup.py asks for.
FROM tensorflow/tensorflow:2.15.0-gpu
WORKDIR /keras_s2p
COPY setup.py README.md LICENSE ./
COPY keras_s2p keras_s2p
RUN pip install --no-cache-dir -e .
COPY train.py paint.py ./
COPY weights weights
COPY examples examples
ENTRYPOINT ["python"]
CMD ["train.py", "--help"]
