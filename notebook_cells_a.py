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


# Imports that these cells need in the notebook's setup cell.
SETUP = r"""
import torch

from vae_helpers import conditional, data, likelihood, objective, plots, weights
from vae_helpers.beyond import full_covariance, mixture_prior, recipe_first, signal
from vae_helpers.exercises import check, predict, progress
from vae_helpers.pages import nb08a as page
from vae_helpers.widgets import LatentPlane

plots.use_style()
digits = data.load("mnist")
test, labels = data.binarize(digits.test_images, seed=0), digits.test_labels
model, model16 = weights.load("mnist-2d"), weights.load("mnist-16d")
print(f"{len(test):,} test digits ({digits.name}), black and white")
if digits.name == "strokes":
    print("All models here were trained on MNIST, and these drawn digits are a little")
    print("foreign to them: expect lower scores.")
"""

md(
    "tighter-text",
    r"""
## 8.1 A tighter bound

Training raises the right side of (5), and that is $\log P(X)$ minus $D[Q(z|X)\,\|\,P(z|X)]$. Notebook 06 measured that error term: several nats, nearly all from digits whose Q lies in the wrong place. A model pays for it twice. Its bound is low, and its decoder is bent toward digits whose posterior the encoder can hit.

Notebook 05 had a better estimate of $\log P(X)$ than one draw gives: the average of $K$ weights. Why not train by that? **The term of (5) that changes is the error term** on the left.

Write $w=P(X,z)/Q(z|X)$ for $z\sim Q$. Then

$$\begin{aligned}
E_Q\Big[\log\tfrac1K\textstyle\sum_k w_k\Big]
&\le\log E_Q\Big[\tfrac1K\textstyle\sum_k w_k\Big] &&\text{Jensen: the logarithm is concave}\\
&=\log E_Q[w] &&\text{each draw has the same expectation}\\
&=\log\int Q(z|X)\,\frac{P(X,z)}{Q(z|X)}\,dz=\log P(X) &&\text{definition of } w.
\end{aligned}$$

So the left side is a bound for every $K$,

$$\log P(X)\;\ge\;E_{z_1,\ldots,z_K\sim Q}\Big[\log\frac1K\sum_{k=1}^K\frac{P(X,z_k)}{Q(z_k|X)}\Big].\tag{12}$$

With $K=1$ it is (5). It never falls when $K$ grows: an average of $K$ weights is the mean of its averages of $K-1$, and by the same inequality the logarithm of a mean lies above the mean of logarithms (Burda et al. 2015). `objective.iwae` computes it.

To train by (12) one needs its gradient.
""",
)
exercise("k_sample_gradient")
code("predict-fifty", 'predict("trained with fifty draws")')
code(
    "tighter",
    r"""
ks = [1, 5, 50]
names = {"K = 1": "plain", "K = 5": "k5", "K = 50": "k50"}
trained = {name: recipe_first.load(file) for name, file in names.items()}
rows, exact = {}, {}
for name, each in trained.items():
    rows[name] = page.bounds(each, test[:120], ks)
    exact[name] = likelihood.quadrature(each, test[:120]).mean().item()
print(page.bounds_table(ks, rows, exact))
plots.show(
    page.bounds_figure(ks, rows, exact),
    alt="Bounds of three models rise with K toward their dashed lines of log P(X).",
)
print(page.bounds_in_words(rows, exact))
assert exact["K = 50"] > exact["K = 5"] > exact["K = 1"]
assert rows["K = 50"][0] < rows["K = 5"][0]
""",
)
md(
    "tighter-seen",
    r"""
Three networks of one size, two latents each, trained alike for some minutes at most; with two latents $\log P(X)$ is exact, by quadrature. Read the rows first: each rises with $K$, and none passes its $\log P(X)$. Then the last column: the more draws in training, the better $P(X)$. The plain VAE's number is the first.

And the column $K=1$: by the measure of (5) the model of 50 draws is by far the worst. Its Q has become wide. Of fifty draws a few may be bad at no cost, so what pays is to cover the posterior; of one draw none may be. A bound is a statement about a P *and* a Q. This Q has to be used with as many draws as it was trained for.

### What the encoder hears

Is $K=5000$ better still? Look at the gradient for φ, the encoder's weights. Write $w_k=P(X)\,(1+\delta_k)$, where $E[\delta_k]=0$, and $\bar\delta$ for the average of $K$ of them:

$$\begin{aligned}
\log\tfrac1K\textstyle\sum_k w_k&=\log P(X)+\log(1+\bar\delta) &&\text{definition of } \delta\\
&\approx\log P(X)+\bar\delta-\tfrac12\bar\delta^2 &&\text{Taylor, for small } \bar\delta\\
E\big[\ldots\big]&\approx\log P(X)-\frac{\operatorname{Var}[\delta]}{2K} &&E[\bar\delta]=0,\ E[\bar\delta^2]=\operatorname{Var}[\delta]/K.
\end{aligned}$$

φ occurs in the last term only. So the **mean** of its gradient falls like $1/K$. Its **noise** is that of $\nabla_\phi\bar\delta$, an average of $K$ draws, and falls like $1/\sqrt K$. What is left of the signal is $\frac1K\big/\frac1{\sqrt K}=1/\sqrt K$ of the noise (Rainforth et al. 2018). For θ the mean tends to $\nabla_\theta\log P(X)$, which does not vanish: its ratio grows like $\sqrt K$.

Measure it: draw thousands of gradients from one model and divide the length of their mean by their spread. Your function makes a gradient of any $K$ out of the same draws.
""",
)
code(
    "signal",
    r"""
judged = trained["K = 5"]
pool = signal.pool(judged, test[:8], draws=8192, chunk=2048)  # 8192 draws of each digit
powers = [1, 2, 4, 8, 16, 32]
ratios = {"encoder": [], "decoder": []}
for name, part in (("encoder", pool.encoder), ("decoder", pool.decoder)):
    for k in powers:
        each = signal.signal_to_noise(pool.log_w, part, k, k_sample_gradient)  # (8,)
        ratios[name].append(each.median().item())
plots.show(
    page.signal_figure(powers, ratios),
    alt="On log axes the encoder's ratio falls with K, and the decoder's rises.",
)
print(page.signal_in_words(powers, ratios))
assert ratios["encoder"][-1] < 0.6 * ratios["encoder"][0]
assert ratios["decoder"][-1] > 2 * ratios["decoder"][0]
""",
)
md(
    "signal-seen",
    r"""
These are gradients by the last biases of either network, and the median of eight digits. Dashed is the law. It holds for weights that do not scatter too much; where Q misses a posterior, a few draws carry all the weight, and the fall is slower than the law's.

So a tighter bound is better for the decoder and worse for the encoder's teacher: at some $K$ the encoder learns from noise. The way out is not to follow (12) blindly for φ. One can weight only the *paths* $z=\mu+\sigma\varepsilon$, by the squares of the shares, which has the same mean and less noise (Tucker et al. 2018, *doubly reparameterized*), or train φ by $K=1$ and θ by many.
""",
)

