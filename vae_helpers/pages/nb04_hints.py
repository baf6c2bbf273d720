"""Notebook 04's hints for what no exercise checks, the debugging lab and the challenge, folded one inside the other."""

from IPython.display import display

from vae_helpers.pages.folds import bundle

LAB = (
    (
        "Hint 1: the pictures",
        "Paper is white in $X$. How white is it in $f(z)$, and what is the lowest probability of ink that this decoder can "
        "give? Which function expects logits?",
    ),
    (
        "Hint 2: the curve",
        "The script's loss and minus the bound should be the same quantity. After the first fault is mended they are not. "
        "Which of the two terms does the script make cheaper than it is, and by what factor?",
    ),
    (
        "Hint 3: the numbers",
        "Each latent should have a $\\sigma$ of its own: narrow where the digit depends on it, near 1 where it does not. Here "
        "all are the same. What could tell $\\sigma$ that narrow is better, and does its gradient arrive?",
    ),
    (
        "Solution",
        """1. `nn.Sigmoid()` at the end, and a loss that applies the sigmoid itself: probabilities from ½ to 0.73 only. Drop the `append`.
2. The KL term is averaged over the latents, `.mean(dim=1)`: 20 times too cheap. It is a sum.
3. `logvar.data` cuts the graph: the reconstruction never trains $\\sigma$, and the KL term alone sets it to 1. Drop `.data`.

```python
class Patient(MyVAE):
    \"\"\"Healed.\"\"\"

    def forward(self, x, eps):
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        z = mu + (logvar / 2).exp() * eps
        cross_entropy = nn.functional.binary_cross_entropy_with_logits
        fit = cross_entropy(self.decoder(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)
        return fit + kl
```""",
    ),
)
CHALLENGE = (
    (
        "Hint 1",
        "A constant $b$ that does not depend on the draw may be subtracted from its loss: $E[b\\,\\nabla\\log Q] = 0$. What do "
        "you know about the size of the loss that does not depend on *this* draw?",
    ),
    (
        "Hint 2",
        "The other draws. For draw $s$, subtract the mean loss of the other $S - 1$. There is a short way to write it: "
        "$\\ell_s$ minus that mean is $\\frac{S}{S-1}(\\ell_s - \\bar\\ell)$.",
    ),
    (
        "Hint 3: further",
        "A baseline may be a function of $z$, if you know its own gradient. Fit a line $a + b\\cdot(z - \\mu)$ to the losses "
        "of one half of the draws, subtract it on the other half, and add its gradient, $b$. When is that better, and when "
        "is it worse?",
    ),
    (
        "A solution",
        """```python
def quiet_score(losses, z, mu, sigma):
    \"\"\"Each draw's loss minus the mean loss of the others.\"\"\"
    others = (losses.sum() - losses) / (len(losses) - 1)
    return score_gradient(losses - others, z, mu, sigma)
```""",
    ),
)


def lab() -> None:
    """Show the hints of the debugging lab."""
    display(bundle(LAB), raw=True)


def challenge() -> None:
    """Show the hints of the challenge."""
    display(bundle(CHALLENGE), raw=True)
