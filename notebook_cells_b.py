from nbformat.v4 import new_code_cell as C
from nbformat.v4 import new_markdown_cell as M

from vae_helpers.exercises import catalogue
from vae_helpers.exercises import cells as xc

CELLS = []


def md(id, text):
    CELLS.append(M(text.strip("\n"), id=id))


def code(id, text, **meta):
    CELLS.append(C(text.strip("\n"), id=id, metadata=meta))


def exercise(name):
    CELLS.extend(xc.cells(catalogue()[name]))


# Imports that these cells need in the notebook's setup cell; `digits`, `test` and `labels` are those of the first half.
SETUP = r"""
import math

import torch

from vae_helpers import data, measure, objective, plots
from vae_helpers.beyond import diffusion, discrete, recipe_levels, two_levels
from vae_helpers.exercises import check, predict, progress
from vae_helpers.pages import nb07, nb08b
from vae_helpers.widgets import NoiseToDigit, hold_the_noise

plots.use_style()
digits = data.load("mnist")
test, labels = data.binarize(digits.test_images, seed=0), digits.test_labels
"""

md("levels-text", r"""
## 8.4 Two levels of latents

A learned $P(z)$ fitted the codes better than $N(0, I)$ did. There is a way to have one without inventing a family of densities: let the prior be a latent variable model itself. Draw $z_2$ from $N(0, I)$, let a network turn it into a Gaussian for $z_1$, and decode $z_1$:

$$P(X)=\int\!\!\int P(z_2)\,P(z_1|z_2)\,P(X|z_1)\,dz_1\,dz_2 .$$

To the decoder, $P(z_1)=\int P(z_1|z_2)P(z_2)\,dz_2$ is a mixture of infinitely many Gaussians. **The term of (5) that changes is $D[Q\,\|\,P(z)]$**: it becomes two.

Equation (5) holds for any $z$, so also for the pair $(z_1, z_2)$. Let Q run from the top down too, $Q(z_1,z_2|X)=Q(z_2|X)\,Q(z_1|z_2,X)$. Then

$$\begin{aligned}
&D[Q(z_1,z_2|X)\,\|\,P(z_1,z_2)]\\
&=E_Q\big[\log Q(z_2|X)Q(z_1|z_2,X)-\log P(z_2)P(z_1|z_2)\big] &&\text{definition, both as products}\\
&=E_Q\big[\log Q(z_2|X)-\log P(z_2)\big]+E_Q\big[\log Q(z_1|z_2,X)-\log P(z_1|z_2)\big] &&\text{logarithm of a product}\\
&=D[Q(z_2|X)\,\|\,P(z_2)]+E_{z_2\sim Q}\,D[Q(z_1|z_2,X)\,\|\,P(z_1|z_2)] &&\text{first over } z_1\text{, with } z_2 \text{ held.}
\end{aligned}$$

And $P(X|z_1,z_2)=P(X|z_1)$, so that all of (5) reads

$$\begin{aligned}\log P(X)-D[Q(z_1,z_2|X)\,\|\,P(z_1,z_2|X)]=E_Q[\log P(X|z_1)]&-D[Q(z_2|X)\,\|\,P(z_2)]\\&-E_{z_2\sim Q}\,D[Q(z_1|z_2,X)\,\|\,P(z_1|z_2)].\end{aligned}\tag{13}$$

The last term is the divergence of (11), with $z_2$ in the part of $y$. Two latent numbers can be integrated on a grid. Take any Q, a poor one if you like:
""")
code("levels-check", r"""
def log_normal(value, mean, sd):
    return -0.5 * ((value - mean) / sd) ** 2 - math.log(sd * math.sqrt(2 * math.pi))


for X in (1.0, -0.4):
    parts = nb08b.both_sides(
        prior=lambda z2: log_normal(z2, 0, 1),
        below=lambda z1, z2: log_normal(z1, torch.sin(2 * z2), 0.5),
        likelihood=lambda z1, X=X: log_normal(X, z1 + 0.3 * z1**2, 0.4),
        q2=lambda z2: log_normal(z2, 0.5, 0.8),
        q1=lambda z1, z2: log_normal(z1, 0.6 + 0.2 * z2, 0.6),
    )
    log_p, gap, reconstruction, *divergences = parts.values()
    right = reconstruction - sum(divergences)
    line = f"X = {X}: left side {log_p - gap:.6f}, right side {right:.6f}"
    print(line.replace("-", "−"))
    for name, value in parts.items():
        print(f"    {name:25} {value:8.3f} nats".replace("-", "−"))
    assert abs(log_p - gap - right) < 1e-6
""")
md("levels-check-seen", r"""
Both sides agree. Now for images, where each expectation is taken by one draw, and each divergence is one of two Gaussians.
""")
exercise("two_level_kl")
md("levels-model-text", r"""
Two shipped models. The first has one level of 16 latents. The second has 8 latents above 16, narrower layers, and fewer parameters in all. Both saw the same digits equally often. The divergences of the second are computed by your function.
""")
code("levels-compare", r"""
one_level = recipe_levels.load("one-level")
stack = recipe_levels.load("two-levels")


def numbers(p):
    return p.mean, 2 * p.stddev.log()


x = test[:2000]
eps = torch.randn(2000, 8, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    networks = (
        lambda x: numbers(stack.encode_upper(x)),
        lambda x, z2: numbers(stack.encode_lower(x, z2)),
        lambda z2: numbers(stack.below(z2)),
    )
    upper, lower = two_level_kl(x, eps, *networks)
    both = two_levels.bound(stack, x, torch.Generator().manual_seed(0))
assert torch.allclose(upper, both.upper, atol=1e-2)
assert torch.allclose(lower, both.lower, atol=1e-2)
plain = measure.evaluate(one_level, x)
sizes = [sum(p.numel() for p in m.parameters()) for m in (one_level, stack)]
print(f"one level:  {sizes[0]:,} parameters, KL {plain.kl.mean():.1f} nats")
print(f"two levels: {sizes[1]:,} parameters, KL {upper.mean():.1f} for z₂ and ", end="")
print(f"{lower.mean():.1f} for z₁")
bounds = {"one level": plain.elbo, "two levels": both.elbo}
print(nb08b.beside({name: bound.mean().item() for name, bound in bounds.items()}))
""")
md("levels-compare-seen", r"""
That is the number. What does each level *hold*? Draw one pair $(z_2,z_1)$, then redraw part of it.
""")
code("predict-held", 'predict("hold the lower level")')
code("levels-held", r"""
rows = nb08b.held(stack)
pictures = torch.cat(list(rows.values()))
plots.show(
    plots.digits(pictures, columns=9, rows=list(rows), scale=0.75),
    alt="Rows of digits: z₂ held; z₂ redrawn with z₁ following; z₁ held, all alike.",
)
still = pictures[18:]
assert torch.allclose(still, still[:1], atol=1e-5)
print(nb08b.moved(stack))
with torch.no_grad():
    upper_mean = stack.encode_upper(test[:5000]).mean
    lower_mean = stack.encode_lower(test[:5000], upper_mean).mean
for name, codes in (("z₂", upper_mean), ("z₁", lower_mean)):
    told = nb07.class_left(codes, labels[:5000]).split("\n")[0].split(";")[0]
    print(f"{name}: {told}")
""")
md("levels-held-seen", r"""
The last row is one picture nine times. $z_2$ reaches $X$ through $z_1$ alone, and with $z_1$ held it has no say.

In the first row $z_2$ is held: the digits are relatives, and differ in what $P(z_1|z_2)$ leaves open. In the second row $z_2$ is redrawn, and $z_1$ goes along. The printed distances say how the work is shared. Nothing in (13) prescribes a share. Training may leave $z_2$ idle, and in deep stacks it often does: if $Q(z_2|X)$ equals $P(z_2)$, that level costs nothing and says nothing. Sønderby et al. (2016) describe this, and the top-down Q used here is one of their remedies. With dozens of levels and convolutions such models draw faces (Vahdat and Kautz 2020; Child 2020).
""")

