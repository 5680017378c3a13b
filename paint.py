"""Paints sketches in the colours of references: what `keras-s2p paint` does."""

import sys

from keras_s2p.paint import main

if __name__ == "__main__":
    sys.exit(main())
