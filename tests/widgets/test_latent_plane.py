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


def normals():
    wide = torch.distributions.Independent(torch.distributions.Normal(torch.tensor([0.5, -0.25]), torch.ones(2)), 1)
    narrow = torch.distributions.Independent(torch.distributions.Normal(torch.zeros(2), torch.tensor([0.5, 2.0])), 1)
    return {"wide": wide, "narrow": narrow}


def test_between_grid_points_the_page_interpolates(page):
    axis = torch.linspace(-2, 2, 5)
    z1, z2 = torch.meshgrid(axis, axis, indexing="ij")
    values = (3 * z1 - z2 + 0.5 * z1 * z2).flatten().tolist()  # linear along either axis: interpolation is exact
    for z in ([0.25, -1.5], [-2, 2], [1.99, 0.0]):
        answer = page("latent_plane", "between(values, 5, 2, z)", values=values, z=z)
        assert answer == pytest.approx(3 * z[0] - z[1] + 0.5 * z[0] * z[1], abs=5e-3)
    beyond = page("latent_plane", "between(values, 5, 2, z)", values=values, z=[9, 0])
    assert beyond == pytest.approx(6, abs=5e-3)


def test_densities_behind_the_points_are_chosen_by_name(vae, images, labels):
    widget = LatentPlane(vae(), images, labels)
    assert widget.prior == "" and widget.over(normals()) is widget and widget.prior == "wide"
    sent = np.frombuffer(widget._densities, dtype=np.float32).reshape(2, 121, 121)
    axis = torch.linspace(-widget.limit, widget.limit, 121)
    for grid, density in zip(sent, normals().values(), strict=True):
        at = torch.stack([axis[17], axis[90]])
        assert grid[17, 90] == pytest.approx(density.log_prob(at).item(), abs=1e-5)
    widget.prior = "narrow"
    assert widget.picture().axes[0].get_title() == "behind the points: narrow"
    with pytest.raises(inputs.InputError, match="prior must be one of wide, narrow, not 'flat'"):
        widget.prior = "flat"
    with pytest.raises(inputs.InputError, match="at least one density"):
        widget.over({})


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_switches_between_densities(vae, images, labels, alone, dark):
    widget = LatentPlane(vae(), images, labels, z=[0.5, 1.0]).over(normals())
    page = alone(widget, dark)
    told = page.locator(".vae-readout")
    painted = "() => document.querySelector('.vae-plane').toDataURL()"
    before = page.evaluate(painted)
    for name, density in normals().items():
        page.get_by_role("button", name=name).click()
        level = f"{density.log_prob(torch.tensor([0.5, 1.0])).item():.2f}".replace("-", "−")
        page.wait_for_function("text => document.querySelector('.vae-readout').innerText.includes(text)", arg=level)
        page.wait_for_function("name => window.model.get('prior') === name", arg=name)
        assert level in told.inner_text()
    assert page.evaluate(painted) != before and page.complaints == []


def test_without_densities_the_page_has_no_buttons_for_them(vae, images, labels, alone):
    page = alone(LatentPlane(vae(), images, labels))
    assert page.get_by_role("group", name="the density behind the points").count() == 0
    assert "log P(z) = −1.84 nats" in page.locator(".vae-readout").inner_text()
