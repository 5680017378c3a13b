"""Runs a command of keras_s2p on two logical devices, where no network can be reached.

python tests/offline.py COMMAND ...       as keras-s2p COMMAND ...
"""

import socket
import sys

import keras_s2p.__main__  # before TensorFlow, which it makes faster

# isort: split
import tensorflow as tf


def refuse(*args, **kwargs):
    """Instead of what reaches for the network."""
    raise OSError("there is no network")


if __name__ == "__main__":
    socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    sys.exit(keras_s2p.__main__.main())