md("discrete-text", r"""
## 8.5 Discrete latents

Notebook 06 sent digits as bits, and had to work for it: a real $z$ has infinitely many digits, and bits-back coding gets back what is too much. A latent that is *discrete* can be sent as it is. It can also be handed to a model of sequences, which is how pictures and sound get into language models.

In a **VQ-VAE** (van den Oord et al. 2017) the encoder puts out $M$ vectors $h_1,\ldots,h_M$, and each is replaced by the nearest of $K$ vectors in a **codebook**. The code of an image is $M$ whole numbers, $c=c(X)$.

**The terms of (5)**: $Q(c|X)$ is 1 for one code and 0 for all others. Then

$$D[Q\,\|\,P]=\sum_c Q(c|X)\log\frac{Q(c|X)}{P(c)}=-\log P(c(X)),$$

since $1\log 1=0$. With all codes alike, $P(c)=K^{-M}$, that is $M\log K$ nats for every image. It is a constant, and training has nothing to lower in it. What is left is

$$\log P(X)\;\ge\;\log P(X|c(X))+\log P(c(X)),$$

which one sees without (5), too: the right side is the logarithm of one term of the sum $P(X)=\sum_c P(c)P(X|c)$.

But how does the encoder learn? Between it and the decoder stands an argmin. Move $h$ a little: the nearest code stays the same, the loss stays the same. **The path estimate of notebook 04 differentiates along the path from the encoder to the loss, and here the path is a staircase.** The **straight-through** gradient pretends there was no rounding: it hands what arrives at the code on to $h$.
""")
exercise("nearest_code")
code("flat", r"""
vq = recipe_levels.load("vq")
one = test[:500]
h = vq.before(one)  # (500, 12, 8): 12 vectors of 8 numbers for each image


def rounded_loss(h):
    return -vq.decode(nearest_code(h.flatten(0, 1), vq.codebook).view_as(h)).log_prob(one)


noise = torch.randn(h.shape, generator=torch.Generator().manual_seed(0))
change = (rounded_loss(h + 1e-3 * noise) - rounded_loss(h)).abs()
flat = (change < 1e-4).float().mean()  # less is the rounding of floating point
print(f"h moved by about 0.001: the loss of {flat:.1%} of 500 digits stays")
leaf = h.clone().requires_grad_()
(through,) = torch.autograd.grad(rounded_loss(leaf).sum(), leaf)
length = through.flatten(1).norm(dim=1).mean()
print(f"straight-through gradient of h: length {length:.2f} nats per unit")
assert flat > 0.8 and length > 0.1

i, m, slope = nb08b.steepest(through)  # image and place
line = torch.linspace(-6, 6, 1201)
moved = h[i].repeat(1201, 1, 1)
moved[:, m] -= line[:, None] * through[i, m] / slope
codes = nearest_code(moved.flatten(0, 1), vq.codebook).view_as(moved)
losses = -vq.decode(codes).log_prob(one[i])
plots.show(
    nb08b.staircase(line, losses, -slope),
    alt="The loss on a line through h: steps, and the slope that is passed through.",
)
""")
md("flat-seen", r"""
The loss is a staircase: derivative 0 almost everywhere, and none at the steps. The green point is where the encoder put $h$. The dashed line has the slope that the straight-through gradient reports. It is the slope of the decoder's loss at the code, not of the curve in this picture: a biased gradient, with no guarantee that the next code on the way is a better one. It works because codes and encoder outputs are kept near each other, by two more terms in the loss, $|\mathrm{sg}(h)-e|^2+\beta\,|h-\mathrm{sg}(e)|^2$, where sg stops the gradient.

One thing goes wrong in nearly every first attempt. A code that is nearest to no output gets no gradient, so it stays where it is, and is nearest to none: it is **dead**. Codebook use has a number, the **perplexity** of the codes' frequencies, $\exp(-\sum_k f_k\log f_k)$: $K$ if all are used alike, 1 if one alone is. Two short runs, from the same start; in the second, codes that a batch did not use are moved onto outputs of the encoder in every 20th step:
""")
code("dead", r"""
some = digits.train_images[:12_000]
used, perplexities = {}, {}
for name, reviving in (("left alone", 0), ("revived", 20)):
    young = discrete.VQVAE(places=12, codes=32, size=8, hidden=64)
    discrete.train(young, some, steps=300, reviving=reviving)
    with torch.no_grad():
        k = young.encode(test[:2000])
    used[name] = torch.bincount(k.flatten(), minlength=32)
    perplexities[name] = discrete.perplexity(k, 32)
    print(f"{name}: {(used[name] > 0).sum()} of 32 codes used, ", end="")
    print(f"perplexity {perplexities[name]:.1f}")
assert perplexities["revived"] > perplexities["left alone"]
plots.show(
    nb08b.usage(used),
    alt="Use of 32 codes in two runs: a few codes carry all; nearly all are used.",
)
""")
md("dead-seen", r"""
The encoder's first outputs are all nearly alike. The few codes that happen to lie near them take all, and the others never move. Moving the dead onto the living is one cure (Dhariwal et al. 2020); starting the codebook at encoder outputs is another. Neither has to do with the bound. They are what it costs to have no gradient.

The shipped `vq` was trained longer, with revival. Its bound needs a $P(c)$. All codes alike is one choice. Better ones can be *counted* after training: how often a code occurs at each place, or how often after the code at the place before.
""")
code("codes", r"""
seen_images = data.binarize(digits.train_images[:20_000], seed=0)
with torch.no_grad():
    k, seen = vq.encode(test), vq.encode(seen_images)
    fit = vq.decode(vq.codebook[k]).log_prob(test).mean().item()
words = f"perplexity {discrete.perplexity(k, 32):.1f} of 32; log P(X|c) {fit:.1f} nats"
print(words.replace("-", "−"))
bounds = {"one-level VAE": measure.evaluate(one_level, test).elbo.mean().item()}
for name, length in discrete.code_lengths(seen, k, 32).items():
    bounds[f"VQ, {name}"] = fit - length.mean().item()
print(nb08b.beside(bounds))
with torch.no_grad():
    rows = {"X": test[:10], "from its code": vq.decode(vq.codebook[k[:10]]).mean}
rows |= nb08b.code_draws(vq, seen)
plots.show(
    plots.digits(torch.cat(list(rows.values())), rows=list(rows), scale=0.75),
    alt="Digits, and what is decoded from their codes; below, draws with two priors.",
)
""")
md("codes-seen", r"""
Twelve numbers from 0 to 31 hold a digit well: 60 bits. As a model of digits, codes drawn all alike are poor, and the bound says so. Counting how often each code occurs gains nats, and asking which code is at the place before gains some more. The draws stay poor: twelve codes depend on one another in more ways than from place to place. The lesson is that of 8.3: train the codes first, then a strong $P(c)$. In practice it is a large autoregressive network over codes, and that network is the actual generator.

**Other ways to a gradient.** VQ keeps one code and pretends. With a *distribution* over few states, $Q(z=v_k)=\pi_k$, two estimates are in use. The score-function estimate of notebook 04 needs no path. **Gumbel-softmax** builds a path: with Gumbel noise $g_k$, the state with the largest $\log\pi_k+g_k$ is an exact draw from Q; replace the argmax by a softmax at temperature $\tau$,

$$z=\sum_k y_k v_k,\qquad y=\mathrm{softmax}\big((\log\pi+g)/\tau\big),$$

and the path estimate applies, to a $z$ that lies *between* the states. Take notebook 04's loss $\ell$ at five states. By enumeration the gradient is exact: $\partial E[\ell]/\partial a_k=\pi_k\,(\ell(v_k)-E[\ell])$ for logits $a$.
""")
code("predict-temperature", 'predict("turn the temperature down")')
code("temperature", r"""
values = torch.linspace(-2, 2, 5, dtype=torch.float64)  # the five states
logits = torch.tensor([0.5, 0.0, -0.5, 0.0, 0.5], dtype=torch.float64)
pi, losses = logits.softmax(dim=0), hold_the_noise.loss(values)  # ℓ of notebook 04
mean = pi @ losses
exact, draws = pi * (losses - mean), 40_000
dial = {}
for tau in (5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05):
    generator = torch.Generator().manual_seed(0)
    states = (logits, values, hold_the_noise.slope, tau, draws, generator)
    estimates = discrete.gumbel_gradients(*states)
    dial[tau] = bias, sd = nb08b.bias_and_deviation(estimates, exact)
    print(f"Gumbel-softmax, τ = {tau:4}: bias {bias:.2f}, one draw's sd {sd:5.2f}")
print(f"(length of the exact gradient: {exact.norm():.2f})")
scores = {}
for latents in (1, 16):
    for name, baseline in (("plain", 0.0), ("E[ℓ] subtracted", latents * mean)):
        generator = torch.Generator().manual_seed(0)
        states = (logits, losses, draws, generator, latents, baseline)
        estimates = discrete.score_gradients(*states)
        bias, sd = nb08b.bias_and_deviation(estimates, exact)
        scores[latents, name] = bias, sd
        words = f"score function, L = {latents:2}, {name:15}"
        print(f"{words} bias {bias:.2f}, sd {sd:5.2f}")
assert dial[0.1][0] < dial[1.0][0] and dial[0.1][1] > dial[1.0][1]
plots.show(
    nb08b.dial(dial, scores[1, "plain"]),
    alt="Below τ = 1: colder, the bias falls and the standard deviation rises.",
)
""")
md("temperature-seen", r"""
Temperature is a dial between two errors. Hot, the draws are blends, the loss is asked at points between the states where it means nothing, and the estimate is wrong however often one draws. Cold, it is nearly right on average, and a single draw is almost always flat or very steep. (The remaining few hundredths of bias at the cold end, and those of the score function, are within the noise of 40,000 draws.)

On this small model the score-function estimate is the better one: unbiased, and quieter than the cold Gumbel estimate. That is no general verdict. Its trouble is the one measured in notebook 04: it multiplies by the *whole* loss. With $L=16$ latents that add up their losses, its noise is many times as large; subtracting $E[\ell]$, a baseline, mends most of that. The Gumbel estimate of one latent's gradient does not notice the other latents at all.
""")