md(
    "leaning-text",
    r"""
## 8.2 A better Q

The ellipses of notebooks 05 and 06 lie parallel to the axes, since Σ is diagonal. True posteriors lean: if a thicker pen could be traded for another shape, both latents may move together. **The term of (5) that changes is** $Q(z|X)$, on both sides.

Let Σ be full. An encoder cannot put out just any numbers for it, since a covariance must be symmetric and positive. A triangular matrix $C$ with a positive diagonal may be anything else, and $\Sigma=CC^{\mathsf T}$ is always a covariance, and each is one of these (Cholesky). Then

$$\begin{aligned}
z&=\mu+C\varepsilon,\quad\varepsilon\sim N(0,I) &&\text{mean } \mu,\ \text{covariance } E[C\varepsilon\varepsilon^{\mathsf T}C^{\mathsf T}]=CC^{\mathsf T}\\
D[Q\,\|\,P(z)]&=\tfrac12\big(\operatorname{tr}\Sigma+\mu^{\mathsf T}\mu-L-\log|\Sigma|\big) &&\text{(7)}\\
&=\tfrac12\Big(\textstyle\sum_{ij}C_{ij}^2+\mu^{\mathsf T}\mu-L\Big)-\sum_i\log C_{ii} &&|CC^{\mathsf T}|=|C|^2=\big(\textstyle\prod_iC_{ii}\big)^2.
\end{aligned}$$
""",
)
exercise("full_covariance_draw")
code("predict-leaning", 'predict("what leaning gains")')
code(
    "leaning",
    r"""
x = test[:40]
found = full_covariance.best(model, x)  # for each digit: the best of either kind
mu, c = found.mu, found.c
z, kl = full_covariance_draw(mu, c, torch.zeros(40, 2))
assert torch.allclose(z.float(), mu)  # without noise, a draw is the mean
assert (kl - full_covariance.kl(mu, c)).abs().max() < 1e-3
most = (found.full - found.diagonal).argsort(descending=True)[:4]
plots.show(
    page.leaning(model, x, found, most),
    alt="Four leaning posteriors, dashed ellipses along the axes, orange ones leaning.",
)
print(page.closed_in_words(found))
""",
)
md(
    "leaning-seen",
    r"""
The four digits that gain most: in blue the posterior, dashed the best diagonal Gaussian, in orange the best of all Gaussians. No encoder took part, each digit was searched for by itself with notebook 06's tools, and every number is by quadrature. So the last lines are exact, for this decoder. A leaning ellipse closes a part of what notebook 06 called the approximation gap, and next to nothing of the whole: the gap is amortization. The figure pleases and the number is small. Before a better family for Q is built, measure which of the two gaps is large.

With sixteen latents there are 120 correlations in place of one. No grid reaches there, so both searches go by draws.
""",
)
code(
    "leaning-16",
    r"""
few = test[:12]
start = objective.mean_and_sigma(model16.encode(few))
kinds = {
    "encoder's Q": (start[0], torch.diag_embed(start[1])),
    "best diagonal": full_covariance.search(model16, few, full=False),
    "best full": full_covariance.search(model16, few, full=True),
}
means = {}
generator = torch.Generator().manual_seed(0)
with torch.no_grad():
    for name, (mu, c) in kinds.items():
        log_p = 0.0
        for _ in range(200):
            eps = torch.randn(12, 16, generator=generator)
            z, kl = full_covariance_draw(mu, c, eps)
            log_p = log_p + model16.decode(z.float()).log_prob(few) / 200
        means[name] = (log_p - kl).mean().item()
        print(f"{name:14} bound {means[name]:7.2f} nats")
place = means["best diagonal"] - means["encoder's Q"]
assert 0 < means["best full"] - means["best diagonal"] < place
""",
)
md(
    "leaning-16-seen",
    r"""
Here leaning is worth more than in the plane, and again less than a better place and width for each digit. A *flow* goes on in the same way: $z=\mu+C\varepsilon$ is one invertible step with a known determinant, and several with bends between them make a Q that is no Gaussian (Rezende and Mohamed 2015; Kingma et al. 2016).
""",
)

