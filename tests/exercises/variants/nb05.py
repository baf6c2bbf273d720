"""Notebook 05: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Normal

from variants.registry import right, two_mistakes


@right("sample_images")
def _(logits, uniform):
    return torch.where(uniform.double() < 1 / (1 + (-logits.double()).exp()), 1.0, 0.0)


@right("sample_images")
def _(logits, uniform):
    noise = uniform.log() - torch.log1p(-uniform)  # a logistic number
    return torch.heaviside(logits - noise, torch.zeros(()))


@right("sample_images")
def _(x, u):
    rows = []
    for row, coins in zip(x.tolist(), u.tolist(), strict=True):
        rows.append([float(coin < 1 / (1 + math.exp(-a))) for a, coin in zip(row, coins, strict=True)])
    return torch.tensor(rows)


@right("sample_images")
def _(logits, uniform):
    return torch.ceil(torch.distributions.Bernoulli(logits=logits).mean - uniform)


@right("sample_images")
def _(logits, uniform):
    p = torch.nn.functional.logsigmoid(logits).exp()
    return 1.0 * (uniform < p)


@right("sample_images")
def _(logits, uniform):
    p_paper = 1 / (1 + torch.exp(logits.double()))
    return torch.clamp(torch.sign(1 - p_paper - uniform), min=0).to(logits.dtype)


@right("sample_images")
def _(logits, uniform):
    pictures = torch.zeros_like(logits)
    pictures[uniform <= torch.sigmoid(logits)] = 1.0
    return pictures


@two_mistakes("sample_images")
def _(logits, uniform):  # logits as probabilities, and inverted
    return (uniform > logits).float()


@two_mistakes("sample_images")
def _(logits, uniform):  # one coin for a picture, and inverted
    return (uniform[:, :1] > torch.sigmoid(logits)).float()


@two_mistakes("sample_images")
def _(logits, uniform):  # gray noise on the means
    return (torch.sigmoid(logits) + uniform - 0.5).clamp(0, 1)


@right("equal_mass_grid")
def _(n, mean, sd):
    u = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    z1 = Normal(mean[0].double(), sd[0].double()).icdf(u)
    z2 = Normal(mean[1].double(), sd[1].double()).icdf(1 - u)
    return torch.cartesian_prod(z2, z1)[:, [1, 0]]


@right("equal_mass_grid")
def _(side, center, width):
    points = []
    for line in range(side):
        for column in range(side):
            u = torch.tensor([(column + 0.5) / side, (side - line - 0.5) / side])
            points.append(center + width * math.sqrt(2) * torch.erfinv(2 * u - 1))
    return torch.stack(points)


@right("equal_mass_grid")
def _(n, mean, sd):
    axis = torch.special.ndtri(torch.linspace(0.5 / n, 1 - 0.5 / n, n))
    across, up = torch.meshgrid(axis, -axis, indexing="xy")
    return torch.stack([across, up], -1).reshape(-1, 2) * sd + mean


@right("equal_mass_grid")
def _(n, mean, sd):
    edges = torch.linspace(0, 1, n + 1, dtype=torch.float64)
    axis = Normal(0.0, 1.0).icdf((edges[1:] + edges[:-1]) / 2)
    grid = torch.einsum("lk,l->lk", torch.stack([axis.repeat(n), axis.flip(0).repeat_interleave(n)]), sd.double())
    return grid.T + mean


@right("equal_mass_grid")
def _(n, mean, sd):  # each coordinate from its place in the list
    place = torch.arange(n * n)
    u1, u2 = (place % n + 0.5) / n, 1 - (place // n + 0.5) / n
    return torch.stack([mean[0] + sd[0] * torch.special.ndtri(u1), mean[1] + sd[1] * torch.special.ndtri(u2)], 1)


@right("equal_mass_grid")
def _(n, mean, sd):  # Newton's method on Φ, in double precision
    u = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    z = torch.zeros(n, dtype=torch.float64)
    for _ in range(60):
        z = z - (0.5 * torch.erfc(-z / math.sqrt(2)) - u) * math.sqrt(2 * math.pi) * torch.exp(z**2 / 2) * 0.5
    points = [[a, b] for b in reversed(z.tolist()) for a in z.tolist()]
    return torch.tensor(points) * sd + mean


@two_mistakes("equal_mass_grid")
def _(n, mean, sd):  # a uniform grid, upside down
    axis = torch.linspace(-3, 3, n)
    return mean + sd * torch.stack([axis.repeat(n), axis.repeat_interleave(n)], dim=1)


@two_mistakes("equal_mass_grid")
def _(n, mean, sd):  # the variance, no mean
    axis = torch.special.ndtri((torch.arange(n) + 0.5) / n)
    return sd**2 * torch.stack([axis.repeat(n), axis.flip(0).repeat_interleave(n)], dim=1)


@right("log_p_x")
def _(log_p_x_given_z, log_p_z, log_q):
    log_w = (log_p_x_given_z + log_p_z - log_q).double()
    top = log_w.max(dim=0).values
    return top + (log_w - top).exp().mean(0).log()


@right("log_p_x")
def _(a, b, c):
    total = torch.full_like(a[0], -math.inf)
    for k in range(len(a)):
        total = torch.logaddexp(total, a[k] + b[k] - c[k])
    return total - math.log(a.shape[0])


@right("log_p_x")
def _(a, b, c):
    log_w = torch.einsum("t,tkb->bk", torch.tensor([1.0, 1.0, -1.0]), torch.stack([a, b, c]))
    return torch.logsumexp(log_w - math.log(log_w.shape[1]), 1)


@right("log_p_x")
def _(a, b, c):
    answers = []
    for column in (a + b - c).T.tolist():
        top = max(column)
        answers.append(top + math.log(math.fsum(math.exp(number - top) for number in column) / len(column)))
    return torch.tensor(answers)


@right("log_p_x")
def _(a, b, c):  # a running average of the weights
    average = (a + b - c)[0]
    for k, log_w in enumerate((a + b - c)[1:], start=2):
        average = torch.logaddexp(average + math.log((k - 1) / k), log_w - math.log(k))
    return average


@right("log_p_x")
def _(a, b, c):
    log_w = (a + b - c).double()
    best = log_w.argmax(0, keepdim=True)
    rest = torch.expm1(log_w - log_w.gather(0, best)).mean(0)
    return (log_w.gather(0, best)[0] + torch.log1p(rest)).float()


@two_mistakes("log_p_x")
def _(a, b, c):  # no proposal, no log K
    return torch.logsumexp(a + b, 0)


@two_mistakes("log_p_x")
def _(a, b, c):  # the mean of logs, without the prior
    return (a - c).mean(0)


@two_mistakes("log_p_x")
def _(a, b, c):  # upside down, and without the prior
    return torch.logsumexp(c - a, 0) - math.log(len(a))


@right("slerp")
def _(a, b, t):  # turn a's direction in the plane of both
    along = torch.nn.functional.normalize(a)
    across = torch.nn.functional.normalize(b - (b * along).sum(1, keepdim=True) * along)
    angle = torch.atan2((b * across).sum(1), (b * along).sum(1)) * t
    length = torch.lerp(a.norm(dim=1), b.norm(dim=1), t)
    return (length * angle.cos())[:, None] * along + (length * angle.sin())[:, None] * across


@right("slerp")
def _(a, b, t):
    a, b, t = a.double(), b.double(), t.double()
    rows = []
    for start, end, share in zip(a, b, t, strict=True):
        angle = math.acos(float(start @ end / start.norm() / end.norm()))
        weights = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
        direction = weights[0] * start / start.norm() + weights[1] * end / end.norm()
        rows.append(direction * (start.norm() + share * (end.norm() - start.norm())))
    return torch.stack(rows)


@right("slerp")
def _(a, b, t):
    lengths = torch.stack([torch.einsum("bl,bl->b", a, a).sqrt(), torch.einsum("bl,bl->b", b, b).sqrt()])
    angle = torch.nn.functional.cosine_similarity(a, b).clamp(-1, 1).acos()
    weights = torch.stack([((1 - t) * angle).sin(), (t * angle).sin()]) / angle.sin()
    length = (torch.stack([1 - t, t]) * lengths).sum(0)
    return torch.einsum("sb,sbl->bl", weights / lengths * length, torch.stack([a, b]))


@right("slerp")
def _(a, b, t):  # halve the arc again and again
    u, v = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
    low, high = torch.zeros_like(t), torch.ones_like(t)
    for _ in range(30):
        middle, between = (low + high) / 2, torch.nn.functional.normalize(u + v)
        right_half = (middle < t)[:, None]
        u, v = torch.where(right_half, between, u), torch.where(right_half, v, between)
        low, high = torch.where(middle < t, middle, low), torch.where(middle < t, high, middle)
    return u * ((1 - t) * a.norm(dim=1) + t * b.norm(dim=1))[:, None]


@right("slerp")
def _(a, b, t):  # a power of the rotation, by complex numbers in the plane of both
    u, v = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
    cosine = (u * v).sum(1)
    turned = torch.complex(cosine, (1 - cosine**2).clamp(min=0).sqrt()) ** t
    w = torch.nn.functional.normalize(v - cosine[:, None] * u)
    return torch.lerp(a.norm(dim=1), b.norm(dim=1), t)[:, None] * (turned.real[:, None] * u + turned.imag[:, None] * w)


@right("slerp")
def _(a, b, t):
    t, na, nb = t.unsqueeze(-1), torch.linalg.vector_norm(a, dim=-1, keepdim=True), b.pow(2).sum(1, True).sqrt()
    omega = torch.acos(torch.einsum("bl,bl->b", a, b).unsqueeze(-1) / (na * nb))
    direction = (
        torch.sin(omega - t * omega) / torch.sin(omega) * a / na + torch.sin(t * omega) / torch.sin(omega) * b / nb
    )
    return direction * (na + t * (nb - na))


@two_mistakes("slerp")
def _(a, b, t):  # straight, and from b to a
    return t[:, None] * a + (1 - t[:, None]) * b


@two_mistakes("slerp")
def _(a, b, t):  # lengths in the weights, and from b to a
    angle = torch.nn.functional.cosine_similarity(a, b).acos()[:, None]
    return (torch.sin(t[:, None] * angle) * a + torch.sin((1 - t[:, None]) * angle) * b) / torch.sin(angle)


@two_mistakes("slerp")
def _(a, b, t):  # the straight path's direction, and no length
    return torch.nn.functional.normalize((1 - t[:, None]) * a + t[:, None] * b)


@right("score_threshold")
def _(digits, others, keep):
    line = digits.double().sort(descending=True).values[math.ceil(keep * len(digits)) - 1]
    return line, (others.double() >= line).double().mean()


@right("score_threshold")
def _(digits, others, keep):
    line = digits.kthvalue(int((1 - keep) * len(digits)) + 1).values
    return [line, torch.tensor(sum(score >= line.item() for score in others.tolist()) / others.numel())]


@right("score_threshold")
def _(digits, others, keep):
    reached = torch.einsum("nm->n", (digits[None] >= digits[:, None]).float()) / len(digits)
    line = torch.where(reached >= keep, digits, -math.inf).max()
    return line, 1 - torch.count_nonzero(others < line) / len(others)


@right("score_threshold")
def _(digits, others, keep):
    line = torch.quantile(digits, 1 - keep, interpolation="lower")
    return line, torch.heaviside(others - line, torch.ones(())).mean()


@right("score_threshold")
def _(digits, others, keep):
    return digits.quantile(1 - keep), torch.ge(others, digits.quantile(1 - keep)).double().mean()


@right("score_threshold")
def _(digits, others, keep):  # let digits go while enough remain
    line, rest = digits.min(), sorted(digits.tolist())
    while len(rest) - 1 >= keep * len(digits):
        rest = rest[1:]
        line = torch.tensor(rest[0])
    passed = [score for score in others.tolist() if score >= line.item()]
    return line, torch.tensor(len(passed) / len(others))


@two_mistakes("score_threshold")
def _(digits, others, keep):  # the wrong tail, and the share that fails
    line = digits.quantile(keep)
    return line, (others < line).float().mean()


@two_mistakes("score_threshold")
def _(digits, others, keep):  # the lowest digit, and a count
    return digits.min(), (others >= digits.min()).float().sum()


@right("attribute_direction")
def _(codes, values, kl):
    used = kl > 0.01
    design = torch.cat([codes[:, used], torch.ones(len(codes), 1)], dim=1)
    found = torch.linalg.lstsq(design.double(), values.double()[:, None]).solution[:-1, 0]
    answer = torch.zeros(len(kl), dtype=torch.float64)
    answer[used] = found / found.norm()
    return answer


@right("attribute_direction")
def _(codes, values, kl):  # centered, by the normal equations
    x, y = codes - codes.mean(0), values - values.mean()
    x = x[:, kl > 0.01].double()
    slope = torch.linalg.solve(x.T @ x, x.T @ y.double())
    return torch.zeros(len(kl)).masked_scatter(kl > 0.01, torch.nn.functional.normalize(slope, dim=0).float())


@right("attribute_direction")
def _(codes, values, kl):  # unused latents held at 0: the smallest solution leaves them alone
    x = torch.where(kl > 0.01, codes - codes.mean(0), 0.0)
    slope = torch.linalg.pinv(x) @ (values - values.mean())
    return slope / slope.square().sum().sqrt()


@right("attribute_direction")
def _(codes, values, kl):  # covariance of codes, and of codes with values
    used = torch.arange(len(kl))[kl > 0.01]
    both = torch.cov(torch.cat([codes[:, used].T, values[None]]).double())
    slope = torch.linalg.inv(both[:-1, :-1]) @ both[:-1, -1]
    return torch.zeros(len(kl)).index_copy(0, used, (slope / slope.norm()).float())


@right("attribute_direction")
def _(codes, values, kl):  # one latent after another, each freed of those before (Gram and Schmidt)
    x = codes[:, kl > 0.01].double()
    columns = torch.cat([torch.ones(len(x), 1, dtype=torch.float64), x], 1)
    q, r = torch.linalg.qr(columns)
    slope = torch.linalg.solve_triangular(r, (q.T @ values.double())[:, None], upper=True)[1:, 0]
    slope = iter((slope / slope.norm()).tolist())
    return torch.tensor([next(slope) if share > 0.01 else 0.0 for share in kl.tolist()])


@right("attribute_direction")
def _(codes, values, kl):  # the dead columns go, and the zeros come back by a matrix
    chosen = torch.eye(len(kl))[kl > 0.01]
    design = torch.nn.functional.pad(codes @ chosen.T, (0, 1), value=1.0)
    found = (torch.linalg.pinv(design) @ values)[:-1] @ chosen
    return found / torch.linalg.vector_norm(found)


@two_mistakes("attribute_direction")
def _(codes, values, kl):  # covariances, and of all latents
    way = (codes - codes.mean(0)).T @ (values - values.mean())
    return way / way.abs().sum()


@two_mistakes("attribute_direction")
def _(codes, values, kl):  # no constant, and not of length 1
    x = codes * (kl > 0.01)
    return torch.linalg.pinv(x) @ values


@right("log_mixture")
def _(z, shares, means, sds):
    parts = torch.distributions.Independent(Normal(means, sds), 1)
    return torch.distributions.MixtureSameFamily(torch.distributions.Categorical(shares), parts).log_prob(z)


@right("log_mixture")
def _(z, shares, means, sds):
    total = None
    for m in range(len(shares)):
        part = shares[m].log() + Normal(means[m], sds[m]).log_prob(z).sum(1)
        total = part if total is None else torch.logaddexp(total, part)
    return total


@right("log_mixture")
def _(z, shares, means, sds):  # in double precision, the largest part taken out by hand
    z, shares, means, sds = z.double(), shares.double(), means.double(), sds.double()
    scaled = (z.unsqueeze(1) - means.unsqueeze(0)) / sds
    log_parts = -0.5 * torch.einsum("nml,nml->nm", scaled, scaled) - sds.log().sum(1)
    log_parts = log_parts - 0.5 * z.shape[1] * math.log(2 * math.pi) + shares.log()
    top = log_parts.max(1, keepdim=True).values
    return (top + (log_parts - top).exp().sum(1, keepdim=True).log()).squeeze(1)


@right("log_mixture")
def _(z, shares, means, sds):
    parts = [
        torch.distributions.MultivariateNormal(mean, torch.diag(sd**2)).log_prob(z)
        for mean, sd in zip(means, sds, strict=True)
    ]
    return torch.logsumexp(torch.stack(parts, 1) + torch.log(shares), 1)


@right("log_mixture")
def _(z, shares, means, sds):
    n, m, size = len(z), len(means), z.shape[1]
    each = Normal(means.expand(n, m, size), sds.expand(n, m, size)).log_prob(z[:, None].expand(n, m, size))
    weights = torch.log(shares).expand(n, m)
    return torch.log_softmax(each.sum(-1) + weights, -1).neg().add(each.sum(-1) + weights)[:, 0]


@right("log_mixture")
def _(z, shares, means, sds):
    precision = sds.pow(-2)
    distance = ((z[:, None, :] - means[None]) ** 2 * precision).sum(-1)
    log_norm = 0.5 * (torch.log(precision) - math.log(2 * math.pi)).sum(-1)
    return (shares.log() + log_norm - distance / 2).logsumexp(-1)


@two_mistakes("log_mixture")
def _(z, shares, means, sds):  # the mean of logs, without shares
    return Normal(means, sds).log_prob(z[:, None]).sum(2).mean(1)


@two_mistakes("log_mixture")
def _(z, shares, means, sds):  # no half, no 2π
    parts = -(((z[:, None] - means) / sds) ** 2) - sds.log()
    return torch.logsumexp(shares.log() + parts.sum(2), 1)
