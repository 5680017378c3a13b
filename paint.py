"""Paints sketches in the colours of references: python paint.py --help."""

import sys

from keras_s2p.paint import main

if __name__ == "__main__":
    sys.exit(main())
