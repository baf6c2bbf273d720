"""Notebook 06's folds: what was done to the three patients, and the hints for its challenge."""

from IPython.display import display

from vae_helpers.pages.folds import bundle

PATIENTS = (
    (
        "What was done",
        "A: $\\beta = 784$, which is what a mean over pixels beside a sum over latents amounts to. B: 300 digits for 80 epochs. C: "
        "$\\beta = 0.002$.\n\n"
        "What to look at, in this order: is the KL term near zero (collapse), or above a hundred nats (no price on codes)? (The "
        "training curve averages over an epoch while the weights still move; held out is measured after it. So early on it may "
        "lie above.) Do training and held-out curves part (too little data, or too many epochs)? Are both curves in the same "
        "units? Is the bound above what the average digit reaches, the last line?",
    ),
)
CHALLENGE = (
    (
        "Hint 1",
        "Gradient ascent climbs the hill it stands on. In the worst cases the posterior's hill is another one.",
    ),
    (
        "Hint 2",
        "For two latents the whole plane can be searched: $\\log P(X|z) + \\log P(z)$ of every image on a grid is one call, "
        "`likelihood.log_joint(model, x, z)` (`from vae_helpers import likelihood`). Start where it is highest, if that is "
        "above the encoder's mean.",
    ),
    (
        "Hint 3",
        "From there climb with Adam, on a shift of $\\mu$ in units of the encoder's $\\sigma$ and on $\\log\\sigma$, so that $\\sigma$ stays positive. Sixty "
        "steps are enough.",
    ),
    (
        "A solution",
        '''```python
from vae_helpers import likelihood


def better_q(model, x):
    """Adam on the bound, from the highest place of a grid or the encoder's mean."""
    axis = torch.linspace(-5, 5, 101)
    plane = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        q = model.encode(x)
        mu, sigma = q.mean, q.stddev
        own = model.decode(mu).log_prob(x) + model.prior.log_prob(mu)  # (B,)
        height, place = likelihood.log_joint(model, x, plane).max(dim=1)
        start = torch.where((height > own)[:, None], plane[place], mu)
    shift = torch.zeros_like(mu).requires_grad_()
    log_scale = torch.zeros_like(mu).requires_grad_()
    optimizer = torch.optim.Adam([shift, log_scale], lr=0.1)
    for _ in range(60):
        better = start + sigma * shift, sigma * log_scale.exp()
        loss = -gap.elbo(model, x, *better, nodes=3).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return start + sigma * shift.detach(), sigma * log_scale.detach().exp()
```''',
    ),
)  # fmt: skip


def patients() -> None:
    """Show what was done to the three patients."""
    display(bundle(PATIENTS), raw=True)


def challenge() -> None:
    """Show the hints of the challenge."""
    display(bundle(CHALLENGE), raw=True)
