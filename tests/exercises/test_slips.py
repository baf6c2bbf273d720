"""Slips: small changes of a right answer that the engine makes itself, and recognizes alone and in pairs."""

from dataclasses import replace

import pytest
import torch
from answers import CATALOGUE, EACH, LOG_PRIOR, define

from vae_helpers.exercises import engine
from vae_helpers.exercises.engine import causes, workshop
from vae_helpers.exercises.engine.evidence import telling
from vae_helpers.exercises.engine.slips import Source, slips_of

# Without their known mistakes, which would speak first.
KL = replace(CATALOGUE["kl_to_standard_normal"], mistakes=())
LIKELIHOOD = replace(CATALOGUE["gaussian_log_likelihood"], mistakes=())
WIDE = replace(CATALOGUE["kl_to_wide_prior"], mistakes=())
BOUND = replace(CATALOGUE["monte_carlo_bound"], mistakes=())
GRID = CATALOGUE["equal_mass_grid"]
ONE, TWO = "with one change: ", "with two changes at once."

SINGLE = [  # exercise, body of the answer, words of the card
    (KL, "return 0.5 * (torch.exp(logvar / 4) + mu**2 - 1 - logvar).sum(1)", None),
    (KL, "return 0.5 * (logvar.exp() + mu**2 - 1 + logvar).sum(1)", "`logvar` is added instead of subtracted"),
    (KL, "return 0.5 * (logvar.exp() + 2 * mu - 1 - logvar).sum(1)", "`mu` is doubled instead of squared"),
    (KL, "return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(0)", "runs over dimension 0 instead of 1"),
    (KL, "return 0.5 * (mu.exp() + logvar**2 - 1 - mu).sum(1)", "`mu` and `logvar` are exchanged"),
    (KL, "return (0.5 * logvar.exp() + mu**2 - 1 - logvar).sum(1)", "½ multiplies only the exponential of `logvar`, not the other terms"),
    (KL, "return (0.5 * mu**2 + 0.5 * logvar.exp() - 0.5 - logvar).sum(1)", "½ does not multiply `logvar`"),
    (KL, "return 0.5 * (logvar + mu**2 - 1 - logvar).sum(1)", "the exponential of `logvar` is not taken"),
    (LIKELIHOOD, "d = x.shape[1]\nreturn -0.5 * ((x - mean) ** 2).sum(1) / sigma - d * (math.log(sigma) + 0.5 * math.log(2 * math.pi))",
     "`sigma` is not squared"),
    (LIKELIHOOD, "d = len(x)\nreturn -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - d * (math.log(sigma) + 0.5 * math.log(2 * math.pi))",
     "B stands where D belongs"),
    (LIKELIHOOD, "d = x.shape[1]\nreturn -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - d * (math.log(sigma) + 0.5 * math.log(math.pi))",
     "2 is missing as a factor"),
    (LIKELIHOOD, "d = x.shape[1]\nreturn -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - d * (math.log(sigma) - 0.5 * math.log(2 * math.pi))",
     "is subtracted instead of added"),
    (WIDE, "r = sigma / scale\nreturn (0.5 * r**2 + (mu / scale) ** 2 - 1 - r.log()).sum(1)", "not the terms behind it"),
    (LIKELIHOOD, "d = x.shape[1]\nreturn -0.5 * (x - mean**2).sum(1) / sigma**2 - d * (math.log(sigma) + 0.5 * math.log(2 * math.pi))",
     "only `mean` is squared, not the difference of `x` and `mean`"),
    (BOUND, "z, N = mean + sd * eps, torch.distributions.Normal\n"
     "return (N(z, sigma).log_prob(torch.tensor(x)) + N(0.0, 1.0).log_prob(z) - N(mean, sd).log_prob(z)).mean()",
     "`f` is not applied"),
    (BOUND, "z, N = mean + sd * eps, torch.distributions.Normal\n"
     "return (N(f(z), sigma).log_prob(torch.tensor(x)) + N(0.0, 1.0).log_prob(z) - N(mean, sd).log_prob(z))[0]",
     "the first number alone is taken instead of the mean"),
    (LIKELIHOOD, "d = x.shape[1]\nreturn -((x - mean) ** 2).sum(1) / 2 * sigma**2 - d * (math.log(sigma) + 0.5 * math.log(2 * math.pi))",
     "is multiplied by the square of `sigma` instead of divided"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "body", "words"), SINGLE)
def test_one_change_is_named(exercise, body, words):
    signature = ", ".join(exercise.reference.__code__.co_varnames[: exercise.reference.__code__.co_argcount])
    feedback = engine.judge(exercise, define(body, signature, exercise.name))
    if words is None:
        assert ONE not in feedback.text, str(feedback)
    else:
        assert feedback.kind == "mistake" and words.lower() in feedback.text.lower(), str(feedback)
        assert "of a right answer with one change" in feedback.text
        assert "got " in feedback.shown and "expected " in feedback.shown


