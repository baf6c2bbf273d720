"""Answers and functions of another form than expected, and the card that says so."""

import functools

import pytest
import torch
from answers import ANSWER, CATALOGUE, EACH, LOG_PRIOR, define, each_part, first_tensor, like

from vae_helpers.exercises import engine

FORMS = {  # what may be done to any right answer, and what must be said
    "another shape": (lambda part: part[..., None], "the numbers are right; only the shape is not"),
    "numpy": (lambda part: part.detach().numpy(), "numpy array"),
    "Python numbers": (lambda part: part.tolist(), "expected"),
    "integers": (lambda part: part.long(), "torch.int64"),
    "complex": (lambda part: part + 0j, "torch.complex64"),
    "NaN": (lambda part: part * torch.nan, "contains nan"),
    "infinite": (lambda part: part.abs() + torch.inf, "contains infinities"),
    "gradient": (lambda part: part.clone().requires_grad_(), "require gradients"),
    "sparse": (lambda part: part.to_sparse(), "layout torch.sparse_coo"),
    "meta": (lambda part: part.to("meta"), "on meta"),
    "text": (str, "is a str"),
    "nothing": (lambda part: [], "expected"),
    "a dictionary": (lambda part: {"answer": part}, "is a dict"),
    "a method": (lambda part: part.sum, "parentheses"),
    "drawn": (lambda part: part + 0.1 * torch.randn(part.shape), "two answers"),
}


@EACH
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_of_another_form_is_told_so(exercise, form, checked):
    change, words = FORMS[form]
    own = engine.run(exercise.reference, exercise.probes[0]).value
    if form == "gradient" and any(part.requires_grad for part in engine.parts(own)):
        pytest.skip("the reference's answer carries gradients as well")
    feedback, returned = checked(like(exercise, lambda e, a: each_part(e.reference(*a), change)))
    assert feedback.kind == "wrong"
    assert words in feedback.text.lower()
    assert returned is exercise.reference


@EACH
def test_one_tensor_is_no_tuple_of_one_and_a_tuple_is_not_its_first(exercise):
    feedback = engine.judge(exercise, like(exercise, lambda e, a: (e.reference(*a),)))
    assert feedback.kind == "wrong"
    if isinstance(engine.run(exercise.reference, exercise.probes[0]).value, tuple):
        assert "tuple of length 1" in feedback.text
        feedback = engine.judge(exercise, like(exercise, lambda e, a: e.reference(*a)[0]))
        assert "Expected a tuple of 2 tensors" in feedback.text and "returns one tensor" in feedback.text
    else:
        assert "tuple of length 1" in feedback.text and "one tensor" in feedback.text


@EACH
def test_arguments_are_not_to_be_changed(exercise, checked):
    number, name = first_tensor(exercise)

    def change(e, arguments):
        answer = each_part(e.reference(*arguments), torch.clone)
        with torch.no_grad():
            arguments[number].add_(1)
        return answer

    feedback, returned = checked(like(exercise, change))
    assert feedback.kind == "wrong" and f"changes its argument {name}." in feedback.text
    assert returned is exercise.reference


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("", "takes (), and is called with (z)"),
        ("z, w", "takes (z, w), and is called with (z)"),
        ("*, z", "takes (*, z), and is called with (z)"),
    ],
)
def test_other_parameters_are_explained(signature, words, checked):
    feedback, returned = checked(define("return 1 + 1j", signature))
    assert feedback.kind == "error" and words in feedback.text and returned is LOG_PRIOR.reference


@pytest.mark.parametrize("signature", ["x", "z, scale=1.0", "z=None", "z, *more", "z, **options", "z: 'points'"])
def test_other_parameters_that_can_be_called_alike_pass(signature, checked):
    name = signature[0]
    feedback, _ = checked(define(f"return {ANSWER}".replace("z", name), signature))
    assert feedback.kind == "right"
    feedback, _ = checked(define(f"return {name}.sum(1)", signature))
    assert feedback.shown.startswith(f"{name} = [[1, -2, 0.5], [0.3, 0, 3]]")
    feedback, _ = checked(define(f"{name} *= 2\n{name} += 1\nreturn {name}", signature))
    assert f"changes its argument {name}." in feedback.text


def test_star_arguments_are_shown_by_the_stubs_names():
    exercise = CATALOGUE["kl_to_standard_normal"]
    feedback = engine.judge(exercise, define("return a[0].sum(1)", "*a", exercise.name))
    assert feedback.shown.startswith(
        "mu = [[1, 0], [2, 1]]  shape (2, 2)\nlogvar = [[0, 0], [1.3863, 0]]  shape (2, 2)\n"
    )


