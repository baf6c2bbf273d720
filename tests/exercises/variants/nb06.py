"""Notebook 06: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from variants.registry import right, two_mistakes


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    q = log_q.double().exp() * cell
    posterior = torch.log_softmax(log_joint.double(), dim=0) - math.log(cell)
    return (q @ (log_q.double() - posterior)).float()


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    top = log_joint.max()
    p_x = ((log_joint - top).exp() * cell).sum()  # P(X), with its exponent aside
    return torch.sum(torch.exp(log_q) * cell * (log_q - log_joint + top + torch.log(p_x)))


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    log_cell = torch.tensor(cell).log()
    total = torch.tensor(-math.inf)
    for value in log_joint:
        total = torch.logaddexp(total, value + log_cell)
    return sum(q.exp() * (q - j + total) for q, j in zip(log_q, log_joint, strict=True)) * cell


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    """Equation (5): log P(X) minus the bound."""
    q = log_q.exp()
    bound = (q * log_joint).sum() * cell - (q * log_q).sum() * cell
    return log_joint.logsumexp(0) + math.log(cell) - bound


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    shares = torch.log_softmax(log_joint, dim=0)  # of each cell, the posterior's and Q's
    return torch.nn.functional.kl_div(shares, torch.log_softmax(log_q, dim=0), reduction="sum", log_target=True)


@right("gap_on_grid")
def _(a, b, c):
    p_x = b.double().sub(b.max().double()).exp().mul(c).sum().log() + b.max()
    return torch.einsum("g,g->", a.double().exp(), a.double() - b.double() + p_x).mul(c).float()


@two_mistakes("gap_on_grid")
def _(log_q, log_joint, cell):  # the joint, and no cell
    return (log_q.exp() * (log_q - log_joint)).sum()


@two_mistakes("gap_on_grid")
def _(log_q, log_joint, cell):  # the joint, the other way round, averaged
    return (log_joint.exp() * (log_joint - log_q)).mean()


@right("net_bits")
def _(log_q, log_p_x_given_z, log_p_z):
    popped, pushed = -log_q / math.log(2), -(log_p_x_given_z + log_p_z) / math.log(2)
    return pushed - popped


@right("net_bits")
def _(q, x, z):
    return torch.stack([a - b - c for a, b, c in zip(q, x, z, strict=True)]) * math.log2(math.e)


@right("net_bits")
def _(q, x, z):
    return ((q.double() - x.double() - z.double()) / torch.log(torch.tensor(2.0, dtype=torch.float64))).float()


@right("net_bits")
def _(q, x, z):
    def bits(nats):
        return -nats / torch.log(torch.tensor(2.0))

    return bits(x) + bits(z) - bits(q)


@right("net_bits")
def _(q, x, z):
    return torch.einsum("kb,k->b", torch.stack([q, x, z]), torch.tensor([1.0, -1.0, -1.0])) / math.log(2)


@right("net_bits")
def _(q, x, z):
    cost = torch.zeros_like(q)
    for sign, nats in ((1, q), (-1, x), (-1, z)):
        cost = cost + sign * nats * 1.4426950408889634
    return cost


@two_mistakes("net_bits")
def _(q, x, z):  # nats, and no bits back
    return -x - z


@two_mistakes("net_bits")
def _(q, x, z):  # the sign, in nats
    return x + z - q


@right("bits_per_pixel")
def _(elbo, pixels):
    return (-elbo / math.log(2) / pixels).mean()


@right("bits_per_pixel")
def _(elbo, pixels):
    return -math.log2(math.e) * elbo.sum() / (elbo.numel() * pixels)


@right("bits_per_pixel")
def _(elbo, pixels):
    return torch.mean(elbo.double().neg()) / (pixels * torch.tensor(2.0).double().log())


@right("bits_per_pixel")
def _(elbo, pixels):
    total = torch.tensor(0.0)
    for value in elbo:
        total += -value / math.log(2)
    return total / len(elbo) / pixels


@right("bits_per_pixel")
def _(elbo, pixels):
    return elbo.mean().div(-pixels).div(math.log(2))


@right("bits_per_pixel")
def _(elbo, pixels):
    return torch.tensor(-sum(elbo.tolist()) / len(elbo) * math.log2(math.e) / pixels)


@two_mistakes("bits_per_pixel")
def _(elbo, pixels):  # nats, per image
    return -elbo.mean()


@two_mistakes("bits_per_pixel")
def _(elbo, pixels):  # the sign, in nats
    return elbo.mean() / pixels


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    return kl_divergence(Normal(mu, sigma), Normal(torch.zeros(()), scale)).sum(-1)


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    k = mu.shape[1]
    logs = 2 * (k * scale.log() - sigma.log().sum(1))
    return 0.5 * ((sigma.square().sum(1) + mu.square().sum(1)) / scale**2 - k + logs)


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    prior = MultivariateNormal(torch.zeros(mu.shape[1]), scale**2 * torch.eye(mu.shape[1]))
    return torch.stack(
        [kl_divergence(MultivariateNormal(m, s.diag() ** 2), prior) for m, s in zip(mu, sigma, strict=True)]
    )


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    """In units of s it is the old formula, from a log-variance."""
    mu, logvar = mu / scale, 2 * (sigma / scale).log()
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(-1)


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    total = torch.zeros(len(mu))
    for m, s in zip(mu.T, sigma.T, strict=True):
        total = total + (s**2 + m**2) / (2 * scale**2) - 0.5 + torch.log(scale / s)
    return total


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    var, prior = sigma.double() ** 2, scale.double() ** 2
    return (0.5 * (var / prior + mu.double() ** 2 / prior - 1 + (prior / var).log())).sum(1).float()


@two_mistakes("kl_to_wide_prior")
def _(mu, sigma, scale):  # s ignored, averaged
    return (0.5 * (sigma**2 + mu**2 - 1) - sigma.log()).mean(1)


@two_mistakes("kl_to_wide_prior")
def _(mu, sigma, scale):  # no log s, summed over the batch
    return (0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1) - sigma.log()).sum()


@right("count_active")
def _(mu, threshold):
    centered = mu - mu.mean(dim=0, keepdim=True)
    variance = (centered**2).sum(dim=0) / (len(mu) - 1)
    return torch.tensor(float((variance > threshold).sum()))


@right("count_active")
def _(mu, threshold):
    return torch.count_nonzero(torch.cov(mu.T).diagonal() > threshold).to(mu.dtype)


@right("count_active")
def _(mu, threshold):
    return (mu.var(dim=0, correction=0) > threshold).float().sum()


@right("count_active")
def _(mu, threshold):
    second, first = (mu.double() ** 2).mean(0), mu.double().mean(0)
    return ((second - first**2) > threshold).sum().to(torch.float32)


@right("count_active")
def _(mu, threshold):
    count = 0.0
    for i in range(mu.shape[1]):
        count += float(torch.var(mu[:, i], unbiased=False) > threshold)
    return torch.tensor(count)


@right("count_active")
def _(mu, threshold):
    active = mu.std(0, correction=0) > math.sqrt(threshold)
    return torch.tensor(active.nonzero().numel(), dtype=torch.float32)


@two_mistakes("count_active")
def _(mu, threshold):  # the share of those by the sd
    return (mu.std(0) > threshold).float().mean()


@two_mistakes("count_active")
def _(mu, threshold):  # flags, by the mean square
    return ((mu**2).mean(0) > threshold).float()


@right("free_bits_kl")
def _(kl, floor):
    return torch.maximum(kl.mean(0), torch.tensor(floor)).sum()


@right("free_bits_kl")
def _(kl, floor):
    per_dimension = kl.sum(dim=0) / kl.shape[0]
    return sum(value if value > floor else torch.tensor(floor) for value in per_dimension)


@right("free_bits_kl")
def _(kl, floor):
    mean = kl.mean(dim=0)
    return torch.where(mean < floor, floor, mean).sum()


@right("free_bits_kl")
def _(kl, floor):
    return floor * kl.shape[1] + torch.relu(kl.mean(0) - floor).sum()


@right("free_bits_kl")
def _(kl, floor):
    return torch.stack([column.mean().clamp_min(floor) for column in kl.unbind(1)]).sum()


@right("free_bits_kl")
def _(kl, floor):
    mean = torch.einsum("bl->l", kl) / len(kl)
    return torch.amax(torch.stack([mean, torch.full_like(mean, floor)]), dim=0).sum()


@two_mistakes("free_bits_kl")
def _(kl, floor):  # the floor per image, a sum over the batch, and a mean over dimensions
    return kl.clamp(min=floor).sum(0).mean()


@two_mistakes("free_bits_kl")
def _(kl, floor):  # a ceiling, summed over the batch
    return kl.sum(0).clamp(max=floor).sum()


@two_mistakes("free_bits_kl")
def _(kl, floor):  # a ceiling, averaged
    return kl.mean(0).clamp(max=floor).mean()


@right("push_image")
def _(stack, model, x):
    start = stack.bits
    with torch.no_grad():
        q = model.encode(x)
        z = stack.pop_z(q)
        p = model.decode(z)
        stack.push_x(p, x)
        stack.push_z(z)
    return torch.as_tensor(stack.bits - start)


@right("push_image")
def _(stack, model, x):
    """Each step counted by itself."""
    levels = [stack.bits]
    z = stack.pop_z(model.encode(x))
    levels.append(stack.bits)
    stack.push_x(model.decode(z), x)
    levels.append(stack.bits)
    stack.push_z(z)
    levels.append(stack.bits)
    return torch.tensor(levels, dtype=torch.float64).diff().sum().float()


@right("push_image")
def _(bits, network, image):
    def count():
        return torch.tensor(bits.bits, dtype=torch.float64)

    minus = count()
    code = bits.pop_z(network.encode(image))
    bits.push_x(network.decode(code), image)
    bits.push_z(code)
    return (count() - minus).to(torch.float32)


@right("push_image")
def _(stack, model, x):
    """The z stays the same if the graph is cut."""
    grown = -stack.bits
    z = stack.pop_z(model.encode(x)).detach().clone()
    stack.push_x(model.decode(z), x.clone())
    stack.push_z(z)
    grown += stack.bits
    return torch.tensor(grown)


@right("push_image")
def _(stack, model, x):
    """One image is a batch of one."""
    before, pieces = stack.bits, x.split(1)
    for piece in pieces:
        z = stack.pop_z(model.encode(piece))
        stack.push_x(model.decode(z), piece)
        stack.push_z(z)
    return torch.full((), stack.bits - before)


@right("push_image")
def _(stack, model, x):
    Independent, Normal = torch.distributions.Independent, torch.distributions.Normal
    q = model.encode(x)
    before, z = stack.bits, stack.pop_z(Independent(Normal(q.mean, q.stddev), 1))
    stack.push_x(model.decode(z), x)
    stack.push_z(z)
    return torch.tensor([before, stack.bits], dtype=torch.float64).diff()[0].float()


@two_mistakes("push_image")
def _(stack, model, x):  # z before X, and the height in bytes
    z = stack.pop_z(model.encode(x))
    stack.push_z(z)
    stack.push_x(model.decode(z), x)
    return torch.tensor(stack.bits / 8)


@two_mistakes("push_image")
def _(stack, model, x):  # nothing popped, and X not pushed
    before = stack.bits
    stack.push_z(model.encode(x).mean)
    return torch.tensor(before - stack.bits)


@right("pull_image")
def _(stack, model):
    with torch.no_grad():
        z = stack.unpush_z(1, model.latent_size)
        image = stack.unpush_x(model.decode(z))
        stack.unpop_z(model.encode(image), z)
    return image.to(torch.float32)


@right("pull_image")
def _(stack, model):
    z = stack.unpush_z(batch=1, latent_size=model.prior.event_shape[0])
    p = model.decode(z)
    x = stack.unpush_x(p)
    q = model.encode(x)
    stack.unpop_z(q, z)
    return x


@right("pull_image")
def _(pile, network):
    code = pile.unpush_z(1, network.latent_size)
    image = pile.unpush_x(network.decode(code))
    pile.unpop_z(network.encode(image), code)
    return torch.tensor(image.tolist())


@right("pull_image")
def _(stack, model):
    """Pixel by pixel."""
    bernoulli = torch.distributions.Bernoulli
    z, pixels = stack.unpush_z(1, model.latent_size), []
    for probability in model.decode(z).mean[0]:
        one = torch.distributions.Independent(bernoulli(probability.reshape(1, 1)), 1)
        pixels.append(stack.unpush_x(one)[0, 0])
    x = torch.stack(pixels)[None]
    stack.unpop_z(model.encode(x), z)
    return x.float()


@right("pull_image")
def _(stack, model):
    z = torch.cat([stack.unpush_z(1, 1) for _ in range(model.latent_size)], dim=1)  # one dimension at a time
    x = stack.unpush_x(model.decode(z))
    stack.unpop_z(model.encode(x), z)
    return x.float()


@right("pull_image")
def _(stack, model):
    def given(x):
        stack.unpop_z(model.encode(x), z)
        return x.float()

    z = stack.unpush_z(1, model.latent_size)
    return given(stack.unpush_x(model.decode(z)))


@right("pull_image")
def _(stack, model):  # in single precision at once
    z = stack.unpush_z(1, model.latent_size)
    x = stack.unpush_x(model.decode(z)).float()
    stack.unpop_z(model.encode(x), z)
    return x


@two_mistakes("pull_image")
def _(stack, model):  # Q's mean returned, and nothing put back
    z = stack.unpush_z(1, model.latent_size)
    return model.encode(stack.unpush_x(model.decode(z))).mean.float()


@two_mistakes("pull_image")
def _(stack, model):  # the mean for the image, inverted, and nothing put back
    return 1 - model.decode(stack.unpush_z(1, model.latent_size)).mean.float()


@right("code_information")
def _(log_q):
    """Bayes' rule: the probability that each draw is given to its own image."""
    return math.log(len(log_q)) + torch.log_softmax(log_q, dim=1).diagonal().mean()