md("chain-text", r"""
## 8.6 Diffusion: many levels and a fixed Q

Take 8.4 to the extreme. $T$ levels, each as large as the picture, and **a Q that is not learned at all**: every level is the one below with a little more noise. Call the picture $x_0$, the latents $x_1,\ldots,x_T$:

$$Q(x_t|x_{t-1})=N\big(\sqrt{1-\beta_t}\;x_{t-1},\;\beta_t I\big).$$

The top level is nothing but noise, whatever the picture was. The model walks back, $P(x_T)=N(0,I)$, then $P(x_{t-1}|x_t)$ by a network, down to $x_0$. Nothing is new in principle: (5) with $z=(x_1,\ldots,x_T)$. **Of its terms, the divergence has become $T$ divergences, and the encoder has no parameters** (Sohl-Dickstein et al. 2015).

$$\begin{aligned}
\log P(x_0)&\ge E_Q\big[\log P(x_0,\ldots,x_T)-\log Q(x_1,\ldots,x_T|x_0)\big] &&\text{(5), error term left out}\\
&=E_Q\Big[\log P(x_T)+\sum_{t=1}^{T}\log P(x_{t-1}|x_t)&&\text{P from the top down}\\
&\qquad-\log Q(x_T|x_0)-\sum_{t=2}^{T}\log Q(x_{t-1}|x_t,x_0)\Big] &&\text{Q too, by Bayes' rule}\\
&=E_Q[\log P(x_0|x_1)]-\sum_{t=2}^{T}E_Q\,D[Q(x_{t-1}|x_t,x_0)\,\|\,P(x_{t-1}|x_t)]\\
&\qquad-D[Q(x_T|x_0)\,\|\,P(x_T)]. &&\text{as in (13), level by level}
\end{aligned}\tag{14}$$

Three things make it practical. The first: $x_t$ needs no $t$ steps. A sum of Gaussian noises is Gaussian noise.
""")
exercise("noised")
code("noise", r"""
steps = 100
betas = diffusion.betas(steps)  # β₁ to β₁₀₀
x0 = 2 * diffusion.small(digits.test_images) - 1  # 14×14, pixels −1 and 1
generator = torch.Generator().manual_seed(0)
walkers = x0[:1].repeat(20_000, 1)[:, :50]
for beta in betas[:20]:  # step by step
    fresh = torch.randn(walkers.shape, generator=generator)
    walkers = (1 - beta).sqrt() * walkers + beta.sqrt() * fresh
at20 = torch.full((20_000,), 20)
fresh = torch.randn(walkers.shape, generator=generator)
jumped = noised(x0[:1].repeat(20_000, 1)[:, :50], fresh, betas, at20)
for name, cloud in (("20 steps", walkers), ("one jump", jumped)):
    ink = x0[0, :50]
    print(f"{name}: factor of x₀ {(cloud.mean(0) @ ink) / (ink @ ink):.4f}, ", end="")
    print(f"variance {cloud.var(dim=0).mean():.4f}")
times = torch.tensor([1, 10, 20, 30, 40, 50, 60, 80, 100])
eps = torch.randn(1, 196, generator=generator).expand(9, -1)
strip = [noised(x0[i : i + 1].expand(9, -1), eps, betas, times) for i in (0, 1)]
plots.show(
    plots.digits(
        diffusion.large(torch.cat(strip)),
        columns=9,
        columns_names=[f"t = {t}" for t in times],
        scale=0.75,
    ),
    alt="Two digits of 14×14 pixels sink into noise, from t = 1 to t = 100.",
)
""")
md("noise-seen", r"""
The digits are reduced to 14×14 pixels, black or white, so that all of (14) fits into this page.

The second: write $\alpha_t^2=\prod_{s\le t}(1-\beta_s)$ and $\sigma_t^2=1-\alpha_t^2$. Then $Q(x_{t-1}|x_t,x_0)$ is a Gaussian in closed form: notebook 02's Bayes' rule with a Gaussian prior and a Gaussian observation. Its mean is a weighted sum of $x_t$ and $x_0$, and its variance does not depend on $x_0$. So let $P(x_{t-1}|x_t)$ be the *same formula*, with a network's guess $\hat x_0(x_t,t)$ in the place of $x_0$. The variances are equal, and (6) leaves the distance of the means,

$$D[Q(x_{t-1}|x_t,x_0)\,\|\,P(x_{t-1}|x_t)]=\tfrac12\Big(\frac{\alpha_{t-1}^2}{\sigma_{t-1}^2}-\frac{\alpha_t^2}{\sigma_t^2}\Big)\,|x_0-\hat x_0(x_t,t)|^2 .$$

Training a diffusion model is **guessing the picture from a noisy one**, a regression, at every level of noise (Kingma et al. 2021; Ho et al. 2020 guess $\varepsilon$, which is the same guess in other units).

The third: a term of the sum needs one $t$ and one $\varepsilon$. Training draws them, and never walks.
""")
code("predict-steps", 'predict("more steps")')
code("chain", r"""
denoiser = recipe_levels.load("denoiser")
vae14 = recipe_levels.load("small-vae")
few = x0[:500]
chains = {}
for count in (10, 30, 100):
    generator = torch.Generator().manual_seed(0)
    chains[count] = c = diffusion.bound(denoiser, few, count, generator)
    first, walk, last = c.first.mean(), c.steps.sum(dim=0).mean(), c.prior.mean()
    words = f"T = {count:3}: log P(x₀|x₁) {first:5.2f}, steps {walk:6.2f}, last {last:.2f}"
    print(words.replace("-", "−"))
now, before = torch.full((500, 1), 0.5), torch.full((500, 1), 0.49)
xt = diffusion.noised(few, now, torch.Generator().manual_seed(1))
with torch.no_grad():
    guess = denoiser(xt, now)
    by_6 = diffusion.step_kl(
        diffusion.back(few, xt, before, now), diffusion.back(guess, xt, before, now)
    )
(a, s), (a1, s1) = diffusion.signal_and_noise(now), diffusion.signal_and_noise(before)
fall = ((a1 / s1) ** 2 - (a / s) ** 2)[:, 0]
assert torch.allclose(by_6, 0.5 * fall * (few - guess).square().sum(1), rtol=1e-2)
bounds = {"VAE": measure.evaluate(vae14, (few + 1) / 2, 10).elbo.mean().item()}
for count, c in chains.items():
    bounds[f"diffusion, T = {count}"] = c.elbo.mean().item()
print(nb08b.beside(bounds))
assert bounds["diffusion, T = 10"] < bounds["diffusion, T = 100"]
plots.show(
    nb08b.by_step(chains),
    alt="Divergence of each step against t, for 10, 30 and 100 steps; areas are sums.",
)
""")
md("chain-seen", r"""
This is the whole bound in nats, and it can stand beside the VAE's: both are bounds on the same $\log P(X)$ of the same pixels. (With pixels that are −1 or 1, $P(x_0|x_1)$ is a coin for each pixel, whose odds Bayes' rule gives.)

In the figure the area below a curve is the sum of its steps. Near the picture, on the left, hardly anything is left to guess; at the right the guess is bad, but there the noise forgives it. The cost lies between, where it is settled which strokes there will be. With few steps each bar is as high as its noisier end; with many, the staircase hugs the curve from above. More terms, and a smaller sum.

The networks here are small, with about as many parameters as the VAE, and fully connected. Which of the two is ahead says more about these networks than about the idea. What diffusion buys is that no encoder has to be learned, no posterior collapses, and each step is a plain regression, so that it grows well: with convolutions and attention, and on large pictures.

Now walk back: $x_{100}\sim N(0,I)$, and draw $x_{t-1}$ from $P(x_{t-1}|x_t)$, a hundred times.
""")
code("walk", r"""
path = diffusion.sample(denoiser, 8, steps, torch.Generator().manual_seed(4))
plots.show(
    nb08b.filmstrip(path, [100, 80, 60, 50, 40, 30, 20, 10, 1]),
    alt="Four draws from t = 100 to t = 1: x_t, from noise to digit, and each guess.",
)
explorer = NoiseToDigit(path)
explorer
""")
md("walk-seen", r"""
Move the slider from right to left, by mouse or arrow keys. The upper row is $x_t$, the lower one the network's guess $\hat x_0(x_t,t)$. At first the guess is nearly the average of all digits, as a regressor's must be (notebook 07). Between $t=60$ and $t=20$ it decides, and after that only single pixels change. Compare with the figure of costs: that is where the nats are spent.

**From here to latent diffusion** it is one step. Section 8.3 learned $P(z)$ for codes of a trained VAE. Let $P(z)$ be a diffusion model: train a VAE, encode all pictures, and let a network learn to denoise the *codes*. Each step is then small, and the VAE's decoder does the pixels (Rombach et al. 2022).
""")

