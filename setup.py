"""Installs keras_s2p: pip install -e . in a clone, or pip install ."""

import glob
import os
import sys

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

if not (3, 9) <= sys.version_info[:2] <= (3, 11):
    sys.exit(
        "keras_s2p needs Python 3.9, 3.10 or 3.11, because TensorFlow 2.15 with "
        f"Keras 2 has no build for Python {sys.version_info[0]}.{sys.version_info[1]}."
    )

SERVING = "tensorflow-serving-api>=2.15,<2.16"
GRADIO = 'gradio>=6,<7; python_version >= "3.10"'  # it has no build for 3.9

# Of jax_training, whose trainings have an environment of their own, with Keras 3.
JAX = 'jax[cpu]>=0.4.33,<0.4.35; python_version >= "3.10"'

# Of `paint --layers out.psd`; scipy lays layers over each other for the preview.
PSD = ["psd-tools>=1.10,<2", "scipy"]
NOTEBOOK = ["nbclient", "ipykernel"]  # they run examples/keras_s2p.ipynb
HERE = os.path.dirname(os.path.abspath(__file__))
SHIPPED = [
    "weights/*.md",
    "weights/compact/*",
    "examples/references/*",
    "examples/sketches/*",
]


class BuildPy(build_py):
    """Copies the release and the examples, which lie beside the package, into it.

    keras_s2p/common/shipped.py finds the copies. An editable install needs none.
    """

    def run(self):
        super().run()
        if not self.editable_mode:
            for source, copy in self._copies().items():
                self.mkpath(os.path.dirname(copy))
                self.copy_file(source, copy)

    def get_outputs(self, *args, **kwargs):
        outputs = super().get_outputs(*args, **kwargs)
        return outputs + ([] if self.editable_mode else [*self._copies().values()])

    def _copies(self):
        """{file here: file in the package that is built}."""
        sources = [
            path
            for pattern in SHIPPED
            for path in glob.glob(os.path.join(HERE, *pattern.split("/")))
        ]
        folder = os.path.join(self.build_lib, "keras_s2p", "_shipped")
        return {
            path: os.path.join(folder, os.path.relpath(path, HERE)) for path in sources
        }


with open(os.path.join(HERE, "README.md"), encoding="utf-8") as readme:
    LONG_DESCRIPTION = readme.read()

setup(
    name="keras_s2p",
    version="0.1.0",
    description="Colours anime sketches after a reference painting",
    long_description=LONG_DESCRIPTION,
    long_description_content_type="text/markdown",
    license="Apache-2.0 AND CC-BY-4.0",  # the code, and the weights
    license_files=["LICENSE", "weights/CREDITS.md"],
    keywords="anime colorization sketch style-transfer keras tensorflow",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: End Users/Desktop",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Topic :: Multimedia :: Graphics",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    cmdclass={"build_py": BuildPy},
    packages=find_packages(include=["keras_s2p", "keras_s2p.*"]),
    package_data={"keras_s2p": ["py.typed"]},
    entry_points={"console_scripts": ["keras-s2p = keras_s2p.__main__:main"]},
    # For wheels, which can not say the sentence above; from the source pip hears it
    # first.
    python_requires=">=3.9,<3.12",
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
        "test": [
            "pytest", "pytest-xdist", "hypothesis", "ruff", "playwright", GRADIO,
            SERVING, JAX, *NOTEBOOK, *PSD,
        ],
        "demo": [GRADIO],
        "serving": [SERVING],
        "notebook": NOTEBOOK,
        "psd": PSD,
    },
)  # fmt: skip
