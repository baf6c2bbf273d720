"""What a card says besides the mistake: how far the answer is right, the smallest case, what comes next."""

from dataclasses import replace

import pytest
import torch
from answers import ANSWER, CATALOGUE, LOG_PRIOR, define, like

from vae_helpers import exercises
from vae_helpers.exercises import engine
from vae_helpers.exercises.engine.feedback import GOES_ON
from vae_helpers.exercises.numbers import gaussian

# On probes of their own, so that what is right of an answer does not depend on how far the course's probes reach.
KL = replace(
    CATALOGUE["kl_to_standard_normal"],
    probes=((gaussian(2, 2, seed=1), gaussian(2, 2, seed=2)), (gaussian(5, 3, seed=3), gaussian(5, 3, seed=4))),
)
LIKELIHOOD = replace(
    CATALOGUE["gaussian_log_likelihood"],
    probes=(
        (torch.tensor([[1.0]]), torch.tensor([[0.0]]), 2.0),
        (gaussian(4, 3, seed=1), gaussian(4, 3, seed=2), 0.7),
        (gaussian(2, 50, seed=3), gaussian(2, 50, seed=4), 0.2),
    ),
)
RING = replace(
    CATALOGUE["ring"], probes=((torch.tensor([[3.0, 4.0]]),), (gaussian(2, 2, seed=6),), (gaussian(5, 2, seed=5),))
)
POSTERIOR = CATALOGUE["posterior_on_grid"]


def bare(exercise):
    """The same without mistakes to be recognized; what is tried on it is no slip of its reference."""
    return replace(exercise, mistakes=())


def only_far(exercise, change, monkeypatch):
    """What is said of an answer if no slip is found."""
    monkeypatch.setattr(engine.judging.causes, "single", lambda *_, **__: [])
    monkeypatch.setattr(engine.judging.causes, "double", lambda *_, **__: [])
    return engine.judge(bare(exercise), like(exercise, change))


FAR = [
    (KL, lambda e, a: -e.reference(*a), "right but for the sign"),
    (KL, lambda e, a: 2 * e.reference(*a), "up to a factor: 2 times"),
    (KL, lambda e, a: e.reference(*a) / 3.7, "up to a factor: 0.27027 times"),
    (KL, lambda e, a: e.reference(*a) / 2, "up to a factor: 0.5 = ½ times"),
    (KL, lambda e, a: e.reference(*a) / a[0].shape[1], "1 / (the number of columns of `arguments`)"),
    (LIKELIHOOD, lambda e, a: e.reference(*a) + 0.9189385, "up to a constant: 0.91894 = ½ log 2π is added"),
    (LIKELIHOOD, lambda e, a: e.reference(*a) - 0.693147, "up to a constant: -0.69315 = −log 2 is added"),
    (LIKELIHOOD, lambda e, a: e.reference(*a) + 0.9189385 * a[0].shape[1], "½ log 2π times the number of columns"),
    (LIKELIHOOD, lambda e, a: e.reference(*a) if a[2] == 2.0 else e.reference(*a).sinh(), "in 1 of the 3 cases"),
    (RING, lambda e, a: e.reference(*a) * torch.tensor([1.0, 2.0]), "all but the last column"),
    (RING, lambda e, a: e.reference(*a) * torch.tensor([2.0, 1.0]), "all but the first column"),
    (
        RING,
        lambda e, a: torch.where(a[0] > 0, e.reference(*a), 7.0),
        "right where `arguments` is positive",
    ),
    (POSTERIOR, lambda e, a: e.reference(*a).flip(0), "right numbers in another order"),
    (KL, lambda e, a: e.reference(*a).sinh(), "Shape and sign are right"),
    (
        CATALOGUE["closing_q"],
        lambda e, a: (e.reference(*a)[0], e.reference(*a)[1].sinh()),
        "The first of the 2 results is right",
    ),
]


@pytest.mark.parametrize(("exercise", "change", "words"), FAR)
def test_a_card_says_how_far_the_answer_is_right(exercise, change, words, monkeypatch):
    feedback = only_far(exercise, change, monkeypatch)
    text = feedback.text
    for name in exercise.reference.__code__.co_varnames:
        text = text.replace(f"`{name}`", "`arguments`")
    assert feedback.kind == "wrong" and words in text, str(feedback)


def test_nothing_is_claimed_that_does_not_hold_in_every_case(monkeypatch):
    seen = []

    def mixed(e, a):  # the sign in one case, a factor in the next
        seen.append(a)
        return e.reference(*a) * (-1 if len(a[0]) == 2 else 3)

    text = only_far(KL, mixed, monkeypatch).text
    assert "sign" not in text and "factor" not in text and "constant" not in text


