"""Known mistakes of `log_p_x`."""

import math

import torch

from vae_helpers.exercises.engine import Mistake


def _log_mean_exp(log_w, dim=0):
    return torch.logsumexp(log_w, dim) - math.log(log_w.shape[dim])


def _shifted(log_w, by):
    shift = getattr(log_w, by)(0)
    return (log_w - shift).exp().mean(0).log() + shift


MISTAKES = (
    Mistake(
        "mean of logs",
        "You average the logarithms. That is the bound, the right side of (5), and lies below. Wanted is the logarithm of "
        "the average: first the weights, then their mean, then log.",
        lambda log_p_x_given_z, log_p_z, log_q: (log_p_x_given_z + log_p_z - log_q).mean(0),
    ),
    Mistake(
        "underflow",
        "Right in theory, but exp(−800) is 0 in the computer, and log 0 is −∞. Stay in logarithms: torch.logsumexp.",
        lambda log_p_x_given_z, log_p_z, log_q: (log_p_x_given_z + log_p_z - log_q).exp().mean(0).log(),
    ),
    Mistake(
        "one maximum for all images",
        "You take one largest value out for the whole batch. An image far below it still underflows, and log 0 is −∞. Each "
        "image needs its own maximum, along dimension 0; torch.logsumexp does that.",
        lambda log_p_x_given_z, log_p_z, log_q: (
            (log_p_x_given_z + log_p_z - log_q - (log_p_x_given_z + log_p_z - log_q).max()).exp().mean(0).log()
            + (log_p_x_given_z + log_p_z - log_q).max()
        ),
    ),
    Mistake(
        "shifted by the mean",
        "You take each image's average out before exponentiating. A draw that lies 100 nats above the average still "
        "overflows. Take out the largest; torch.logsumexp does that.",
        lambda log_p_x_given_z, log_p_z, log_q: _shifted(log_p_x_given_z + log_p_z - log_q, "mean"),
    ),
    Mistake(
        "shifted by the smallest",
        "You take each image's smallest value out before exponentiating, and the largest overflows. Take out the "
        "largest; torch.logsumexp does that.",
        lambda log_p_x_given_z, log_p_z, log_q: _shifted(log_p_x_given_z + log_p_z - log_q, "amin"),
    ),
    Mistake(
        "a small number under the logarithm",
        "You add a small number so that log 0 does not arise. For a picture that small number is far larger than the "
        "weights, and all that is left. Stay in logarithms: torch.logsumexp.",
        lambda log_p_x_given_z, log_p_z, log_q: ((log_p_x_given_z + log_p_z - log_q).exp().mean(0) + 1e-8).log(),
    ),
    Mistake(
        "divided outside the logarithm",
        "You divide the logarithm by K. Dividing inside it is subtracting log K outside.",
        lambda log_p_x_given_z, log_p_z, log_q: (
            torch.logsumexp(log_p_x_given_z + log_p_z - log_q, 0) / len(log_p_x_given_z)
        ),
    ),
    Mistake(
        "averaged one by one",
        "You average the three densities by themselves and multiply the averages. Each draw has its own weight: "
        "combine the three for every draw, then average.",
        lambda log_p_x_given_z, log_p_z, log_q: (
            _log_mean_exp(log_p_x_given_z) + _log_mean_exp(log_p_z) - _log_mean_exp(log_q)
        ),
    ),
    Mistake(
        "self-normalized",
        "You divide the weights by their sum and average log P(X|z) with them. The sum of the weights is the answer "
        "itself: keep it.",
        lambda log_p_x_given_z, log_p_z, log_q: (
            torch.softmax(log_p_x_given_z + log_p_z - log_q, 0) * log_p_x_given_z
        ).sum(0),
    ),
    Mistake(
        "weights upside down",
        "Your weights are upside down: Q(z|X) / (P(X|z) P(z)). Q is what we draw from, so it belongs in the denominator. "
        "Check: the average weight is P(X), which for a picture is tiny, and yours is huge.",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_q - log_p_x_given_z - log_p_z),
    ),
    Mistake(
        "harmonic mean",
        "You average 1/w and turn the result over. That is the harmonic mean of the weights, which is below the mean; the "
        "integral over Q is the plain mean.",
        lambda log_p_x_given_z, log_p_z, log_q: -_log_mean_exp(log_q - log_p_x_given_z - log_p_z),
    ),
    Mistake(
        "prior and proposal exchanged",
        "Prior and proposal are exchanged: you multiply by Q and divide by P(z). We draw from Q, so it is divided out, and "
        "P(z) put in its place.",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z + log_q - log_p_z),
    ),
    Mistake(
        "no proposal",
        "The density of the proposal, log Q(z|X), is left out. Draws from Q land where Q is high; dividing by Q makes up "
        "for that.",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z + log_p_z),
    ),
    Mistake(
        "no prior",
        "The prior log P(z) is left out. The integral is of P(X|z) P(z).",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z - log_q),
    ),
    Mistake(
        "likelihood alone",
        "You average P(X|z) alone. That would be right for draws from the prior (notebook 01). These come from Q: each "
        "needs its weight P(z)/Q(z|X).",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z),
    ),
    Mistake(
        "sum, not mean",
        "You add the weights up. Their mean is wanted: subtract log K. Otherwise twice as many draws make every picture "
        "twice as probable.",
        lambda log_p_x_given_z, log_p_z, log_q: torch.logsumexp(log_p_x_given_z + log_p_z - log_q, 0),
    ),
    Mistake(
        "over the images",
        "You average over the images, dimension 1. The draws are dimension 0; each image keeps its own answer, shape (B,).",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z + log_p_z - log_q, 1),
    ),
    Mistake(
        "P(X) itself",
        "This is P(X), not its logarithm. For a picture it is too small a number for the computer, and comes out as 0.",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z + log_p_z - log_q).exp(),
    ),
    Mistake(
        "largest weight",
        "You take the largest weight alone. The mean counts all of them, and divides by K.",
        lambda log_p_x_given_z, log_p_z, log_q: (log_p_x_given_z + log_p_z - log_q).amax(0),
    ),
    Mistake(
        "self-normalized in probabilities",
        "You divide by the sum of the weights P(z)/Q(z|X). Their mean is 1 on average, without that: divide by K.",
        lambda log_p_x_given_z, log_p_z, log_q: (log_p_x_given_z + (log_p_z - log_q).log_softmax(0)).logsumexp(0),
    ),
    Mistake(
        "shares as weights of logs",
        "You average log P(X|z) by the shares of the weights P(z)/Q(z|X). P(X) is the mean of P(X|z)·P(z)/Q(z|X), and the logarithm "
        "comes last.",
        lambda log_p_x_given_z, log_p_z, log_q: ((log_p_z - log_q).softmax(0) * log_p_x_given_z).sum(0),
    ),
    Mistake(
        "logarithms divided",
        "You divide log P(z) by log Q(z|X). The logarithm of a ratio is the difference of the logarithms.",
        lambda log_p_x_given_z, log_p_z, log_q: _log_mean_exp(log_p_x_given_z + log_p_z / log_q),
    ),
    Mistake(
        "each term by itself",
        "You take the log-sum-exp of each of the three, and add these. The weights are formed draw by draw; then their mean is taken.",
        lambda log_p_x_given_z, log_p_z, log_q: (
            log_p_x_given_z.logsumexp(0) + log_p_z.logsumexp(0) - log_q.logsumexp(0)
        ),
    ),
    Mistake(
        "one draw",
        "You use the first draw alone. The mean runs over all K.",
        lambda log_p_x_given_z, log_p_z, log_q: (log_p_x_given_z + log_p_z - log_q)[0],
    ),
)