def test_two_changes_are_named_as_two():
    feedback = engine.judge(KL, define("return (logvar.exp() + mu**2 - 1 + logvar).sum(1)", "mu, logvar", KL.name))
    assert feedback.kind == "mistake" and TWO in feedback.text
    assert (
        "½ is missing as a factor" in feedback.text
        and "`logvar` is added instead of subtracted" in feedback.text.replace("1. `", "`")
    )


def test_several_causes_of_the_same_numbers_are_listed_and_no_more_than_three():
    def threshold(digits, others, keep):
        line = digits.quantile(keep)
        return line, (others >= line).float().mean()

    feedback = engine.judge(CATALOGUE["score_threshold"], threshold)
    assert feedback.kind == "mistake"
    for exercise in CATALOGUE.values():
        for candidate in workshop.workshop(exercise).singles[::25]:
            text = engine.judge(exercise, candidate.change.build()).text
            assert text.count("\n\n–") <= 3
            assert text.count("\n\n–") != 1


@EACH
def test_every_slip_is_wrong_and_is_called_a_mistake(exercise):
    """A sample: what is called by its slip has the slip's numbers on every probe, or those of a known mistake."""
    candidates = workshop.workshop(exercise).singles
    assert len(candidates) > 30
    for candidate in candidates[:: max(1, len(candidates) // 12)]:
        if candidate.outcomes is None or not telling(candidate.outcomes):
            continue  # it runs on the decisive probe only, or leaves nothing but infinities on the others
        feedback = engine.judge(exercise, candidate.change.build())
        told = any(words in feedback.text for words in ("only the shape is not", *exercise.facts))
        assert feedback.kind == "mistake" or told, candidate.slip.words


@EACH
def test_words_of_slips_do_not_print_the_solution(exercise):
    lines = [line.strip() for line in exercise.solution.splitlines()[1:] if len(line.strip()) > 30]
    for candidate in workshop.workshop(exercise).singles:
        words = candidate.slip.words
        assert not any(line.removeprefix("return ") in words for line in lines)
        assert "**" not in words and "torch." not in words and len(words) < 200


@EACH
def test_alternatives_are_right_and_can_be_read(exercise):
    for function in exercise.alternatives:
        assert engine.judge(exercise, function).kind == "right"
        assert list(slips_of(Source.of(engine.source_of(function), function.__globals__, exercise.probes)))


def _log_prior(z):
    return torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)


def test_alternatives_are_sources_of_slips_too():
    wrong = define("return torch.distributions.Normal(1.0, 1.0).log_prob(z).sum(1)")
    assert engine.judge(replace(LOG_PRIOR, alternatives=()), wrong).kind == "wrong"
    feedback = engine.judge(replace(LOG_PRIOR, alternatives=(_log_prior,)), wrong)
    assert feedback.kind == "mistake" and "1 stands where 0 belongs" in feedback.text


def test_mistakes_given_as_edits_are_recognized_alone_and_in_pairs():
    no_half = engine.Mistake("half", "The half is missing, I say.", edit=(("0.5 * (", "("),))
    once = engine.Mistake(
        "once", "The 1 counts once, I say.", edit=(("- 1 - logvar).sum(dim=1)", "- logvar).sum(dim=1) - 0.5"),)
    )
    exercise = replace(KL, mistakes=(no_half, once))
    assert engine.judge(exercise, exercise.mistakes[0].code).text == no_half.message
    both = define("return (logvar.exp() + mu**2 - logvar).sum(1) - 0.5", "mu, logvar", KL.name)
    text = engine.judge(exercise, both).text
    assert no_half.message in text and once.message in text and TWO in text
    with_slip = define("return (logvar.exp() + mu - 1 - logvar).sum(1)", "mu, logvar", KL.name)
    text = engine.judge(exercise, with_slip).text
    assert no_half.message in text and "`mu` is not squared" in text.replace("2. `", "`")
    with pytest.raises(ValueError, match="occurs 3 times"):
        replace(KL, mistakes=(engine.Mistake("odd", "odd", edit=(("logvar)", "x"),)),))


def test_the_search_for_pairs_keeps_to_its_budget_and_goes_on_next_time(monkeypatch):
    monkeypatch.setattr(causes, "BUDGET", 0.0)
    exercise = replace(KL)  # a copy, of which nothing has been made yet
    wrong = define("return (logvar.exp() + mu**2 - 1 + logvar).sum(1)", "mu, logvar", KL.name)
    assert engine.judge(exercise, wrong).kind == "wrong" and workshop.workshop(exercise).pairs.known == []
    monkeypatch.setattr(causes, "BUDGET", 600.0)
    assert TWO in engine.judge(exercise, wrong).text
    monkeypatch.setattr(causes, "BUDGET", 0.0)
    assert TWO in engine.judge(exercise, wrong).text  # pairs once made are looked through whatever the time


def test_clamps_and_guards_are_slips_where_the_probes_reach():
    probe = (torch.zeros(2, 1), torch.tensor([[-20.0], [9.0]]))
    reach = replace(KL, probes=(*KL.probes, probe), mistakes=())
    body = "logvar = logvar.clamp(-10, 10)\nreturn 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)"
    assert "`logvar` is clamped to −10 … 10" in engine.judge(reach, define(body, "mu, logvar", KL.name)).text


def test_no_slip_makes_tensors_of_exp_20_numbers():
    source = Source.of(GRID.solution, GRID.reference.__globals__, GRID.probes)
    assert source.kinds["n"] == "count"
    assert not any("exponential of `n`" in slip.words for slip in slips_of(source))
    assert any("twice `n`" in slip.words for slip in slips_of(source))


def test_what_is_no_evidence_is_not_told_as_a_slip():
    for body in ("return torch.zeros(len(mu))", "return torch.full((len(mu),), torch.nan)", "return mu[:, 0] * 7.3"):
        feedback = engine.judge(KL, define(body, "mu, logvar", KL.name))
        assert feedback.kind == "wrong", str(feedback)


def test_sizes_have_the_names_of_the_docstring():
    source = Source.of(LIKELIHOOD.solution, LIKELIHOOD.reference.__globals__, LIKELIHOOD.probes)
    assert source.letters == {"x": ("B", "D"), "mean": ("B", "D")}
    assert source.kinds == {"x": "tensor", "mean": "tensor", "sigma": "number"}
    for probe in LIKELIHOOD.probes:
        torch.testing.assert_close(source.built()(*probe), LIKELIHOOD.oracle(*probe), check_dtype=False)


BEST_Q = CATALOGUE["best_q"]


def _by_a_grid(step, low=-4.0, turned=1.0):
    """A search of somebody else's design: every pair of means and widths `step` apart."""

    def best_q(z, log_joint, spacing):
        means, sds = torch.arange(low, 4.001, step), torch.arange(spacing, 2.001, step)
        log_q = torch.distributions.Normal(means[:, None, None], sds[:, None]).log_prob(z.double())
        bounds = turned * (log_q.exp() * (log_joint - log_q)).sum(2)
        number = bounds.argmax().item()
        return means[number // len(sds)], sds[number % len(sds)]

    return best_q


def test_a_search_that_ends_near_what_is_wanted_is_told_so():
    feedback = engine.judge(BEST_Q, _by_a_grid(0.04))
    assert feedback.kind == "wrong" and "It comes close: it is off by at most 0.0" in feedback.text
    assert "comes close" not in engine.judge(BEST_Q, lambda z, log_joint, spacing: (z[0], z[1])).text


def test_a_search_that_ends_near_a_known_mistake_is_told_that_it_is_near():
    feedback = engine.judge(BEST_Q, _by_a_grid(0.04, low=0.0))
    assert feedback.kind == "mistake" and "close to those of a known mistake" in feedback.text
    assert "means from 0 to 4 alone" in feedback.text
    exact = engine.judge(BEST_Q, next(m.code for m in BEST_Q.mistakes if m.name == "means above 0"))
    assert exact.kind == "mistake" and "close to" not in exact.text
    twice = replace(BEST_Q, mistakes=(*BEST_Q.mistakes, engine.Mistake("twin", "Twin.", _by_a_grid(0.05, low=0.0))))
    assert engine.judge(twice, _by_a_grid(0.04, low=0.0)).kind == "wrong"  # two are near: no evidence for either


def _on_a_coarse_grid(f, x):
    z = torch.cartesian_prod(*2 * [torch.linspace(-4, 4, 20)])
    return z[(x * f(z).log() + (1 - x) * (1 - f(z)).log()).sum(1).argmax()]


def test_a_coarse_search_is_not_taken_for_a_mistake_that_ends_near_it():
    feedback = engine.judge(CATALOGUE["best_z"], _on_a_coarse_grid)
    assert feedback.kind in ("wrong", "mistake") and "close to those of a known mistake" not in feedback.text


def test_no_pairs_of_changes_are_made_of_a_search():
    fresh = replace(BEST_Q)  # a copy, of which nothing has been made yet
    left = [engine.run(BEST_Q.reference, probe) for probe in BEST_Q.probes]
    assert causes.double(fresh, left) == [] and workshop.workshop(fresh).pairs.known == []
