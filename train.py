"""Trains on a dataset of make_dataset: python train.py --help says how."""

import sys

from keras_s2p.train import main

if __name__ == "__main__":
    sys.exit(main())