@right("code_information")
def _(log_q):
    n, total = len(log_q), torch.tensor(0.0)
    for i in range(n):
        total = total + log_q[i, i] - (log_q[i].logsumexp(0) - math.log(n))
    return total / n


@right("code_information")
def _(log_q):
    return math.log(len(log_q)) - torch.nn.functional.cross_entropy(log_q, torch.arange(len(log_q)))


@right("code_information")
def _(log_q):
    ratio = (log_q - log_q.diagonal()[:, None]).double()  # log Q(z|Xⱼ)/Q(z|Xᵢ)
    top = ratio.amax(dim=1)
    return -(top + (ratio - top[:, None]).exp().mean(dim=1).log()).mean().float()


@right("code_information")
def _(log_q):
    own = torch.einsum("ii->i", log_q)
    mixture = torch.logsumexp(log_q - torch.tensor(float(log_q.shape[1])).log(), dim=-1)
    return (own - mixture).sum() / own.numel()


@right("code_information")
def _(log_q):
    eye = torch.eye(len(log_q))
    return torch.trace(log_q) / len(eye) - (log_q.logsumexp(1).mean() - math.log(len(eye)))


@two_mistakes("code_information")
def _(log_q):  # over the draws, in bits
    return (log_q.diagonal() - torch.logsumexp(log_q, 0) + math.log(len(log_q))).mean() / math.log(2)


@two_mistakes("code_information")
def _(log_q):  # the sign, and all entries
    return (log_q.mean(1) - log_q.mean()).sum() + log_q.max()