# For the summary and the references of the page.
SUMMARY = r"""
- Two levels: the prior becomes a latent variable model. (5) holds for the pair, and its divergence splits into one for each level, (13).
- Discrete latents: a Q on one code makes the divergence $-\log P(c)$, and the path a staircase. Straight-through passes a biased gradient; Gumbel-softmax trades bias for variance by its temperature; the score function is unbiased, and loud with many latents.
- Diffusion: (13) with $T$ levels and a fixed Q, (14). Each term is a squared error of a guess of the picture, and all of them sum to a bound in nats.
"""
REFERENCES = r"""
Sønderby, Raiko, Maaløe, Sønderby and Winther, *Ladder Variational Autoencoders*, 2016, arXiv 1602.02282. Vahdat and Kautz, *NVAE*, 2020, arXiv 2007.03898. Child, *Very Deep VAEs*, 2020, arXiv 2011.10650. Van den Oord, Vinyals and Kavukcuoglu, *Neural Discrete Representation Learning*, 2017, arXiv 1711.00937. Dhariwal et al., *Jukebox*, 2020, arXiv 2005.00341. Jang, Gu and Poole, *Categorical Reparameterization with Gumbel-Softmax*, 2016, arXiv 1611.01144. Maddison, Mnih and Teh, *The Concrete Distribution*, 2016, arXiv 1611.00712. Sohl-Dickstein, Weiss, Maheswaranathan and Ganguli, *Deep Unsupervised Learning using Nonequilibrium Thermodynamics*, 2015, arXiv 1503.03585. Ho, Jain and Abbeel, *Denoising Diffusion Probabilistic Models*, 2020, arXiv 2006.11239. Kingma, Salimans, Poole and Ho, *Variational Diffusion Models*, 2021, arXiv 2107.00630. Rombach et al., *High-Resolution Image Synthesis with Latent Diffusion Models*, 2022, arXiv 2112.10752.
"""
