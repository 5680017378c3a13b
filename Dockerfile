# Trains and paints on GPUs (with the NVIDIA container toolkit), in the current folder:
#   docker build -t keras_s2p .
#   docker run --rm --gpus all -v "$PWD:/folder" keras_s2p train --dataset tfrecords/
# Its TensorFlow, with CUDA, is the one that setup.py asks for.
FROM tensorflow/tensorflow:2.15.0-gpu
COPY . /keras_s2p
RUN pip install --no-cache-dir /keras_s2p
WORKDIR /folder
ENTRYPOINT ["keras-s2p"]
CMD ["--help"]
