"""The networks of probes, called in ways that their stubs do not name."""

import pytest
import torch
from answers import CATALOGUE

from vae_helpers.exercises import engine
from vae_helpers.exercises.two_outputs import TwoOutputs


def lower(x, z2):
    return x, z2


LOWER = TwoOutputs("Q(z₁|z₂, X)", lower, torch.ones(3, 2), torch.zeros(3, 2))
X, Z = torch.ones(4, 2), torch.full((4, 1), 2.0)


def test_by_place_or_by_name_it_gives_the_same():
    first, second = LOWER(X, Z)
    assert torch.equal(first, torch.full((4, 2), 4.0)) and torch.equal(second, torch.zeros(4, 2))
    assert torch.equal(LOWER(z2=Z, x=X)[0], first) and torch.equal(LOWER(X, z2=Z)[0], first)


@pytest.mark.parametrize(
    ("inputs", "named", "words"),
    [
        ((X,), {}, r"^lower\(\) missing 1 required positional argument: 'z2'$"),
        ((), {}, r"^lower\(\) missing 2 required positional arguments: 'x' and 'z2'$"),
        ((X, Z, Z), {}, r"^lower\(\) takes 2 positional arguments but 3 were given$"),
        ((X,), {"x": X}, r"^lower\(\) got multiple values for argument 'x'$"),
        ((X,), {"z": Z}, r"^lower\(\) got an unexpected keyword argument 'z'$"),
    ],
)
def test_called_otherwise_it_says_what_a_function_of_python_says(inputs, named, words):
    with pytest.raises(TypeError, match=words):
        LOWER(*inputs, **named)


def test_an_encoder_that_is_not_told_y_is_named():
    def conditional_bound(x, y, eps, encoder, prior, decoder):
        mu, logvar = encoder(torch.cat([x, y], dim=1))
        return decoder(mu + (logvar / 2).exp() * eps, y).sum(1)

    feedback = engine.judge(CATALOGUE["conditional_bound"], conditional_bound)
    assert feedback.kind == "error" and "The call of `encoder` lacks an argument: `'y'`." in feedback.text
