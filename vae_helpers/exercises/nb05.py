"""Notebook 05: using the model."""

import decimal
import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.predictions import Choice, Prediction


def _numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _uniform(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


# ---- sampling --------------------------------------------------------------------------------------------------------


def sample_images(logits, uniform):
    """One draw X ~ P(X|z) for each row: a pixel has ink where its number in uniform is below its probability of ink.

    logits: what the decoder gives, log of the odds of ink, (B, D). uniform: numbers drawn evenly from 0 to 1, (B, D).
    Returns pixels of 1.0 (ink) and 0.0, (B, D).
    """
    probability = torch.sigmoid(logits)
    return (uniform < probability).float()


def _sample_oracle(logits, uniform):
    # The same comparison on the scale of log-odds: the draw is a logistic number that the logit must exceed.
    return torch.where(torch.logit(uniform.double()) < logits.double(), 1.0, 0.0)


_SAMPLE = Exercise(
    notebook="05",
    goal="Turn what the decoder gives into pictures drawn from the model, with the random numbers given.",
    reference=sample_images,
    oracle=_sample_oracle,
    hints=(
        "Two steps. What does a logit say about the probability p of ink? And why does a number drawn evenly from 0 to 1 "
        "lie below p with probability p?",
        "The logit is log(p/(1−p)), so p = 1/(1 + e^−logit), which torch calls sigmoid. A number drawn evenly from 0 to 1 "
        "lies below p with probability p, since that is p of its range.",
        "Compare uniform with torch.sigmoid(logits), pixel by pixel, and turn true and false into 1.0 and 0.0 by .float().",
    ),
    probes=(
        (torch.tensor([[0.0, 2.0, -2.0, 0.8, -0.4, 1.0]]), torch.tensor([[0.3, 0.95, 0.08, 0.6, 0.7, 0.2]])),
        (2 * _numbers(3, 20, seed=1), _uniform(3, 20, seed=2)),
        (3 * _numbers(16, 40, seed=3), _uniform(16, 40, seed=4)),
    ),
    mistakes=(
        Mistake(
            "means",
            "These are the means f(z), probabilities of ink. They are gray; a picture from the model is black and white. "
            "One more draw is missing.",
            lambda a, u: torch.sigmoid(a),
        ),
        Mistake(
            "rounded means",
            "You cut the probabilities at ½, so that every pixel takes its likelier value. Nothing is drawn: uniform has no "
            "say, and two draws for one z would be the same picture.",
            lambda a, u: (torch.sigmoid(a) > 0.5).float(),
        ),
        Mistake(
            "logits as probabilities",
            "You compare uniform with the logits. Those run from −∞ to ∞; the probability is torch.sigmoid(logits). Look at "
            "a logit of 0: it should give ink half the time, and here never does.",
            lambda a, u: (u < a).float(),
        ),
        Mistake(
            "odds as probabilities",
            "exp(logit) is the odds p/(1−p), not p. Look at a logit of 0: odds of 1 mean a probability of ½, and here give "
            "ink every time.",
            lambda a, u: (u < a.exp()).float(),
        ),
        Mistake(
            "squashed twice",
            "You apply the sigmoid twice. No pixel then has a probability below ½, and the background fills with ink.",
            lambda a, u: (u < torch.sigmoid(torch.sigmoid(a))).float(),
        ),
        Mistake(
            "softmax",
            "You apply a softmax, which makes the pixels share one probability of 1 as if only one of them could have ink. "
            "Each pixel has a probability of its own: torch.sigmoid.",
            lambda a, u: (u < torch.softmax(a, 1)).float(),
        ),
        Mistake(
            "negative",
            "Ink and paper are exchanged: your pixels are 1 where uniform is above p, which has probability 1 − p.",
            lambda a, u: (u > torch.sigmoid(a)).float(),
        ),
        Mistake(
            "coins turned over",
            "Ink where uniform is above 1 − p: that has the right probability, and the pictures are fair draws. Only the "
            "convention differs. Here ink is where uniform is below p.",
            lambda a, u: (u > 1 - torch.sigmoid(a)).float(),
        ),
        Mistake(
            "one coin for a picture",
            "All pixels of a picture are decided by one number. Given z they are independent: every pixel needs its own, "
            "uniform[b, i]. With one coin, pictures are all thick or all thin.",
            lambda a, u: (u[:, :1] < torch.sigmoid(a)).float(),
        ),
        Mistake(
            "the same coins for all pictures",
            "Every picture uses the first one's random numbers. The pictures then are no independent draws: the same z twice "
            "would give the same picture twice.",
            lambda a, u: (u[:1] < torch.sigmoid(a)).float(),
        ),
        Mistake(
            "half in place of uniform",
            "You compare uniform with ½. That is a fair coin for every pixel, whatever the decoder says: pure noise.",
            lambda a, u: (u < 0.5).float(),
        ),
    ),
)


# ---- the grid of equal probability -----------------------------------------------------------------------------------


def equal_mass_grid(n, mean, sd):
    """n² points of the plane that each stand for the same probability under N(mean, diag sd²).

    Cut each axis into n pieces of probability 1/n. Each piece is represented by the point with half of it on either
    side: on an axis with mean 0 and sd 1, the points z = Φ⁻¹((i + ½)/n), i = 0 … n−1. mean, sd: (2,). Returns
    (n², 2) in reading order: z₁ grows along a line of n points, z₂ falls from line to line.
    """
    axis = torch.special.ndtri((torch.arange(n) + 0.5) / n)
    z1 = mean[0] + sd[0] * axis.repeat(n)
    z2 = mean[1] + sd[1] * axis.flip(0).repeat_interleave(n)
    return torch.stack([z1, z2], dim=1)


def _grid_oracle(n, mean, sd):
    # Bisection on the density's integral, point by point.
    def quantile(u, m, s):
        low, high = m - 10 * s, m + 10 * s
        for _ in range(80):
            middle = (low + high) / 2
            below = 0.5 * math.erfc(-(middle - m) / (s * math.sqrt(2))) < u
            low, high = (middle, high) if below else (low, middle)
        return low

    (m1, m2), (s1, s2) = mean.tolist(), sd.tolist()
    points = [
        (quantile((column + 0.5) / n, m1, s1), quantile((line + 0.5) / n, m2, s2))
        for line in reversed(range(n))
        for column in range(n)
    ]
    return torch.tensor(points)


def _placed(axis, downward=True, transposed=False):
    """The grid made of an axis, a function of n that gives standard quantiles."""

    def grid(n, mean, sd):
        along = axis(n)
        vertical, horizontal = torch.meshgrid(along.flip(0) if downward else along, along, indexing="ij")
        flat = [horizontal.flatten(), vertical.flatten()]
        if transposed:
            flat = [horizontal.T.flatten(), vertical.T.flatten()]
        return mean + sd * torch.stack(flat, dim=1)

    return grid


def _quantiles(n):
    return torch.special.ndtri((torch.arange(n) + 0.5) / n)


_GRID = Exercise(
    notebook="05",
    goal="Place n × n points on the plane so that each stands for the same share of what a Gaussian draws.",
    reference=equal_mass_grid,
    oracle=_grid_oracle,
    hints=(
        "Start with one axis, with mean 0 and sd 1. Φ(z) is the probability to the left of z. Which values of Φ do the "
        "middles of n equal pieces have?",
        "The middles are (i + ½)/n. Φ⁻¹ is torch.special.ndtri. Then mean + sd·z moves and stretches the points.",
        "axis = torch.special.ndtri((torch.arange(n) + 0.5) / n). For z₁ repeat the whole axis n times, for z₂ each number "
        "of axis.flip(0) n times (repeat_interleave); torch.stack the two along dim=1.",
    ),
    probes=(
        (2, torch.tensor([0.0, 0.0]), torch.tensor([1.0, 1.0])),
        (3, torch.tensor([1.0, -0.5]), torch.tensor([0.5, 2.0])),
        (8, torch.tensor([-0.7, 0.2]), torch.tensor([1.5, 0.1])),
    ),
    mistakes=(
        Mistake(
            "uniform from −3 to 3",
            "Your points are evenly spaced from −3 to 3. Those at the corners stand for hardly any of the probability: Φ⁻¹ "
            "puts more points where the density is higher.",
            _placed(lambda n: torch.linspace(-3, 3, n)),
        ),
        Mistake(
            "Φ for Φ⁻¹",
            "You apply Φ, which takes a point to a probability. Here probabilities are to become points: its inverse, "
            "torch.special.ndtri.",
            _placed(lambda n: torch.special.ndtr((torch.arange(n) + 0.5) / n)),
        ),
        Mistake(
            "probabilities for points",
            "These are the probabilities (i + ½)/n themselves. Φ⁻¹ makes points of them.",
            _placed(lambda n: (torch.arange(n) + 0.5) / n),
        ),
        Mistake(
            "from 0 to 1",
            "Your probabilities run from 0 to 1 and include both, and Φ⁻¹(0) = −∞, Φ⁻¹(1) = ∞. Take the middles of the "
            "pieces, (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.linspace(0, 1, n))),
        ),
        Mistake(
            "left ends",
            "You take the left end i/n of each piece, and Φ⁻¹(0) = −∞. Take the middle, (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.arange(n) / n)),
        ),
        Mistake(
            "i/(n+1)",
            "You place the points at Φ⁻¹((i+1)/(n+1)). That is a usual choice, too: n points that leave n+1 equal pieces "
            "between them. Here each point is to be in the middle of its own piece: (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.arange(1, n + 1) / (n + 1))),
        ),
        Mistake(
            "from 1 % to 99 %",
            "Your probabilities are evenly spaced from 0.01 to 0.99, which keeps infinity away, but the first and the last "
            "point then stand for less than the others. The middles of n equal pieces are (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.linspace(0.01, 0.99, n))),
        ),
        Mistake(
            "upside down",
            "z₂ grows from line to line; as a picture the plane is upside down. The first line has the largest z₂: flip "
            "that axis.",
            _placed(_quantiles, downward=False),
        ),
        Mistake(
            "columns first",
            "You go down the columns. In reading order the first n points have the same z₂, and z₁ grows.",
            _placed(_quantiles, transposed=True),
        ),
        Mistake(
            "columns first, upward",
            "In your first n points z₁ stays and z₂ grows, as torch.cartesian_prod(z₁, z₂) has it. In reading order z₂ stays, "
            "the largest first, and z₁ grows.",
            lambda n, m, s: m + s * torch.cartesian_prod(_quantiles(n), _quantiles(n)),
        ),
        Mistake(
            "axes swapped",
            "In your answer z₂ grows along a line, and z₁ falls from line to line. The two change places: z₁ grows along a "
            "line, z₂ falls from line to line.",
            lambda n, m, s: _placed(_quantiles)(n, m.flip(0), s.flip(0)).flip(1),
        ),
        Mistake(
            "columns exchanged",
            "The two columns of your answer are exchanged: column 0 is z₁, column 1 is z₂.",
            lambda n, m, s: _placed(_quantiles)(n, m, s).flip(1),
        ),
        Mistake(
            "no mean and sd",
            "This is the grid for N(0, I). Move it and stretch it: mean + sd·z.",
            lambda n, m, s: _placed(_quantiles)(n, 0, 1),
        ),
        Mistake(
            "variance as scale",
            "You stretch by sd². A Gaussian of standard deviation sd is mean + sd·z.",
            lambda n, m, s: _placed(_quantiles)(n, m, s**2),
        ),
        Mistake(
            "one axis",
            "You return the n points of the diagonal. The grid has n² points: every z₁ with every z₂.",
            lambda n, m, s: m + s * _quantiles(n)[:, None],
        ),
    ),
)


# ---- log P(X) by importance sampling ---------------------------------------------------------------------------------


def log_p_x(log_p_x_given_z, log_p_z, log_q):
    """Importance-sampled log P(X): the logarithm of the average weight w = P(X|z) P(z) / Q(z|X) over K draws z ~ Q(z|X).

    log_p_x_given_z, log_p_z, log_q: log P(X|z), log P(z), log Q(z|X) in nats, possibly below −800; K draws for each of B
    images, (K, B). Returns log P(X) of each image in nats, (B,).
    """
    log_w = log_p_x_given_z + log_p_z - log_q
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


def _log_p_x_oracle(log_p_x_given_z, log_p_z, log_q):
    # Weights as decimal fractions, whose exponents do not run out.
    def exact(number):
        return decimal.Decimal(float(number)).exp()

    averages = []
    for terms in zip(log_p_x_given_z.T, log_p_z.T, log_q.T, strict=True):
        weights = [exact(a) * exact(b) / exact(c) for a, b, c in zip(*terms, strict=True)]
        averages.append(float((sum(weights) / len(weights)).ln()))
    return torch.tensor(averages)


def _log_mean_exp(log_w, dim=0):
    return torch.logsumexp(log_w, dim) - math.log(log_w.shape[dim])


_LOG_P_X = Exercise(
    notebook="05",
    goal="Estimate log P(X) from draws of Q, correcting for the fact that they are not draws of P(z).",
    reference=log_p_x,
    oracle=_log_p_x_oracle,
    hints=(
        "Write the logarithm of one weight first: a product becomes a sum, a quotient a difference. Then think about the "
        "order: is it the logarithm of an average, or the average of logarithms?",
        "log w = log P(X|z) + log P(z) − log Q(z|X), shape (K, B). The average over K is a sum divided by K. But exp(−800) is "
        "0 in the computer: torch.logsumexp adds up without leaving the logarithms.",
        "torch.logsumexp(log_w, dim=0) − math.log(K), with K = len(log_w).",
    ),
    probes=(
        (torch.tensor([[-3.0], [-1.0]]), torch.tensor([[-1.5], [-1.0]]), torch.tensor([[0.5], [-0.5]])),
        (2 * _numbers(3, 4, seed=1) - 5, _numbers(3, 4, seed=2) - 3, _numbers(3, 4, seed=3) + 1),
        (
            5 * _numbers(6, 2, seed=4) - torch.tensor([800.0, 2500.0]),
            _numbers(6, 2, seed=5) - 20,
            _numbers(6, 2, seed=6) + 10,
        ),
    ),
    mistakes=(
        Mistake(
            "mean of logs",
            "You average the logarithms. That is the bound, the right side of (5), and lies below. Wanted is the logarithm of "
            "the average: first the weights, then their mean, then log.",
            lambda a, b, c: (a + b - c).mean(0),
        ),
        Mistake(
            "underflow",
            "Right in theory, but exp(−800) is 0 in the computer, and log 0 is −∞. Stay in logarithms: torch.logsumexp.",
            lambda a, b, c: (a + b - c).exp().mean(0).log(),
        ),
        Mistake(
            "one maximum for all images",
            "You take one largest value out for the whole batch. An image far below it still underflows, and log 0 is −∞. Each "
            "image needs its own maximum, along dimension 0; torch.logsumexp does that.",
            lambda a, b, c: (a + b - c - (a + b - c).max()).exp().mean(0).log() + (a + b - c).max(),
        ),
        Mistake(
            "weights upside down",
            "Your weights are upside down: Q(z|X) / (P(X|z) P(z)). Q is what we draw from, so it belongs in the denominator. "
            "Check: the average weight is P(X), which for a picture is tiny, and yours is huge.",
            lambda a, b, c: _log_mean_exp(c - a - b),
        ),
        Mistake(
            "harmonic mean",
            "You average 1/w and turn the result over. That is the harmonic mean of the weights, which is below the mean; the "
            "integral over Q is the plain mean.",
            lambda a, b, c: -_log_mean_exp(c - a - b),
        ),
        Mistake(
            "prior and proposal exchanged",
            "Prior and proposal are exchanged: you multiply by Q and divide by P(z). We draw from Q, so it is divided out, and "
            "P(z) put in its place.",
            lambda a, b, c: _log_mean_exp(a + c - b),
        ),
        Mistake(
            "no proposal",
            "The density of the proposal, log Q(z|X), is left out. Draws from Q land where Q is high; dividing by Q makes up "
            "for that.",
            lambda a, b, c: _log_mean_exp(a + b),
        ),
        Mistake(
            "no prior",
            "The prior log P(z) is left out. The integral is of P(X|z) P(z).",
            lambda a, b, c: _log_mean_exp(a - c),
        ),
        Mistake(
            "likelihood alone",
            "You average P(X|z) alone. That would be right for draws from the prior (notebook 01). These come from Q: each "
            "needs its weight P(z)/Q(z|X).",
            lambda a, b, c: _log_mean_exp(a),
        ),
        Mistake(
            "sum, not mean",
            "You add the weights up. Their mean is wanted: subtract log K. Otherwise twice as many draws make every picture "
            "twice as probable.",
            lambda a, b, c: torch.logsumexp(a + b - c, 0),
        ),
        Mistake(
            "log K added",
            "log K has the wrong sign: dividing by K is subtracting log K.",
            lambda a, b, c: torch.logsumexp(a + b - c, 0) + math.log(len(a)),
        ),
        Mistake(
            "K without log",
            "You subtract K itself. In logarithms, dividing by K is subtracting log K.",
            lambda a, b, c: torch.logsumexp(a + b - c, 0) - len(a),
        ),
        Mistake(
            "log B for log K",
            "You divide by the number of images. The mean is over the draws: K is the length of dimension 0.",
            lambda a, b, c: torch.logsumexp(a + b - c, 0) - math.log(a.shape[1]),
        ),
        Mistake(
            "largest weight",
            "You keep the best draw only. Its weight is the largest term of the mean; the others count, too.",
            lambda a, b, c: (a + b - c).max(0).values,
        ),
        Mistake(
            "over the images",
            "You average over the images, dimension 1. The draws are dimension 0; each image keeps its own answer, shape (B,).",
            lambda a, b, c: _log_mean_exp(a + b - c, 1),
        ),
        Mistake(
            "mean over the batch",
            "You also average over the batch. One number per image is wanted, shape (B,): it is the hard images that one wants "
            "to see.",
            lambda a, b, c: _log_mean_exp(a + b - c).mean(),
        ),
        Mistake(
            "sum over the batch",
            "You also add up the batch. One number per image is wanted, shape (B,).",
            lambda a, b, c: _log_mean_exp(a + b - c).sum(),
        ),
        Mistake(
            "P(X) itself",
            "This is P(X), not its logarithm. For a picture it is too small a number for the computer, and comes out as 0.",
            lambda a, b, c: _log_mean_exp(a + b - c).exp(),
        ),
    ),
)


# ---- spherical interpolation -----------------------------------------------------------------------------------------


def slerp(a, b, t):
    """The point at t on the spherical path from a to b, row by row.

    The direction turns from a's to b's at an even rate; the length goes evenly, (1−t)|a| + t|b|.

    a, b: latents that are not parallel, (B, L). t: from 0, at a, to 1, at b, (B,). Returns (B, L).
    """
    t = t[:, None]
    length_a, length_b = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    a, b = a / length_a, b / length_b
    angle = torch.arccos((a * b).sum(dim=1, keepdim=True))
    direction = (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    return ((1 - t) * length_a + t * length_b) * direction


def _slerp_oracle(a, b, t):
    # Rotate a's direction in the plane of a and b by the exponential of a skew-symmetric matrix.
    points = []
    for start, end, share in zip(a.double(), b.double(), t.double(), strict=True):
        u = start / start.norm()
        sideways = end - (end @ u) * u
        angle = torch.atan2(sideways.norm(), end @ u)
        v = sideways / sideways.norm()
        turn = torch.linalg.matrix_exp(share * angle * (torch.outer(v, u) - torch.outer(u, v)))
        points.append(turn @ u * torch.lerp(start.norm(), end.norm(), share))
    return torch.stack(points).float()


def _unit(a):
    return a / a.norm(dim=1, keepdim=True)


def _cosine(a, b):
    return (_unit(a) * _unit(b)).sum(dim=1, keepdim=True)


def _lengths(a, b, t):
    return (1 - t[:, None]) * a.norm(dim=1, keepdim=True) + t[:, None] * b.norm(dim=1, keepdim=True)


def _turned(a, b, t, angle):
    """Weighted sum of two vectors with the weights of a turn by an angle."""
    t = t[:, None]
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def _straight(a, b, t):
    return (1 - t[:, None]) * a + t[:, None] * b


_SLERP = Exercise(
    notebook="05",
    goal="Walk from one latent to another by turning the direction evenly, without cutting across the inside.",
    reference=slerp,
    oracle=_slerp_oracle,
    hints=(
        "Treat direction and length apart. A direction is a vector of length 1: a/|a|. The angle ω between two directions "
        "has their inner product as its cosine.",
        "On the circle through two unit vectors u and v, the point after the share t of the angle is "
        "(sin((1−t)ω)·u + sin(tω)·v) / sin ω. Keep shapes (B, 1) with keepdim=True and t[:, None].",
        "u = a/|a|, v = b/|b|; ω = arccos of the row sums of u·v; direction as in hint 2; times (1−t)|a| + t|b|.",
    ),
    probes=(
        (torch.tensor([[3.0, 0.0]]), torch.tensor([[0.2, 0.2]]), torch.tensor([0.25])),
        (_numbers(4, 3, seed=1), 2 * _numbers(4, 3, seed=2), torch.tensor([0.0, 0.3, 0.6, 1.0])),
        (_numbers(3, 3, seed=3), _numbers(3, 3, seed=4), torch.tensor([0.2, 0.5, 0.9])),
        (_numbers(6, 16, seed=5), 3 * _numbers(6, 16, seed=6), _uniform(6, seed=7)),
    ),
    mistakes=(
        Mistake(
            "straight",
            "This is the straight path. Halfway between two unrelated points of the same length it is shorter than both; the "
            "spherical path keeps the length.",
            _straight,
        ),
        Mistake(
            "straight, then stretched",
            "Your lengths are right, but you take the direction of the straight path. It turns slowly at the ends and fast in "
            "the middle. The direction is to turn by the same angle in each step.",
            lambda a, b, t: _unit(_straight(_unit(a), _unit(b), t)) * _lengths(a, b, t),
        ),
        Mistake(
            "straight between a and b, then stretched",
            "Your lengths are right, but you take the direction of the straight path from a to b, in which the longer of "
            "the two has more say. The direction is to turn by the same angle in each step, whatever the lengths.",
            lambda a, b, t: _unit(_straight(a, b, t)) * _lengths(a, b, t),
        ),
        Mistake(
            "lengths in the weights",
            "The usual formula, and fine when |a| = |b|. With unequal lengths the direction does not turn evenly: the longer "
            "vector pulls. Divide a and b by their lengths first, and multiply by (1−t)|a| + t|b| last.",
            lambda a, b, t: _turned(a, b, t, torch.arccos(_cosine(a, b))),
        ),
        Mistake(
            "length 1",
            "The direction is right; the length is missing. Multiply by (1−t)|a| + t|b|. At t = 0 the answer must be a.",
            lambda a, b, t: _turned(_unit(a), _unit(b), t, torch.arccos(_cosine(a, b))),
        ),
        Mistake(
            "length of a",
            "The direction is right, but the length stays |a|. At t = 1 the answer must be b.",
            lambda a, b, t: _turned(_unit(a), _unit(b), t, torch.arccos(_cosine(a, b))) * a.norm(dim=1, keepdim=True),
        ),
        Mistake(
            "t swapped",
            "Your path runs from b to a. At t = 0 the answer must be a.",
            lambda a, b, t: _slerp_oracle(b, a, t),
        ),
        Mistake(
            "cosine for the angle",
            "You use the inner product of the directions as the angle. It is the angle's cosine: take arccos.",
            lambda a, b, t: _turned(_unit(a), _unit(b), t, _cosine(a, b)) * _lengths(a, b, t),
        ),
        Mistake(
            "cosine for the angle, lengths in the weights",
            "Two things. The inner product of the directions is the cosine of the angle: take arccos. And the weights belong "
            "on a/|a| and b/|b|, the length comes last.",
            lambda a, b, t: _turned(a, b, t, _cosine(a, b)),
        ),
        Mistake(
            "angle of vectors that are not unit",
            "You take arccos of a·b. Only for vectors of length 1 is that the angle; for longer ones arccos gives NaN. Divide "
            "both by their lengths first.",
            lambda a, b, t: (
                _turned(_unit(a), _unit(b), t, torch.arccos((a * b).sum(1, keepdim=True))) * _lengths(a, b, t)
            ),
        ),
        Mistake(
            "never divided by the lengths",
            "You take arccos of a·b and put the weights on a and b, without dividing by the lengths anywhere; arccos of a "
            "number above 1 is NaN. Directions have length 1: a/|a| and b/|b|.",
            lambda a, b, t: _turned(a, b, t, torch.arccos((a * b).sum(1, keepdim=True))),
        ),
        Mistake(
            "degrees",
            "You turned the angle into degrees. torch.sin takes radians, which is what arccos gives.",
            lambda a, b, t: (
                _turned(_unit(a), _unit(b), t, torch.rad2deg(torch.arccos(_cosine(a, b)))) * _lengths(a, b, t)
            ),
        ),
        Mistake(
            "no sin ω",
            "The division by sin ω is missing. At t = 0 the weights are sin ω and 0, and the answer must be a.",
            lambda a, b, t: (
                _turned(_unit(a), _unit(b), t, torch.arccos(_cosine(a, b)))
                * torch.sin(torch.arccos(_cosine(a, b)))
                * _lengths(a, b, t)
            ),
        ),
        Mistake(
            "right angle assumed",
            "Weights cos(tω) and sin(tω) fit two directions at a right angle. For any others they are sin((1−t)ω)/sin ω and "
            "sin(tω)/sin ω. At t = 1 the answer must be b.",
            lambda a, b, t: (
                (
                    torch.cos(t[:, None] * torch.arccos(_cosine(a, b))) * _unit(a)
                    + torch.sin(t[:, None] * torch.arccos(_cosine(a, b))) * _unit(b)
                )
                * _lengths(a, b, t)
            ),
        ),
    ),
)


# ---- a threshold -----------------------------------------------------------------------------------------------------


def score_threshold(digits, others, keep):
    """The score that a share `keep` of the digits reaches, and the share of other pictures that reach it, too.

    digits, others: log P(X) of digits and of other pictures, in nats, (N,) and (M,). keep: a share, between 0 and 1.
    Returns the threshold in nats, (), and the share of the others between 0 and 1, (), a tuple.
    """
    threshold = digits.quantile(1 - keep)
    return threshold, (others >= threshold).float().mean()


def _threshold_oracle(digits, others, keep):
    # Try every digit's score, and keep the highest that enough digits reach.
    scores = digits.tolist()
    threshold = max(t for t in scores if sum(s >= t for s in scores) >= keep * len(scores))
    passed = sum(s >= threshold for s in others.tolist())
    return torch.tensor(threshold), torch.tensor(passed / len(others))


def _line(rule):
    """A mistake in the threshold alone."""

    def answer(digits, others, keep):
        threshold = rule(digits, others, keep)
        return threshold, (others >= threshold).float().mean()

    return answer


# In these probes (1 − keep)(N − 1) is whole, so that all conventions for a quantile between two scores agree.
_THRESHOLD = Exercise(
    notebook="05",
    goal="Draw the line that most digits pass, and count which share of other pictures passes it as well.",
    reference=score_threshold,
    oracle=_threshold_oracle,
    hints=(
        "Think of the digits' scores in a row, lowest first. High scores pass. How many digits may lie below the line?",
        "A share 1 − keep of the digits lies below. That is a quantile of the digits alone; the other pictures have no part "
        "in placing the line. The second number is the average of true and false over the others.",
        "threshold = digits.quantile(1 − keep); then (others >= threshold), as floats, averaged.",
    ),
    probes=(
        (torch.tensor([-90.0, -50.0, -120.0, -80.0, -85.0]), torch.tensor([-300.0, -86.0, -400.0]), 0.75),
        (-100 + 20 * _numbers(17, seed=1), -125 + 20 * _numbers(9, seed=2), 0.875),
        (-90 + 30 * _numbers(33, seed=3), -150 + 40 * _numbers(20, seed=4), 0.9375),
    ),
    mistakes=(
        Mistake(
            "wrong tail",
            "This is the score that only a share 1 − keep of the digits reaches: the wrong tail. High scores pass, so the line "
            "belongs near the low end of the digits.",
            _line(lambda d, o, k: d.quantile(k)),
        ),
        Mistake(
            "quantile of the others",
            "You placed the line among the other pictures. A detector is set on what it must keep: take the quantile of the "
            "digits.",
            _line(lambda d, o, k: o.quantile(1 - k)),
        ),
        Mistake(
            "others rejected",
            "Your line rejects a share `keep` of the others and does not look at the digits. Here it is the share of digits "
            "that is fixed, and the others are counted.",
            _line(lambda d, o, k: o.quantile(k)),
        ),
        Mistake(
            "both together",
            "You put digits and others together before taking the quantile. The line would move with the number of others; "
            "only digits place it.",
            _line(lambda d, o, k: torch.cat([d, o]).quantile(1 - k)),
        ),
        Mistake(
            "mean minus two sd",
            "Mean minus two standard deviations fits a bell curve, and a fixed share of 98 %. Scores have a long tail to the "
            "left; take the quantile, which assumes no shape.",
            _line(lambda d, o, k: d.mean() - 2 * d.std()),
        ),
        Mistake(
            "mean minus sd",
            "Mean minus one standard deviation fits a bell curve, and a fixed share of 84 %. Scores have a long tail to the "
            "left; take the quantile, which assumes no shape.",
            _line(lambda d, o, k: d.mean() - d.std()),
        ),
        Mistake(
            "bell curve",
            "You take the quantile of a bell curve with the digits' mean and standard deviation. Scores have a long tail to "
            "the left; take the quantile of the scores themselves.",
            _line(lambda d, o, k: d.mean() + torch.special.ndtri(torch.tensor(1 - k)) * d.std()),
        ),
        Mistake(
            "mean of the digits",
            "You use the mean score. About half of the digits lie below it and would be rejected.",
            _line(lambda d, o, k: d.mean()),
        ),
        Mistake(
            "median of the digits",
            "You use the median. Half of the digits lie below it and would be rejected, whatever keep says.",
            _line(lambda d, o, k: d.quantile(0.5)),
        ),
        Mistake(
            "lowest digit",
            "You use the lowest digit's score. All digits pass, not the share `keep`, and one odd digit decides where the line "
            "is.",
            _line(lambda d, o, k: d.min()),
        ),
        Mistake(
            "halfway between the means",
            "You put the line halfway between the two means. Nothing there says how many digits pass.",
            _line(lambda d, o, k: (d.mean() + o.mean()) / 2),
        ),
        Mistake(
            "share of the range",
            "You go a share of the way from the lowest to the highest score. A quantile counts digits, not nats.",
            _line(lambda d, o, k: d.min() + (1 - k) * (d.max() - d.min())),
        ),
        Mistake(
            "one digit too few",
            "Your line is one digit too high, and fewer than the share `keep` pass. Round the number of digits to keep up, not "
            "down.",
            _line(lambda d, o, k: d.sort(descending=True).values[int(k * len(d)) - 1]),
        ),
        Mistake(
            "share that fails",
            "The threshold is right. The second number is the share of others below it; wanted is the share that reaches it.",
            lambda d, o, k: (d.quantile(1 - k), (o < d.quantile(1 - k)).float().mean()),
        ),
        Mistake(
            "share of the digits",
            "The threshold is right. The second number is the share of digits that pass, about `keep` by construction; wanted "
            "is that of the others.",
            lambda d, o, k: (d.quantile(1 - k), (d >= d.quantile(1 - k)).float().mean()),
        ),
        Mistake(
            "number for share",
            "The threshold is right. The second answer counts the others that pass; divide by how many there are.",
            lambda d, o, k: (d.quantile(1 - k), (o >= d.quantile(1 - k)).float().sum()),
        ),
        Mistake(
            "order",
            "The two answers are in the wrong order: first the threshold, then the share.",
            lambda d, o, k: ((o >= d.quantile(1 - k)).float().mean(), d.quantile(1 - k)),
        ),
    ),
)

EXERCISES = (_SAMPLE, _GRID, _LOG_P_X, _SLERP, _THRESHOLD)

PREDICTIONS = (
    Prediction(
        "means or samples",
        "The cell below shows $f(z)$ in the first row and $X$ in the second. Which row is what the model says digits look "
        "like?",
        (
            Choice("The first: it looks better.", False,
                   "It looks better and is no draw. Each gray pixel says how unsure the model is, and no digit is gray."),
            Choice("The second.", True,
                   "A draw from the model is $z \\sim P(z)$ and then $X \\sim P(X|z)$, coins included."),
            Choice("Both: the first is the second without noise.", False,
                   "The coins are part of the model. Where it is unsure it says so by them, and without them it is another model."),
        ),
    ),
    Prediction(
        "most used slider",
        "You move the most used slider from end to end. What will change: which digit you see, or how it is written?",
        (
            Choice("Which digit.", False, "At times, from some starting points. But the strokes change as well, and often only they."),
            Choice("How it is written.", False, "That changes, and from many starting points the digit becomes another one."),
            Choice("Something of both.", True, "Nothing in the objective asks for one property per dimension."),
        ),
    ),
    Prediction(
        "halfway",
        "Two unrelated points have length 4 each. How long is the straight path's $z$ halfway between them?",
        (
            Choice("4", False, "Only if both point the same way. Unrelated directions in 16 dimensions are nearly at a right angle."),
            Choice("about 2.8", True,
                   "At a right angle $|\\tfrac12(a+b)|^2 = \\tfrac14(16+16) = 8$, and $\\sqrt 8 \\approx 2.8$."),
            Choice("about 0", False, "That needs opposite directions. Unrelated ones are nearly at a right angle."),
        ),
    ),
    Prediction(
        "along slant",
        "You start from one digit, a 4, and walk along the direction *slant*. What else will change?",
        (
            Choice("The amount of ink, clearly.", False, "Read the numbers: it hardly moves, since ink and slant go their own ways in the data."),
            Choice("The class: it will become another digit.", False, "Every class is written upright and slanted, so slant says little about class."),
            Choice("Hardly anything.", True, "A direction carries along what goes with it in the data, and little goes with slant."),
        ),
    ),
    Prediction(
        "a thousand draws",
        "With $K = 1000$ draws per digit, how close will the average $L_K$ come to the truth?",
        (
            Choice("Within 0.01 nats.", False, "For half of the digits, about. The average is another matter: look at the worst of them."),
            Choice("Within 1 nat.", False, "One would think so, and for most digits it holds. A few hard ones spoil the average."),
            Choice("Not even within 1 nat.", True,
                   "A few digits have a posterior where Q never looks, and no number of draws that you can afford helps."),
        ),
    ),
    Prediction(
        "highest score",
        "Which of the five has the highest typical score?",
        (
            Choice("Test digits.", False, "They come second. What costs nats is edges, and one kind of picture has none."),
            Choice("Noise.", False, "It comes last, by hundreds of nats: the model expects long connected strokes."),
            Choice("The blank page.", True, "It has no edge at which the model could be unsure. Read on about what that means."),
            Choice("Shifted digits.", False, "To the model they are no digits: it has never seen one off the center."),
        ),
    ),
)  # fmt: skip
