"""Known mistakes of `attribute_direction`."""

import torch

from vae_helpers.exercises.engine import Mistake


def _fit(codes, values, constant=True):
    """Coefficients of the columns, and of the constant last if there is one."""
    columns = torch.cat([codes, torch.ones(len(codes), 1)], dim=1) if constant else codes
    return torch.linalg.pinv(columns) @ values


def _used(codes, kl):
    """Codes with 0 in the latents that are not used."""
    return codes * (kl > 0.01)


def _spread(used, coefficients):
    """Coefficients of the used latents at their places."""
    direction = torch.zeros(len(used))
    direction[used] = coefficients
    return direction


def _unit(vector):
    return vector / vector.norm()


MISTAKES = (
    Mistake(
        "all latents",
        "This is the fit of the cell above: the latents that are not used take most of the direction, and the walk "
        "stands still. Leave them out before you fit.",
        edit=(("kl > 0.01", "kl > -1"),),
    ),
    Mistake(
        "set to 0 after the fit",
        "You fit all latents and set the unused ones to 0 afterwards. The other coefficients were fitted beside "
        "them, and have taken that into account. Leave the unused latents out before you fit.",
        lambda codes, values, kl: _unit(_fit(codes, values)[:-1] * (kl > 0.01)),
    ),
    Mistake(
        "set to 0 after the length",
        "You fit all latents, divide by the length, and set the unused ones to 0 last. What is left is short: nearly "
        "all of the length was in them. Leave them out before you fit.",
        lambda codes, values, kl: _unit(_fit(codes, values)[:-1]) * (kl > 0.01),
    ),
    Mistake(
        "no constant",
        "The fit has no constant. The property is not 0 at z = 0, so the direction must explain the average as well. "
        "Add a column of ones, or subtract the means of codes and values.",
        edit=(("torch.ones(len(codes), 1)", "torch.zeros(len(codes), 1)"),),
    ),
    Mistake(
        "not length 1",
        "The direction is right; its length is not 1. Divide by the norm, so that a step along it is a step of known "
        "length in z.",
        edit=(("fitted / fitted.norm()", "fitted"),),
    ),
    Mistake(
        "length with the constant",
        "You divide by a length that counts the constant's coefficient. The constant is no direction: drop it first.",
        edit=(("fitted.norm()", "(torch.linalg.pinv(design) @ values).norm()"),),
    ),
    Mistake(
        "length of the sum",
        "You divide by the sum of the absolute coefficients. Length 1 means that the squares add up to 1: divide by "
        "the norm.",
        edit=(("fitted.norm()", "fitted.abs().sum()"),),
    ),
    Mistake(
        "downhill",
        "Your direction points the other way: along it the property falls.",
        edit=(("direction[used] = fitted", "direction[used] = -fitted"),),
    ),
    Mistake(
        "the unused ones",
        "You kept the latents that are not used, and left out the others. Used are those with kl above 0.01.",
        edit=(("kl > 0.01", "kl <= 0.01"),),
    ),
    Mistake(
        "one latent at a time",
        "You fit each latent by itself. Latents that go along with one another then count the same change twice. Fit "
        "them together.",
        lambda codes, values, kl: _unit(
            _used(codes - codes.mean(0), kl).T
            @ (values - values.mean())
            / (codes - codes.mean(0)).square().sum(0).clamp(min=1e-12)
        ),
    ),
    Mistake(
        "covariances",
        "These are covariances of each latent with the property. They point where the codes spread along with it; "
        "the fit also asks what the other latents explain.",
        edit=(
            (
                "(torch.linalg.pinv(design) @ values)[:-1]",
                "(codes[:, used] - codes[:, used].mean(dim=0)).T @ (values - values.mean())",
            ),
        ),
    ),
    Mistake(
        "in standard deviations",
        "You fit codes divided by their standard deviations, so your steps are in those units. Here they are in units "
        "of z.",
        edit=(("@ values)[:-1]", "@ values)[:-1] * codes[:, used].std(dim=0)"),),
    ),
    Mistake(
        "difference of means",
        "You take the mean of the codes with a high value minus that of the codes with a low one. It points where the "
        "two groups differ, also where that has nothing to do with the property; the fit keeps these apart.",
        lambda codes, values, kl: _unit(
            _used(codes, kl)[values > values.mean()].mean(0) - _used(codes, kl)[values <= values.mean()].mean(0)
        ),
    ),
    Mistake(
        "the wrong coefficient dropped",
        "You drop the first coefficient, and the constant's stays in: its column of ones comes last.",
        edit=(("[:-1]", "[1:]"),),
    ),
    Mistake(
        "used ones only",
        "Your direction has one number for each latent in use. Wanted is one for every latent, 0 along those that are not used.",
        lambda codes, values, kl: _unit(_fit(codes[:, kl > 0.01], values)[:-1]),
    ),
    Mistake(
        "threshold 0.1",
        "You keep latents with kl above 0.1. A latent is in use above 0.01.",
        edit=(("kl > 0.01", "kl > 0.1"),),
    ),
    Mistake(
        "weighted by kl",
        "You weight the coefficients by kl. Use is a question of yes or no here; the fit knows how much each latent explains.",
        edit=(("@ values)[:-1]", "@ values)[:-1] * kl[used]"),),
    ),
    Mistake(
        "difference of means, cut at the median",
        "You take the mean of the codes above the median value minus that of the others. It points where the two groups differ, also "
        "where that has nothing to do with the property; the fit keeps these apart.",
        lambda codes, values, kl: _unit(
            _used(codes, kl)[values > values.median()].mean(0) - _used(codes, kl)[values <= values.median()].mean(0)
        ),
    ),
    Mistake(
        "correlations",
        "These are covariances divided by the spread of each latent. They tell how well one latent alone explains the property; the fit "
        "asks how much to move, beside the other latents.",
        lambda codes, values, kl: _unit(
            ((codes - codes.mean(0)) * (values - values.mean())[:, None]).mean(0) / codes.std(0) * (kl > 0.01)
        ),
    ),
    Mistake(
        "longest coefficient",
        "You divide by the largest coefficient. Length 1: divide by the norm, the root of the sum of squares.",
        edit=(("fitted.norm()", "fitted.abs().max()"),),
    ),
    Mistake(
        "from the lowest to the highest",
        "You go from the image with the lowest value to that with the highest. Two images show little; the fit hears all.",
        lambda codes, values, kl: _unit(_used(codes, kl)[values.argmax()] - _used(codes, kl)[values.argmin()]),
    ),
    Mistake(
        "products averaged",
        "You average values times codes. Neither has its mean taken off, and the fit also asks what the other latents explain.",
        lambda codes, values, kl: _unit((values[:, None] * _used(codes, kl)).mean(0)),
    ),
    Mistake(
        "only the values centered",
        "You take the mean off the values only, and the fit has no constant: the codes have means of their own. Take these off as well, or add a column of ones.",
        edit=(("torch.ones(len(codes), 1)", "torch.zeros(len(codes), 1)"), ("@ values", "@ (values - values.mean())")),
    ),
    Mistake(
        "divided by the squares",
        "You divide by the sum of squares. Its root is the length.",
        edit=(("fitted.norm()", "fitted.square().sum()"),),
    ),
    Mistake(
        "signs only",
        "You keep the signs of the coefficients only. How much each latent explains counts as well.",
        edit=(("[:-1]", "[:-1].sign()"),),
    ),
    Mistake(
        "coefficients squared",
        "You square the coefficients, so that all point upward and the large ones count for more. Keep them as they are.",
        edit=(("[:-1]", "[:-1].square()"),),
    ),
    Mistake(
        "softmax of the coefficients",
        "You apply a softmax to the coefficients. Divide them by their length.",
        edit=(("fitted / fitted.norm()", "fitted.softmax(dim=0)"),),
    ),
)
