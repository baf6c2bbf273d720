"""A picture after t steps of noise, without the steps."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian, uniform


def noised(x0, eps, betas, t):
    """Pictures after t steps of noise, in one go: a draw of Q(x_t|x₀).

    Step s multiplies by √(1 − β_s) and adds noise of variance β_s, betas[s − 1].
    x0: pixels, (B, D). eps: draws from N(0, I), (B, D). betas: (T,), in (0, 1).
    t: steps for each picture, 1 to T, integers (B,). Returns (B, D).
    """
    kept = torch.cumprod(1 - betas, dim=0)[t - 1][:, None]
    return kept.sqrt() * x0 + (1 - kept).sqrt() * eps


def _picture_by_picture(x0, eps, betas, t):
    rows = []
    for x, e, steps in zip(x0, eps, t.tolist(), strict=True):
        kept = (1 - betas[:steps]).prod()
        rows.append(kept**0.5 * x + (1 - kept) ** 0.5 * e)
    return torch.stack(rows)


def _oracle(x0, eps, betas, t):
    """Mean and variance followed from step to step."""
    rows = []
    for i in range(len(x0)):
        mean, variance = x0[i].double(), 0.0
        for s in range(int(t[i])):
            beta = float(betas[s])
            mean, variance = mean * (1 - beta) ** 0.5, variance * (1 - beta) + beta
        rows.append(mean + variance**0.5 * eps[i].double())
    return torch.stack(rows).float()


def _probe(b, d, steps, seed):
    t = 1 + (uniform(b, seed=seed + 3) * (steps - 1)).long()
    return gaussian(b, d, seed=seed), gaussian(b, d, seed=seed + 1), 0.05 + 0.4 * uniform(steps, seed=seed + 2), t


EXERCISE = Exercise(
    notebook="08",
    goal="Jump $t$ steps of noise at once: draw from $Q(x_t|x_0)$.",
    reference=noised,
    alternatives=(_picture_by_picture,),
    oracle=_oracle,
    then="Training needs no chain: any term of the sum can be had from one picture, one t and one ε.",
    again="the noised digits below the hints.",
    hints=(
        "Write out two steps. By what is $x_0$ multiplied, and what is the variance of the noise, the first one shrunk by the second step?",
        "$x_0$ is multiplied by $\\prod_s\\sqrt{1-\\beta_s}$. The variances add up to $1-\\prod_s(1-\\beta_s)$, whatever the betas.",
        "`torch.cumprod(1 - betas, dim=0)[t - 1]` is the product for each picture; as a column, its root multiplies `x0`, and the root "
        "of one minus it multiplies `eps`.",
    ),
    probes=(
        (  # products 0.36, 0.09: after one step, 0.6 and 0.8
            torch.tensor([[1.0, 2.0], [10.0, -10.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
            torch.tensor([0.64, 0.75, 0.5]), torch.tensor([1, 2]),
        ),
        _probe(4, 3, 6, 871),
        _probe(5, 2, 9, 881),
    ),
    mistakes=(
        Mistake("parentheses forgotten",
                "The 1 stands outside the root: the noise has the factor √(1 − kept), so 1 − kept goes into parentheses first.",
                edit=(("(1 - kept).sqrt()", "1 - kept.sqrt()"),)),
        Mistake("one step too far",
                "betas[0] belongs to step 1, and you count from 0: this is the picture after t + 1 steps. Take index t − 1.",
                edit=(("[t - 1]", "[t]"),)),
        Mistake("one step too near",
                "This is the picture after t − 1 steps. cumprod has the product of the first t at index t − 1.",
                edit=(("[t - 1]", ".roll(1).index_fill(0, torch.tensor(0), 1.0)[t - 1]"),)),
        Mistake("index t − 2",
                "You take index t − 2, which is the product of t − 1 steps, and for t = 1 the last of all. cumprod has the product of the first t at index t − 1.",
                edit=(("[t - 1]", "[t - 2]"),)),
        Mistake("only the last step",
                "You use β of step t alone. All steps up to t have acted: a product.",
                edit=(("torch.cumprod(1 - betas, dim=0)", "(1 - betas)"),)),
        Mistake("sum for product",
                "You subtract the sum of the betas from 1. Each step shrinks what the last one left: multiply 1 − β_s.",
                edit=(("torch.cumprod(1 - betas, dim=0)", "(1 - betas.cumsum(dim=0)).clamp(0, 1)"),)),
        Mistake("exponential of the sum",
                "You take exp(−Σβ) for the product. That is close for small betas only: multiply 1 − β_s.",
                edit=(("torch.cumprod(1 - betas, dim=0)", "(-betas.cumsum(dim=0)).exp()"),)),
        Mistake("product of the betas",
                "You multiply the betas. What a step keeps is 1 − β_s.",
                edit=(("1 - betas", "betas"),)),
        Mistake("product of the roots",
                "You multiply the roots of 1 − β_s, and take the root of the product again. One root is enough.",
                edit=(("1 - betas", "(1 - betas).sqrt()"),)),
        Mistake("all steps",
                "Every picture goes through all T steps. Each has its own t.",
                edit=(("[t - 1]", "[-1].expand(len(t))"),)),
        Mistake("one t for all",
                "Every picture goes as far as the first one. Each has its own t.",
                edit=(("[t - 1]", "[t[:1] - 1].expand(len(t))"),)),
        Mistake("from the other end",
                "The betas are taken from the last step backward. Step 1 comes first.",
                edit=(("1 - betas", "1 - betas.flip(0)"),)),
        Mistake("what is still to come",
                "You multiply over the steps from t to the last. The picture has gone through those from the first to t.",
                edit=(("torch.cumprod(1 - betas, dim=0)", "(1 - betas).flip(0).cumprod(dim=0).flip(0)"),)),
        Mistake("average β",
                "You use the average β of all steps t times. Each step has its own: multiply 1 − β_s over s.",
                edit=(("torch.cumprod(1 - betas, dim=0)[t - 1]", "(1 - betas.mean()) ** t"),)),
        Mistake("even steps",
                "What is kept falls evenly, as 1 − t/T, whatever the betas are. Multiply 1 − β_s over s.",
                edit=(("torch.cumprod(1 - betas, dim=0)[t - 1]", "(1 - t / len(betas))"),)),
        Mistake("no roots",
                "Both roots are missing. The product is a share of the variance: its root is the factor.",
                edit=(("kept.sqrt() * x0", "kept * x0"), ("(1 - kept).sqrt()", "(1 - kept)"),)),
        Mistake("no root on the picture",
                "The picture is multiplied by the product. Its root is wanted.",
                edit=(("kept.sqrt() * x0", "kept * x0"),)),
        Mistake("variance as scale",
                "You scale the noise by its variance. The scale is the root.",
                edit=(("(1 - kept).sqrt()", "(1 - kept)"),)),
        Mistake("exchanged",
                "The factors have changed places: the picture fades, and the noise grows, with t.",
                edit=(("kept.sqrt() * x0 + (1 - kept).sqrt() * eps", "(1 - kept).sqrt() * x0 + kept.sqrt() * eps"),)),
        Mistake("the picture kept whole",
                "The picture is not scaled. Each step shrinks it by √(1 − β_s), so that the variance stays near 1.",
                edit=(("kept.sqrt() * x0", "x0"),)),
        Mistake("noise of one step",
                "The noise has only the last step's variance β_t. That of all steps is in it, 1 − the product.",
                edit=(("(1 - kept).sqrt()", "betas[t - 1][:, None].sqrt()"),)),
        Mistake("noise by the product of the betas",
                "The noise has the product of the betas as its variance. That of all steps is in it, 1 − the product of 1 − β_s.",
                edit=(("(1 - kept).sqrt()", "betas.cumprod(dim=0)[t - 1][:, None].sqrt()"),)),
        Mistake("noise of variance one",
                "The noise is added at full strength. Its scale is √(1 − product).",
                edit=(("(1 - kept).sqrt() * eps", "eps"),)),
        Mistake("no noise",
                "The noise is missing: this is the mean of Q(x_t|x₀).",
                edit=((" + (1 - kept).sqrt() * eps", ""),)),
        Mistake("no picture",
                "The picture is missing: only noise is left.",
                edit=(("kept.sqrt() * x0 + ", ""),)),
        Mistake("noise subtracted",
                "The noise is subtracted. As a distribution that is the same; with eps given, add it.",
                edit=((" + (1", " - (1"),)),
        Mistake("noise shrunk as well",
                "The noise is multiplied by the root of the product too. It is already scaled by √(1 − product).",
                edit=(("(1 - kept).sqrt()", "(kept * (1 - kept)).sqrt()"),)),
        Mistake("the last step t times",
                "You use β of step t as if all t steps had it. Each step has its own: multiply 1 − β_s over s.",
                edit=(("torch.cumprod(1 - betas, dim=0)[t - 1]", "((1 - betas[t - 1]) ** t)"),)),
        Mistake("the first step t times",
                "You use β of step 1 as if all t steps had it. Each step has its own: multiply 1 − β_s over s.",
                edit=(("torch.cumprod(1 - betas, dim=0)[t - 1]", "((1 - betas[0]) ** t)"),)),
        Mistake("variances added",
                "You add up the betas for the variance of the noise. Later steps shrink earlier noise: it is 1 − the product.",
                edit=(("(1 - kept).sqrt()", "betas.cumsum(dim=0)[t - 1][:, None].sqrt()"),)),
        Mistake("one noise for all",
                "All pictures get the noise of the first.",
                edit=(("* eps", "* eps[:1]"),)),
        Mistake("only the last step, no roots",
                "Two things. You use β of step t alone; all steps up to t have acted, a product. And both roots are missing.",
                lambda x0, eps, betas, t: (1 - betas[t - 1][:, None]) * x0 + betas[t - 1][:, None] * eps),
    ),
)  # fmt: skip
