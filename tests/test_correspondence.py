import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import place_drawings
from keras_s2p.networks import places as networks
from keras_s2p.painting import correspondence

SIDE = 64  # pixels; a place every 4
RED, BLUE, GREY = (0.7, -0.7, -0.7), (-0.7, -0.7, 0.7), (0.0, 0.0, 0.0)


def halves(left, right, side=SIDE):
    """[1, side, side, C]: one value on the left, another on the right."""
    is_left = (np.arange(side) < side // 2)[np.newaxis, np.newaxis, :, np.newaxis]
    is_left = np.broadcast_to(is_left, (1, side, side, 1))
    return np.where(is_left, np.float32(left), np.float32(right))


def embeddings(left, right):
    return tf.constant(halves(left, right, SIDE // 4))


HAIR, SHIRT, HAT = (1, 0, 0), (0, 1, 0), (0, 0, 1)
PAPER = np.ones((1, SIDE, SIDE, 1), np.float32)


def find(left=RED, right=BLUE, sketch=PAPER):
    return correspondence.find_places(
        halves(left, right), sketch, embeddings(HAIR, SHIRT)
    )


def carry(seen, painting=GREY, places=None):
    painting = np.broadcast_to(np.float32(painting), (1, SIDE, SIDE, 3))
    places = find() if places is None else places
    return correspondence.carry_colours(tf.constant(painting), seen, places).numpy()


def test_like_places_take_the_references_colours_wherever_they_are():
    carried = carry(embeddings(SHIRT, HAIR))
    assert find().shape == (1, correspondence.NUM_PLACES, 3 + 4)
    np.testing.assert_allclose(carried[0, 32, 8], BLUE, atol=0.01)
    np.testing.assert_allclose(carried[0, 32, -8], RED, atol=0.01)


def test_what_was_painted_decides_between_places_that_are_equally_like():
    both = embeddings((1, 1, 0), (1, 1, 0)) / 2**0.5
    carried = carry(both, halves((-0.5, -0.5, 0.5), (0.5, -0.5, -0.5)))
    np.testing.assert_allclose(carried[0, 32, 16], BLUE, atol=0.05)
    np.testing.assert_allclose(carried[0, 32, -16], RED, atol=0.05)


def framed(left=RED, right=BLUE, ground=(1, 1, 1)):
    """[1, SIDE, SIDE, 3]: halves on a ground that takes half of the picture."""
    picture = halves(left, right)
    inside = np.zeros((1, SIDE, SIDE, 1), bool)
    inside[:, 10:-10, 10:-10] = True
    return np.where(inside, picture, np.float32(ground)), inside


def test_what_was_painted_counts_little_where_like_places_have_like_colours(
    monkeypatch,
):
    # Places of such a small picture mix two colours at each border.
    monkeypatch.setattr(correspondence, "UNSURE", 0.3)
    reference, inside = framed()

    def paint(left, right):
        theirs = np.where(inside, halves(left, right), np.float32(HAT))
        places = correspondence.find_places(
            reference, PAPER, tf.constant(theirs[:, ::4, ::4])
        )
        seen = embeddings(left, right)
        logits = correspondence.compare_places(tf.reshape(seen, [1, -1, 3]), places)
        doubt = correspondence.find_doubt(logits, places).numpy().item()
        return doubt, carry(seen, halves(BLUE, RED), places)[0, 32]

    doubt, carried = paint(HAIR, SHIRT)
    assert doubt < correspondence.UNSURE / 2
    np.testing.assert_allclose(carried[[20, -20]], [RED, BLUE], atol=0.1)
    alike = np.float32([0.8, 0.6, 0.0]), np.float32([0.79, 0.613, 0.0])
    doubt, carried = paint(*alike)
    assert doubt > 2 * correspondence.UNSURE
    np.testing.assert_allclose(carried[[20, -20]], [BLUE, RED], atol=0.3)


def test_what_the_figure_has_much_of_is_expected_often(monkeypatch):
    monkeypatch.setattr(correspondence, "TRUST_UNSURE", correspondence.TRUST_SURE)
    # All is more like red than like blue; what is least so takes blue.
    reference, inside = framed()
    theirs = np.where(inside, halves(HAIR, SHIRT), np.float32(HAT))
    places = correspondence.find_places(
        reference, PAPER, tf.constant(theirs[:, ::4, ::4])
    )
    hair, shirt = np.float32([0.8, 0.6, 0.0]), np.float32([0.72, 0.694, 0.0])
    seen = embeddings(hair, shirt)
    alone = correspondence.compare_places(tf.reshape(seen, [1, -1, 3]), places)
    alone = tf.matmul(tf.nn.softmax(alone), places[..., -4:-1])
    np.testing.assert_allclose(alone[0, SIDE // 4 - 1], RED, atol=0.6)
    carried = carry(seen, places=places)
    np.testing.assert_allclose(carried[0, 32, 8], RED, atol=0.4)
    np.testing.assert_allclose(carried[0, 32, -8], BLUE, atol=0.4)


def test_the_ground_is_the_borders_colour_and_is_not_balanced():
    reference, inside = framed()
    places = correspondence.find_places(reference, PAPER, embeddings(HAIR, SHIRT))
    ground = correspondence.find_ground(places).numpy().reshape(48, 48)
    assert ground[0].all() and ground[:, -1].all() and not ground[12:36, 12:36].any()
    likeness = tf.random.stateless_uniform([1, 30, 48 * 48], [1, 2], 0.1, 1)
    factors = correspondence.balance_places(likeness, places).numpy().reshape(48, 48)
    assert (factors[ground == 1] == 1).all() and (factors[ground == 0] != 1).any()


def test_a_border_of_many_colours_is_no_ground():
    noise = tf.random.stateless_uniform([1, 48, 48, 3], [1, 2], -1, 1)
    places = correspondence.find_places(
        noise, tf.ones([1, 48, 48, 1]), embeddings(HAIR, SHIRT)
    )
    assert not correspondence.find_ground(places).numpy().any()


def test_lines_lend_no_colour():
    sketch = PAPER.copy()
    sketch[:, :, ::4] = -1  # columns of ink
    reference = halves(RED, BLUE)
    reference[:, :, ::4] = -1
    places = correspondence.find_places(reference, sketch, embeddings(HAIR, SHIRT))
    carried = carry(embeddings(HAIR, HAIR), places=places)
    np.testing.assert_allclose(carried[0, 32, 32], RED, atol=0.1)


def test_places_of_zeros_change_nothing():
    places = tf.zeros([1, correspondence.NUM_PLACES, 3 + 4])
    np.testing.assert_array_equal(carry(embeddings(HAIR, HAT), places=places), 0)
    logits = tf.zeros([1, 9, correspondence.NUM_PLACES])
    assert correspondence.find_doubt(logits, places).numpy().item() == 0


def test_shares_sum_to_one_and_more_decisiveness_takes_fewer_places():
    seen = tf.constant([[[0.8, 0.6, 0.0]]])
    gentle, sharp = (
        tf.nn.softmax(correspondence.compare_places(seen, find(), each)).numpy()[0, 0]
        for each in (1.0, 100.0)
    )
    np.testing.assert_allclose([gentle.sum(), sharp.sum()], 1, atol=1e-4)
    assert sharp.max() > 1.5 * gentle.max()


def test_a_drawing_and_its_mirror_image_have_mirrored_embeddings():
    keras.utils.set_random_seed(0)
    encoder = networks.build_place_encoder(filters=2)
    drawing = tf.random.stateless_uniform(
        [1, 64, 96, place_drawings.CHANNELS], [1, 2], -1, 1
    )
    seen = correspondence.embed(encoder, drawing)
    assert seen.shape == (1, 16, 24, 2 * place_drawings.EMBEDDING)
    np.testing.assert_allclose(tf.norm(seen, axis=-1), 1, atol=1e-4)
    mirrored = tf.reverse(correspondence.embed(encoder, tf.reverse(drawing, [2])), [2])
    one, two = tf.split(mirrored, 2, axis=-1)
    np.testing.assert_allclose(tf.concat([two, one], -1), seen, atol=1e-4)


@pytest.mark.parametrize("shape", [(32, 32), (64, 96)])
def test_positions_run_from_edge_to_edge(shape):
    added = networks.AddPositions()(tf.zeros([2, *shape, 3])).numpy()
    assert added.shape == (2, *shape, 6)
    np.testing.assert_allclose(added[1, [0, -1], 5, 3], [-1, 1])
    np.testing.assert_allclose(added[0, 5, [0, -1], 4], [-1, 1])
    np.testing.assert_allclose(added[0, 5, [0, -1], 5], 1)


def test_a_known_drawing_is_told_from_a_painted_one():
    sketch, colours = tf.ones([1, 32, 32, 1]), tf.zeros([1, 32, 32, 3])
    known, painted = (
        place_drawings.stack_drawing(sketch, colours, each).numpy()
        for each in (True, False)
    )
    assert known.shape == (1, 32, 32, place_drawings.CHANNELS)
    assert (known[..., -1] == 1).all() and (painted[..., -1] == 0).all()
    np.testing.assert_array_equal(known[..., :-1], painted[..., :-1])