md(
    "prior-text",
    r"""
## 8.3 A better P(z)

[Notebook 05](05_using_the_model.ipynb) found holes: places where $N(0,I)$ draws and no digit's code lies. A draw from there is a picture of nothing. Its section 5.8 put a mixture in the place of $P(z)$. **The term of (5) that changes is** $D[Q(z|X)\,\|\,P(z)]$, and averaged over the data only its prior's part does:

$$\begin{aligned}
E_X\,D[Q(z|X)\,\|\,P(z)]&=E_X\,E_Q[\log Q(z|X)]-E_X\,E_Q[\log P(z)] &&\text{definition}\\
&=E_X\,E_Q[\log Q(z|X)]-E_{q}[\log P(z)] &&q(z)=E_X[Q(z|X)].
\end{aligned}$$

The last expectation is greatest for $P=q$. So the best prior of all is $q(z)$, the average of the encoder's own answers. For a training set it is at hand: a mixture with a part for each digit, $\frac1N\sum_nQ(z|X_n)$, and nothing has to be fitted. (A *VampPrior*, Tomczak and Welling 2018, has fewer parts, $\frac1M\sum_mQ(z|u_m)$, and learns the pictures $u_m$.)
""",
)
md(
    "plane-text",
    r"""
First look. Drag $z$ over the plane of `mnist-2d`, and switch the density behind the points. Go to a place inside the dashed circles where no code lies, and compare the digit there, and $\log P(z)$, before and after.
""",
)
code(
    "plane",
    r"""
train = data.binarize(digits.train_images[:10_000], seed=1)
fitted2 = mixture_prior.fit(*mixture_prior.codes(model, train), parts=30)
plane = LatentPlane(model, test[:1500], labels[:1500])
plane.over({"N(0, I)": model.prior, "mixture of 30": fitted2.density})
""",
)
code(
    "plane-gain",
    r"""
learned = mixture_prior.WithPrior(model, fitted2.density)
gain = (likelihood.quadrature(learned, x) - found.log_p_x).mean()
print(f"log P(X) of {len(x)} test digits: {gain:+.2f} nats by the mixture")
""",
)
md(
    "plane-seen",
    r"""
The mixture leaves the holes and goes where digits are. The number is exact, by quadrature, and [section 5.8](05_using_the_model.ipynb) said how large it can become: at most $D[q\,\|\,P]$, which training kept small for digits like its own. In the plane codes are crowded, and little room is left to waste. With sixteen latents there is more, and now the best prior is put to the test.
""",
)
code("predict-best", 'predict("the best prior of all")')
code(
    "priors",
    r"""
mu, sigma = mixture_prior.codes(model16, train)  # (10000, 16) each
new_mu, new_sigma = mixture_prior.codes(model16, test[:1000])
noise = torch.randn(1000, 16, generator=torch.Generator().manual_seed(0))
codes = mu[:1000] + sigma[:1000] * noise  # draws of q(z): training digits
new = new_mu + new_sigma * noise  # test digits
fitted = {parts: mixture_prior.fit(mu, sigma, parts) for parts in (10, 100)}
priors = {f"mixture of {parts}": each.density for parts, each in fitted.items()}
priors["1000 digits' own Q"] = page.exemplars(mu[:1000], sigma[:1000])
gains = {}
for name, prior in priors.items():
    gains[name] = [
        (prior.log_prob(z) - model16.prior.log_prob(z)).mean().item()
        for z in (codes, new)
    ]
print(page.prior_table(gains))
assert gains["mixture of 100"][1] > 0 and gains["1000 digits' own Q"][1] < -10
""",
)
md(
    "priors-seen",
    r"""
Both columns are nats of the bound, gained by nothing but another $P(z)$. On its own digits $q(z)$ is unbeatable, and on new ones useless: it knows a thousand codes by heart. A mixture has to share its parts among many codes, and so it learns where codes lie *in general*. How many parts is a question for digits it was not fitted to, as always.

Now draw from both priors. A mixture is drawn from in two steps.
""",
)
exercise("draw_mixture")
code(
    "prior-draws",
    r"""
mixture = fitted[100]
shares, means, sds = mixture.logits.softmax(0), mixture.means, mixture.log_sds.exp()
generator = torch.Generator().manual_seed(4)
coins = torch.rand(1000, generator=generator)
eps = torch.randn(1000, 16, generator=generator)
z = draw_mixture(shares, means, sds, coins, eps).float()
drawn = {"N(0, I)": eps, "mixture": z}
pictures = {name: model16.decode(z).mean for name, z in drawn.items()}
plots.show(
    plots.digits(
        torch.cat([p[:20] for p in pictures.values()]),
        rows=["N(0, I)", "", "mixture", ""],
    ),
    alt="Two rows of draws from N(0, I), some no digits; two from the mixture, better.",
)
judge = conditional.classifier()
for name, each in pictures.items():
    print(f"{name:8} the classifier is sure of {page.sure(each, judge):.0%} of 1000")
assert page.sure(pictures["mixture"], judge) > page.sure(pictures["N(0, I)"], judge)
""",
)
md(
    "prior-draws-seen",
    r"""
The decoder is the same, and the draws are better: $z$ comes from where it was trained. (The classifier is notebook 07's; *sure* means nine tenths for one class. It is a rough judge, and the same for both.)

### Trained along

So far the networks were done before the prior came. Train all three together, and the encoder is no longer pressed toward $N(0,I)$: codes may lie where they like, and the prior follows. The KL has no closed form then, but (12) does not need one. Two models of 8.1's size, $K=1$:
""",
)
code(
    "along",
    r"""
along = recipe_first.load("mixture")
pair = {"P(z) = N(0, I)": trained["K = 1"], "P(z) trained": along}
plain = exact["K = 1"]
better = likelihood.quadrature(along, test[:120]).mean().item()
for name, level in zip(pair, (plain, better), strict=True):
    print(f"{name:15} log P(X) {level:7.2f} nats")
plots.show(
    page.planes(pair, test[:1500], labels[:1500]),
    alt="Codes by class; a round prior, and one that is dense where many codes lie.",
)
assert better > plain
""",
)
md(
    "along-seen",
    r"""
The number is exact again: of these two models only the prior differs in kind. Look at the axes on the right. Nothing holds the codes at unit scale any more, for distances in z mean something only beside the width of $Q$ and of $P(z)$. The prior is dense where many codes lie, and thin where few do.

A mixture is a plain model of codes. One that is as rich as need be comes next: fit a *diffusion model* to the codes of a good autoencoder, draw $z$ from it, and decode. That is **latent diffusion** (Rombach et al. 2022): a better $P(z)$, in two stages, as in this section.
""",
)
