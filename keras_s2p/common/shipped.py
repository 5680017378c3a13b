"""The folders that travel with the program: its releases and its examples.

A clone has them beside the package; setup.py puts a copy of them into the wheel.
"""

import os

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPIES = "_shipped"  # the folder of the copies, in the package


def find(name: str, package: str = PACKAGE) -> str:
    """The folder `weights` or `examples`, of an installed package or of a clone.

    The copy goes first: beside an installed package lie other people's, and some of
    them leave an `examples` there.
    """
    copy = os.path.join(package, COPIES, name)
    return copy if os.path.isdir(copy) else os.path.join(os.path.dirname(package), name)


RELEASES = find("weights")
EXAMPLES = find("examples")