def test_a_shape_is_shown_with_several_rows():
    for exercise in CATALOGUE.values():
        wanted = [engine.run(exercise.reference, probe).value for probe in exercise.probes]
        several = any(all(part.dim() > 0 and len(part) > 1 for part in engine.parts(value)) for value in wanted)
        if several:
            feedback = engine.judge(exercise, like(exercise, lambda e, a: tuple_or(e.reference(*a))))
            expected = feedback.shown.splitlines()[-1]
            assert "shape (1," not in expected, f"{exercise.name}: {expected}"


def tuple_or(answer):
    return tuple(part[..., None] for part in answer) if isinstance(answer, tuple) else answer[..., None]


def test_a_left_over_dimension_is_named():
    text = engine.judge(LOG_PRIOR, define(f"return {ANSWER}[:, None]")).text
    assert "A dimension of size 1 is left over" in text and ".squeeze(1)" in text
    text = engine.judge(LOG_PRIOR, define(f"return {ANSWER}[None]")).text
    assert ".squeeze(0)" in text


def test_long_vectors_are_drawn_and_their_first_difference_is_shown():
    def shifted(log_joint, spacing):
        answer = POSTERIOR.reference(log_joint, spacing).clone()
        answer[4] += 0.3
        return answer

    probe = (torch.linspace(-3, 3, 31).square().neg(), 0.2)
    feedback = engine.judge(replace(POSTERIOR, probes=(probe,), mistakes=()), shifted)
    assert "first difference: answer[4] is " in feedback.shown
    got, expected = (line for line in feedback.shown.splitlines() if line.startswith("curve "))
    assert len(got.split()[2]) == len(expected.split()[2]) == 31 and "█" in expected
    assert [i for i, (a, b) in enumerate(zip(got.split()[2], expected.split()[2], strict=True)) if a != b] == [4]


TYPES = [
    ("count_active", lambda e, a: e.reference(*a).long(), "The values are right", ".float()"),
    ("count_active", lambda e, a: e.reference(*a).item(), "The value is right", "torch.tensor(...)"),
    ("sample_images", lambda e, a: e.reference(*a).bool(), "The values are right", ".float()"),
    ("sample_images", lambda e, a: e.reference(*a).numpy(), "The values are right", "Stay in torch"),
    ("count_active", lambda e, a: 2 * e.reference(*a).long(), "tensor of torch.int64", "expected floating point"),
]


@pytest.mark.parametrize(("name", "change", "words", "advice"), TYPES)
def test_right_values_of_another_type_are_called_right(name, change, words, advice, monkeypatch):
    text = only_far(CATALOGUE[name], change, monkeypatch).text
    assert words in text and advice in text


def test_wrong_values_of_another_type_are_not():
    text = engine.judge(
        CATALOGUE["count_active"], like(CATALOGUE["count_active"], lambda e, a: e.reference(*a).long() + len(a[0]))
    ).text
    assert "expected floating point" in text and "are right" not in text


CALLS = {
    "return torch.logsumexp(z)": ["The call of logsumexp lacks an argument", "dim"],
    "return torch.distributions.Normal(0.0).log_prob(z)": ["The call of __init__ lacks an argument", "scale"],
    "def f(z, eps): return z\nreturn f(z)": ["The call of f lacks an argument", "eps"],
    "def f(z): return z\nreturn f(z, scale=1)": ["The call of f has an argument that it does not take", "scale"],
    "return z.sum(1, foo=2)": ["sum", "do not go together|does not take"],
    "return torch.xlogy(z)": ["The arguments of the call of xlogy do not go together"],
    "return (z > 0).mean()": ["torch has no such operation for booleans or whole numbers", ".float()"],
    "return torch.nn.functional.softplus((z > 0).long())": ["booleans or whole numbers"],
    "return (z > 0).var()": ["booleans or whole numbers"],
    "raise NotImplementedError('later')": ["A part that computes the answer is still missing"],
    "return z.to_mkldnn().cos()": ["Something that is called here is not implemented|torch could not carry out"],
    "return torch.autograd.grad(z.sum(), z)[0]": ["nothing in your function requires gradients"],
    "z = z.clone().requires_grad_()\nreturn torch.autograd.grad(z.detach().sum(), z)[0]": [
        "what requires gradients does not lead"
    ],
}


@pytest.mark.parametrize(("body", "parts"), CALLS.items(), ids=[body.splitlines()[-1][:40] for body in CALLS])
def test_exceptions_are_explained_by_what_they_say(body, parts):
    feedback = engine.judge(LOG_PRIOR, define(body))
    text = feedback.text.replace("`", "").replace("*", "")
    assert feedback.kind == "error"
    for part in parts:
        assert any(words in text for words in part.split("|")), str(feedback)
    assert "still missing" not in text or "NotImplementedError" in body


