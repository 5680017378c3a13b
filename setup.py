"""Installs keras_s2p: pip install -e ."""

import sys

from setuptools import find_packages, setup

if not (3, 9) <= sys.version_info[:2] <= (3, 11):
    sys.exit(
        "keras_s2p needs Python 3.9, 3.10 or 3.11, because TensorFlow 2.15 with "
        f"Keras 2 has no build for Python {sys.version_info[0]}.{sys.version_info[1]}."
    )

SERVING = "tensorflow-serving-api>=2.15,<2.16"
GRADIO = 'gradio>=6,<7; python_version >= "3.10"'  # it has no build for 3.9

# Of jax_training, whose trainings have an environment of their own, with Keras 3.
JAX = 'jax[cpu]>=0.4.33,<0.4.35; python_version >= "3.10"'

setup(
    name="keras_s2p",
    version="0.1.0",
    description="Colours anime sketches after a reference painting",
    license="Apache-2.0",
    packages=find_packages(include=["keras_s2p", "keras_s2p.*"]),
    # No python_requires: pip would replace the sentence above by its own.
    install_requires=[
        "tensorflow>=2.15,<2.16",
        "keras>=2.15,<2.16",
        "tensorflow-addons==0.23.*",
        "numpy<2",
        "pillow",
        "matplotlib",
        "tqdm",
    ],
    extras_require={
        "test": ["pytest", "pytest-xdist", "ruff", GRADIO, "playwright", SERVING, JAX],
        "demo": [GRADIO],
        "serving": [SERVING],
    },
)
