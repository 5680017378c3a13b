"""Training on one GPU, under Keras 3 on JAX: how the shipped weights were finished.

It builds the networks of generator.py and hint.py, unchanged, and writes a run folder
that paint.py and keras_s2p.release read. It needs an environment of its own, without
TensorFlow: pip install "keras>=3" jax optax numpy pillow (on a GPU, jax[cuda12]).
"""
