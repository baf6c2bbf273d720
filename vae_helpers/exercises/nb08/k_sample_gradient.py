"""The gradient of the K-sample bound: the draws' gradients, each by its share of the weight."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def k_sample_gradient(log_w, gradients):
    """The gradient of log (1/K) Σₖ wₖ, from those of the K log-weights.

    log_w: log P(X, z) − log Q(z|X) of K draws for each image, (K, B), in nats; they may
    lie at −400. gradients: of each log_w by P parameters, (K, B, P).
    Returns (B, P).
    """
    shares = log_w.softmax(dim=0)
    return (shares[..., None] * gradients).sum(dim=0)


def _by_logsumexp(log_w, gradients):
    shares = torch.exp(log_w - torch.logsumexp(log_w, dim=0))
    return torch.einsum("kb,kbp->bp", shares, gradients)


def _oracle(log_w, gradients):
    """Through torch.autograd: log_w moved along each parameter, linearly."""
    shift = torch.zeros(gradients.shape[1:], dtype=torch.float64, requires_grad=True)
    moved = log_w.double() + (shift * gradients.double()).sum(dim=2)
    bound = moved.logsumexp(dim=0).sum()
    return torch.autograd.grad(bound, shift)[0].float()


def _weighted(weights):
    """The gradients with other weights: weights(log_w) is (K, B)."""
    return lambda log_w, gradients: (weights(log_w)[..., None] * gradients).sum(dim=0)


EXERCISE = Exercise(
    notebook="08",
    goal="Write the gradient of the K-sample bound: which of the K draws does it listen to?",
    reference=k_sample_gradient,
    alternatives=(_by_logsumexp,),
    oracle=_oracle,
    then="A draw counts by its share of the weight: one good draw among K is listened to, the others hardly.",
    again="the measurement below the hints.",
    hints=(
        "Differentiate step by step: the derivative of a logarithm is $1/(\\ldots)$ times the derivative of what is inside, "
        "and $\\nabla w_k=w_k\\nabla\\log w_k$. What becomes of the $1/K$?",
        "$\\nabla\\log\\frac1K\\sum_k w_k=\\sum_k\\tilde w_k\\,\\nabla\\log w_k$ with $\\tilde w_k=w_k/\\sum_j w_j$. The shares "
        "$\\tilde w_k$ of an image add up to 1.",
        "`log_w.softmax(dim=0)` gives the shares without leaving the logarithms. Give them a last dimension, "
        "`shares[..., None]`, multiply, and sum over the draws.",
    ),
    probes=(
        (  # shares of 1/4 and 3/4, and of a half each
            torch.tensor([[0.0, 2.0], [1.0986123, 2.0]]), torch.tensor([[[4.0], [2.0]], [[8.0], [6.0]]]),
        ),
        (gaussian(3, 2, seed=801), gaussian(3, 2, 4, seed=802)),
        (2 * gaussian(5, 3, seed=803) - 400, gaussian(5, 3, 2, seed=804)),
        (gaussian(1, 2, seed=805) - 90, gaussian(1, 2, 3, seed=806)),
        # draws of an image hundreds of nats apart, and images as well
        (gaussian(3, 2, seed=807) - torch.tensor([[90.0, 400.0], [95.0, 405.0], [390.0, 800.0]]), gaussian(3, 2, 3, seed=808)),
    ),
    mistakes=(
        Mistake("equal weights", "All draws count alike. That is the gradient of the average of K one-draw bounds: equation (5) "
                "with K draws, not the K-sample bound.", lambda log_w, gradients: gradients.mean(dim=0)),
        Mistake("sum of all", "The gradients are added up without weights.", lambda log_w, gradients: gradients.sum(dim=0)),
        Mistake("not normalized", "You weight by wₖ itself: this is the gradient of the sum of the weights. That of its logarithm is "
                "divided by Σⱼ wⱼ.", _weighted(torch.exp)),
        Mistake("underflow", "Right in theory, but at −400 nats every weight is 0 in the computer, and 0/0 is no share. Subtract "
                "in logarithms: softmax does.", _weighted(lambda log_w: log_w.exp() / log_w.exp().sum(0))),
        Mistake("over the images", "The shares add up to 1 over the images. They are shares among the K draws of one image: dimension 0.",
                edit=(("softmax(dim=0)", "softmax(dim=1)"),)),
        Mistake("over everything", "The shares add up to 1 over all draws of all images together. Each image has its own.",
                _weighted(lambda log_w: log_w.flatten().softmax(0).reshape(log_w.shape))),
        Mistake("divided by K", "You divide by K once more. The shares add up to 1 already; the 1/K of the bound is a constant in its "
                "logarithm.", edit=((".sum(dim=0)", ".mean(dim=0)"),)),
        Mistake("times K", "Your weights add up to K: you divide by the mean of the weights, where their sum belongs.",
                _weighted(lambda log_w: log_w.softmax(0) * len(log_w))),
        Mistake("logarithms as weights", "The log-weights themselves are used as weights. Take their exponentials, and divide by the sum.",
                _weighted(lambda log_w: log_w)),
        Mistake("normalized logarithms", "You divide the logarithms by their sum. The shares are of the weights, not of their logarithms.",
                _weighted(lambda log_w: log_w / log_w.sum(0))),
        Mistake("log-shares", "These are the logarithms of the shares, all negative. Their exponentials are wanted.",
                edit=(("log_w.softmax", "log_w.log_softmax"),)),
        Mistake("best draw", "Only the draw with the largest weight counts. The others count as well, by their shares.",
                lambda log_w, gradients: gradients.gather(0, log_w.argmax(0)[None, :, None].expand(1, -1, gradients.shape[2]))[0]),
        Mistake("squared shares", "The shares are squared. Squares belong to another estimate (Tucker et al. 2018), which follows the draws' "
                "paths only; with whole gradients the weights are the shares themselves.",
                _weighted(lambda log_w: log_w.softmax(0) ** 2)),
        Mistake("upside down", "The smallest weight counts most: the sign of the log-weights is turned.",
                edit=(("log_w.softmax", "(-log_w).softmax"),)),
        Mistake("softmax of the weights", "You take exponentials twice: softmax does it already, give it the logarithms.",
                edit=(("log_w.softmax", "log_w.exp().softmax"),)),
        Mistake("largest taken off", "The largest log-weight is taken off, which is safe, and then nothing is divided: the weights do not "
                "add up to 1.", _weighted(lambda log_w: (log_w - log_w.amax(0)).exp())),
        Mistake("largest of the batch",
                "Right where images are alike. You take off the largest log-weight of the whole batch; an image far below it underflows. "
                "Take off each image's own.",
                _weighted(lambda log_w: (log_w - log_w.max()).exp() / (log_w - log_w.max()).exp().sum(0))),
        Mistake("mean taken off",
                "Right where the draws are alike. Where they lie far apart, the largest overflows in exp once their mean is taken off. "
                "Take off the largest: softmax does.",
                _weighted(lambda log_w: (log_w - log_w.mean(0)).exp() / (log_w - log_w.mean(0)).exp().sum(0))),
        Mistake("every draw", "The draws are weighted and not added up. One gradient for each image is wanted, (B, P).",
                lambda log_w, gradients: log_w.softmax(0)[..., None] * gradients),
        Mistake("mean over the batch", "You average over the images. A gradient for each is wanted, (B, P).",
                lambda log_w, gradients: k_sample_gradient(log_w, gradients).mean(dim=0)),
        Mistake("sum over the batch", "You add up the images. A gradient for each is wanted, (B, P).",
                lambda log_w, gradients: k_sample_gradient(log_w, gradients).sum(dim=0)),
        Mistake("sign", "The sign is turned: this is the gradient of the loss.",
                lambda log_w, gradients: -k_sample_gradient(log_w, gradients)),
        Mistake("log-weights as weights", "You weight by the logarithms of the weights. The shares are wₖ/Σⱼ wⱼ: softmax of log_w.",
                lambda log_w, gradients: (log_w[..., None] * gradients).mean(0)),
        Mistake("shares less 1/K", "You subtract 1/K from each share. That is the difference from the gradient of the average; here the whole is wanted.",
                lambda log_w, gradients: ((log_w.softmax(0) - 1 / len(log_w))[..., None] * gradients).sum(0)),
        Mistake("smallest weight only", "Only the draw with the smallest weight counts. All count, by their shares, the largest most.",
                lambda log_w, gradients: gradients[log_w.argmin(0), torch.arange(log_w.shape[1])]),
        Mistake("mean of raw weights", "You weight by wₖ itself, and average: this is the gradient of the mean of the weights. That of its logarithm is divided by "
                "that mean.", lambda log_w, gradients: (log_w.exp()[..., None] * gradients).mean(0)),
    ),
)  # fmt: skip
