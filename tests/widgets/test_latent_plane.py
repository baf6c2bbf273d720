"""LatentPlane: z as the page and Python move it, and the picture where no widget runs."""

import math

import numpy as np
import pytest
import torch
import traitlets

from vae_helpers.widgets import LatentPlane, inputs


def test_page_moves_z(vae, images, from_page):
    model, heard = vae(), []
    widget = LatentPlane(model, images)
    assert widget.z == [0.0, 0.0]
    widget.observe(lambda change: heard.append(change.new), "z")
    from_page(widget, {"z": [-1.5, 1.0]})
    assert widget.z == [-1.5, 1.0] and heard == [[-1.5, 1.0]]
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(torch.tensor([-1.5, 1.0]))))
    from_page(widget, {"show": "samples"})
    assert widget.show == "samples"


@pytest.mark.parametrize("z", [
    [math.nan, 1e9], [0, math.inf], [0.0], [0.0] * 3, [True, 0.0], [101, 0], "here", 3, None,
])  # fmt: skip
def test_wrong_points_are_refused(vae, images, z):
    with pytest.raises(inputs.InputError, match="z must be 2 numbers from -100 to 100"):
        LatentPlane(vae(), images, z=z)
    widget = LatentPlane(vae(), images)
    with pytest.raises(inputs.InputError, match="z must be 2 numbers from -100 to 100"):
        widget.z = z
    assert widget.z == [0.0, 0.0]


def test_other_things_to_show_are_refused(vae, images):
    widget = LatentPlane(vae(), images)
    with pytest.raises(traitlets.TraitError):
        widget.show = "something else"
    assert widget.show == "means"


def test_plane_has_a_picture(vae, images, labels):
    widget = LatentPlane(vae(), images, labels, z=[0.5, -1.0])
    left, right = widget.picture().axes
    assert [line.get_xydata().tolist() for line in left.lines] == [[[0.5, -1.0]]]
    assert sum(len(points.get_offsets()) for points in left.collections) == 60
    np.testing.assert_allclose(right.images[0].get_array(), widget.decoded().reshape(28, 28))