def test_what_is_no_function_is_called_so():
    class Module(torch.nn.Module):
        def forward(self, z):
            return z + oops  # noqa: F821

    assert "is None, not a function" in engine.judge(LOG_PRIOR, None).text
    assert "is a Python number, not a function" in engine.judge(LOG_PRIOR, 3.0).text
    assert "is one tensor of shape (2,), not a function" in engine.judge(LOG_PRIOR, torch.zeros(2)).text
    assert "is a class, not a function" in engine.judge(LOG_PRIOR, Module).text
    assert "NameError" in engine.judge(LOG_PRIOR, Module()).text
    assert engine.judge(LOG_PRIOR, functools.partial(torch.sum, dim=1)).kind == "wrong"
    assert engine.judge(LOG_PRIOR, lambda z: torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)).kind == "right"


async def _coroutine(z):
    return z


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_coroutine_is_no_answer():
    assert "is a coroutine" in engine.judge(LOG_PRIOR, _coroutine).text


def test_a_function_that_remembers_is_found_out():
    calls = []
    feedback = engine.judge(LOG_PRIOR, lambda z: calls.append(1) or z.sum(1) + len(calls))
    assert "two answers" in feedback.text and "remembered" in feedback.text


def test_what_a_function_prints_is_shown_but_not_on_the_page(capsys):
    feedback = engine.judge(LOG_PRIOR, define("print('shape', z.shape)\nreturn z.sum(1)"))
    assert feedback.shown.endswith("printed:\nshape torch.Size([2, 3])")
    feedback = engine.judge(LOG_PRIOR, define("print('z', z.tolist())\nreturn z + missing"))
    assert feedback.shown == "line 4 of your code\nprinted:\nz [[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]"
    feedback = engine.judge(LOG_PRIOR, define(f"print('y' * 10**6)\nprint('x\\n' * 10**5)\nreturn {ANSWER}"))
    assert feedback.kind == "right" and len(feedback.shown) < 400
    assert capsys.readouterr().out == ""


def test_warnings_are_left_to_python():
    with pytest.warns(UserWarning, match="careful"):
        feedback = engine.judge(LOG_PRIOR, define(f"warnings.warn('careful')\nreturn {ANSWER}"))
    assert feedback.kind == "right"


def test_the_pages_random_numbers_and_the_probes_are_left_alone():
    torch.manual_seed(5)
    before, probes = torch.get_rng_state(), [probe[0].clone() for probe in LOG_PRIOR.probes]
    for body in (f"return {ANSWER}", "torch.manual_seed(9)\nreturn torch.randn(len(z))", "z += 1\nreturn z", "1 / 0"):
        engine.judge(LOG_PRIOR, define(body))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(probe[0], copy) for probe, copy in zip(LOG_PRIOR.probes, probes, strict=True))


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("...", "○ Not attempted yet: log_prior"),
        (f"return {ANSWER}", "✓ Right: log_prior"),
        ("return (-0.5 * z**2).sum(1)", "✗ Not yet: a known mistake: log_prior"),
        ("return z.sum(1).sinh()", "✗ Not yet: log_prior"),
        ("raise ValueError('a < b & \"<b>c</b>\"')", "! Your code stopped: log_prior"),
        ("print('<b>&')\nreturn z.sum(1)", "✗ Not yet: log_prior"),
    ],
)
def test_the_card_says_the_same_as_its_plain_twin(body, title, parsed):
    feedback = engine.judge(LOG_PRIOR, define(body))
    bundle = feedback._repr_mimebundle_()
    assert bundle["text/plain"] == str(feedback)
    assert str(feedback).startswith(f"{title}\n")
    assert f"<b>{title}</b>" in bundle["text/html"]
    seen = parsed(bundle["text/html"])
    assert set(str(feedback).replace("`", "").split()) <= set(" ".join(seen.words).split())
    assert seen.opened == seen.closed and {"script", "style"}.isdisjoint(seen.opened)
    if "print" in body:
        assert "printed:\n&lt;b&gt;&amp;</pre>" in bundle["text/html"]
    elif "<b>" in body:
        assert "a &lt; b &amp; &quot;&lt;b&gt;c&lt;/b&gt;" in bundle["text/html"]
        assert 'a < b & "<b>c</b>"' in bundle["text/plain"]


def test_no_two_kinds_of_feedback_look_alike_without_color():
    looks = [(icon, word) for icon, word, _ in engine.Feedback.STYLES.values()]
    assert len(set(looks)) == len(looks) == 5 and all(icon and word for icon, word in looks)


@pytest.mark.parametrize("form", [lambda part: (part,), lambda part: [part]], ids=["a comma", "brackets"])
def test_a_right_answer_in_a_tuple_is_not_told_of_another_order(form, checked):
    exercise = CATALOGUE["slerp"]
    feedback, _ = checked(like(exercise, lambda e, a: form(e.reference(*a))))
    assert feedback.kind == "wrong" and "a comma after the answer makes a tuple, brackets a list" in feedback.text
    assert "order" not in feedback.text