def test_gradients_that_do_not_arrive_are_named_by_their_argument():
    exercise = bare(CATALOGUE["reparameterize"])

    def partly(mu, logvar, eps):
        return 2 * mu.detach() - mu.detach() + (logvar / 2).exp() * eps

    feedback = engine.judge(replace(exercise, alternatives=()), partly)
    assert "no gradient reaches `mu`" in feedback.text
    feedback = engine.judge(exercise, lambda mu, logvar, eps: torch.tensor((mu + (logvar / 2).exp() * eps).tolist()))
    assert "gradient" in feedback.text and ("made anew" in feedback.text or "no gradient" in feedback.text)


def test_every_card_that_is_not_right_says_what_the_page_goes_on_with(parsed):
    for body in ("...", "return z.sum(1).sinh()", "return (-0.5 * z**2).sum(1)", "1 / 0", "while z: pass"):
        feedback = engine.judge(LOG_PRIOR, define(body))
        assert str(feedback).endswith(GOES_ON)
        assert GOES_ON in " ".join(parsed(feedback._repr_mimebundle_()["text/html"]).words)
    assert GOES_ON not in str(engine.judge(LOG_PRIOR, define(f"return {ANSWER}")))


def _other(z):
    return torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)


def test_a_right_card_says_what_to_do_next_and_folds_other_answers():
    exercise = replace(LOG_PRIOR, then="Try z = 100.", again="the cell below.", alternatives=(_other,))
    feedback = engine.judge(exercise, define(f"return {ANSWER}"))
    assert "Try z = 100." in feedback.text and "the cell below." in feedback.text
    html = feedback._repr_mimebundle_()["text/html"]
    assert html.count("<details") == 1 and "Another right answer" in html and "Normal(0.0, 1.0)" in html
    assert "<details open" not in html


def test_hints_are_offered_one_at_a_time(checked):
    numbers = []
    for i in range(7):
        feedback, _ = checked(define(f"return z.sum(1).sinh() + {i}"))
        (fold,) = feedback.folds
        numbers.append(fold.summary)
        again, _ = checked(define(f"return z.sum(1).sinh() + {i}"))  # the same wrong answer counts once
        assert again.folds == feedback.folds
    assert numbers == ["Hint 1", "Hint 1", "Hint 2", "Hint 2", "Hint 2", "Hint 3", "Hint 3"]
    assert fold.body == LOG_PRIOR.hints[2] and "Hint 3 stands below the cell." in str(feedback)
    html = feedback._repr_mimebundle_()["text/html"]
    assert LOG_PRIOR.solution.splitlines()[-1].strip() not in html and "<summary" in html
    for body in ("...", f"return {ANSWER}"):
        assert not any(fold.summary.startswith("Hint") for fold in checked(define(body))[0].folds)


EVIL = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    "function",
    [
        define(f"print({EVIL!r})\nreturn z.sum(1).sinh()"),
        define(f"raise ValueError({EVIL!r})"),
        define(f"return {EVIL!r}"),
        define("return z", f"z, *, w={EVIL!r}, v"),
        define(f"return open({EVIL!r}, 'w')"),
        define(f"return type({EVIL!r}, (), {{}})()"),
        define(f"def f(): pass\nf.__name__ = {EVIL!r}\nreturn f"),
        define(f"raise type({EVIL!r}, (Exception,), {{}})('`$x$` *a*')"),
        define(f"return [torch.zeros(2), {EVIL!r}]"),
    ],
)
def test_nothing_of_the_learners_is_read_as_html(function, checked, parsed):
    feedback, _ = checked(function)
    html = feedback._repr_mimebundle_()["text/html"]
    assert "<img" not in html
    seen = parsed(html)
    assert "img" not in seen.opened and seen.opened == seen.closed


def test_colors_follow_the_theme():
    html = engine.judge(LOG_PRIOR, define("return z.sum(1).sinh()"))._repr_mimebundle_()["text/html"]
    assert "var(--jp-ui-font-color1" in html and "var(--jp-layout-color2" in html


def test_words_of_code_are_marked_up_on_the_card():
    html = engine.Feedback("wrong", "f", "Use `a < b`, *not* $x$.")._repr_mimebundle_()["text/html"]
    assert "<code>a &lt; b</code>" in html and "<em>not</em>" in html and "$x$" in html
    assert exercises.engine.Feedback("wrong", "f", "`a`").text == "`a`"
