"""A Gaussian Q whose covariance is full: how to draw from it, and its divergence from N(0, I)."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def full_covariance_draw(mu, factor, eps):
    """A draw of Q = N(μ, CCᵀ) for each image, and D[Q‖N(0, I)], in nats.

    mu: (B, L). factor: C, (B, L, L), lower triangular, its diagonal positive.
    eps: noise, (B, L). Returns z, (B, L), and the divergence, (B,).
    """
    z = mu + (factor @ eps[..., None])[..., 0]
    trace = (factor**2).sum(dim=(1, 2))
    logs = factor.diagonal(dim1=1, dim2=2).log().sum(dim=1)
    kl = 0.5 * (trace + (mu**2).sum(dim=1) - mu.shape[1]) - logs
    return z, kl


def _with_covariance(mu, factor, eps):
    covariance = factor @ factor.mT
    trace = covariance.diagonal(dim1=1, dim2=2).sum(dim=1)
    kl = 0.5 * (trace + (mu * mu).sum(dim=1) - mu.shape[1] - torch.logdet(covariance))
    return mu + torch.einsum("bij,bj->bi", factor, eps), kl


def _oracle(mu, factor, eps):
    mu, factor, eps = mu.double(), factor.double(), eps.double()
    size = mu.shape[1]
    q = torch.distributions.MultivariateNormal(mu, scale_tril=factor)
    p = torch.distributions.MultivariateNormal(torch.zeros(size).double(), torch.eye(size).double())
    z = torch.stack([m + sum(c[:, j] * e[j] for j in range(size)) for m, c, e in zip(mu, factor, eps, strict=True)])
    return z.float(), torch.distributions.kl_divergence(q, p).float()


def _probe(images, size, seed):
    below = gaussian(images, size, size, seed=seed).tril(-1)
    scale = (0.5 * gaussian(images, size, seed=seed + 1)).exp()
    return gaussian(images, size, seed=seed + 2), below + torch.diag_embed(scale), gaussian(images, size, seed=seed + 3)


def _drawn(draw):
    """Another draw, and the divergence as it should be."""
    return lambda mu, factor, eps: (draw(mu, factor, eps), full_covariance_draw(mu, factor, eps)[1])


KL = "kl = 0.5 * (trace + (mu**2).sum(dim=1) - mu.shape[1]) - logs"
EXERCISE = Exercise(
    notebook="08",
    goal="Let the ellipse of $Q$ lean: draw $z=\\mu+C\\varepsilon$, and write (7) for $\\Sigma=CC^{\\mathsf T}$.",
    reference=full_covariance_draw,
    alternatives=(_with_covariance,),
    oracle=_oracle,
    then="No determinant and no inverse: what a triangular C costs is its L(L + 1)/2 numbers.",
    again="the two cells of section 8.2 below.",
    hints=(
        "The draw is (10) with a matrix in place of σ: each image has its own matrix, and multiplies its own ε. For the "
        "divergence, what are $\\operatorname{tr}\\Sigma$ and $\\log|\\Sigma|$ when $\\Sigma=CC^{\\mathsf T}$?",
        "$\\operatorname{tr}CC^{\\mathsf T}=\\sum_{ij}C_{ij}^2$. The determinant of a triangular matrix is the product of its "
        "diagonal, so $\\log|CC^{\\mathsf T}|=2\\sum_i\\log C_{ii}$.",
        "`factor @ eps[..., None]` is (B, L, 1). The divergence is "
        "$\\tfrac12\\big(\\sum_{ij}C_{ij}^2+\\sum_i\\mu_i^2-L\\big)-\\sum_i\\log C_{ii}$; "
        "`factor.diagonal(dim1=1, dim2=2)` is (B, L).",
    ),
    probes=(
        (torch.tensor([[1.0, 0.0]]), torch.tensor([[[2.0, 0.0], [3.0, 0.5]]]), torch.tensor([[1.0, 2.0]])),
        _probe(3, 2, 811),
        _probe(2, 4, 821),
        _probe(4, 3, 831),
    ),
    mistakes=(
        Mistake("transposed", "You multiply by Cᵀ: `eps @ factor` sums over the rows of C. Then the covariance is CᵀC, another ellipse.",
                edit=(("factor @ eps", "factor.mT @ eps"),)),
        Mistake("diagonal only", "z moves by the diagonal of C alone: the axes stay unrelated, and the ellipse does not lean.",
                _drawn(lambda mu, c, eps: mu + c.diagonal(dim1=1, dim2=2) * eps)),
        Mistake("covariance as factor", "You multiply ε by Σ = CCᵀ. Its root is wanted: C.",
                edit=(("factor @ eps", "factor @ factor.mT @ eps"),)),
        Mistake("no mean", "μ is missing from the draw.", edit=(("z = mu + ", "z = "),)),
        Mistake("no noise", "The noise never arrives: z is μ.", _drawn(lambda mu, c, eps: mu * 1)),
        Mistake("noise as it is", "ε is added as it is. It has to go through C.", _drawn(lambda mu, c, eps: mu + eps)),
        Mistake("one matrix for all", "Every image gets the matrix of the first. Image b has its own C[b].",
                _drawn(lambda mu, c, eps: mu + eps @ c[0].T)),
        Mistake("columns summed", "Each row of C is added up before ε comes in. C ε takes C[i, j] times ε[j].",
                _drawn(lambda mu, c, eps: mu + c.sum(dim=2) * eps)),
        Mistake("trace of the diagonal", "tr CCᵀ is the sum of the squares of all entries of C. You take those of its diagonal only, as "
                "(7) does for a diagonal Σ.",
                edit=(("(factor**2).sum(dim=(1, 2))", "(factor.diagonal(dim1=1, dim2=2) ** 2).sum(dim=1)"),)),
        Mistake("trace of C", "You take the trace of C. (7) has that of the covariance CCᵀ.",
                edit=(("(factor**2).sum(dim=(1, 2))", "factor.diagonal(dim1=1, dim2=2).sum(dim=1)"),)),
        Mistake("entries not squared", "The entries of C are added up without squares. tr CCᵀ is the sum of their squares.",
                edit=(("factor**2", "factor"),)),
        Mistake("logarithms halved", "log|CCᵀ| is 2 Σ log Cᵢᵢ, so that with the ½ in front Σ log Cᵢᵢ is left. You have half of it.",
                edit=(("- logs", "- 0.5 * logs"),)),
        Mistake("logarithms doubled", "2 Σ log Cᵢᵢ stands outside the ½. With the ½ it is Σ log Cᵢᵢ.", edit=(("- logs", "- 2 * logs"),)),
        Mistake("no logarithms", "The term −½ log|Σ| is missing. Without it the best Q would be a point.", edit=((" - logs", ""),)),
        Mistake("sign of the logarithms", "The sign of log|Σ| is turned: a narrow Q costs more.", edit=(("- logs", "+ logs"),)),
        Mistake("no half", "The ½ of the first three terms is missing.", edit=(("0.5 * (trace", "1.0 * (trace"),)),
        Mistake("no L", "The −L is missing. Check: for μ = 0 and C = I the divergence must be 0.", edit=((" - mu.shape[1]", ""),)),
        Mistake("minus one", "You subtract 1 once. It is −1 for each dimension, −L.", edit=(("- mu.shape[1]", "- 1"),)),
        Mistake("no μ", "|μ|² is missing from the divergence: a Q far away costs more.", edit=((" + (mu**2).sum(dim=1)", ""),)),
        Mistake("μ not squared", "μ stands in the divergence without its square.", edit=(("(mu**2)", "mu"),)),
        Mistake("sign", "The sign of the divergence is turned. It is never negative.", edit=(("return z, kl", "return z, -kl"),)),
        Mistake("divergence averaged", "The divergence is averaged over the images. One for each is wanted, (B,).",
                edit=(("return z, kl", "return z, kl.mean()"),)),
        Mistake("in reverse", "The divergence comes first. The draw does.", edit=(("return z, kl", "return kl, z"),)),
    ),
)  # fmt: skip
