"""Notebook 05's hints for its challenge, folded one inside the other."""

from IPython.display import display

from vae_helpers.pages.folds import bundle

CHALLENGE = (
    (
        "Hint 1",
        "A digit is missed because its posterior is somewhere else. First find where $P(X, z)$ is high, anywhere on the plane; "
        "then look closely there.",
    ),
    (
        "Hint 2",
        "A decoded latent can be compared with all 64 pictures at once. `likelihood.log_joint(model, x, z)` decodes each row "
        "of `z` once and gives $\\log P(X|z) + \\log P(z)$ for every pair, (B, G).",
    ),
    (
        "Hint 3",
        "Spend a third of the decodings on one grid over the plane, shared by all pictures, fine enough to find each "
        "picture's best latent within a few hundredths. Spend the rest around each best latent: a small fine grid, or draws "
        "from a mixture centered there.",
    ),
    (
        "A solution",
        '''```python
@torch.no_grad()
def every_digit(model, x, generator):
    """A grid that all pictures share, then a small one around each best latent."""
    axis, near = torch.linspace(-4, 4, 126), torch.linspace(-0.3, 0.3, 21)
    plane = torch.cartesian_prod(axis, axis)  # 15,876 decodings
    square = torch.cartesian_prod(near, near)  # 441 a picture, 28,224 in all
    best = plane[likelihood.log_joint(model, x, plane).argmax(dim=1)]
    around = [
        likelihood.log_joint(model, x[i : i + 1], best[i] + square)[0]
        for i in range(len(x))
    ]
    area = (0.6 / 20) ** 2  # of a cell
    return torch.stack(around).logsumexp(dim=1) + math.log(area)
```''',
    ),
)  # fmt: skip


def challenge() -> None:
    """Show the hints of the challenge."""
    display(bundle(CHALLENGE), raw=True)
