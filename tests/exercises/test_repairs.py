"""A small edit of the learner's own text: found by trying, and told as what it is."""

import inspect
import math
import random
import re
import textwrap
import time

import mutants
import pytest
import torch
from answers import CATALOGUE
from variants import RIGHT

from vae_helpers.exercises import engine
from vae_helpers.exercises.engine import edits, own_text, repairs
from vae_helpers.exercises.engine.attempt import Attempt

TOLD = re.compile(r"`(?P<new>[^`]+)` in place of `(?P<old>[^`]+)` \(line (?P<line>\d+) of the cell\)")
KEPT = []


def told(function):
    """What a check says, and the edits in it."""
    feedback = engine.judge(CATALOGUE[function.__name__], function)
    return feedback, [match.groupdict() for match in TOLD.finditer(feedback.text)]


def gaussian_log_likelihood(x, mean, sigma):
    """By torch's own distribution, with a mean for the sum."""
    each = torch.distributions.Normal(mean, sigma).log_prob(x)
    return each.mean(1)


def test_an_edit_is_told_with_its_place():
    lines, first = inspect.getsourcelines(gaussian_log_likelihood)
    line = first + next(number for number, text in enumerate(lines) if "each.mean(1)" in text)
    text = own_text.Text("".join(lines))
    found = next(edit for edit in edits.edits_of(text) if "each.sum(1)" in edit.on(text.text))
    found = repairs._told(found, text, gaussian_log_likelihood, "")
    assert found == repairs.Repair(line, "return each.mean(1)", "return each.sum(1)", "")


def kl_gradients(mu, logvar):
    """The first by a detour that ends in the wrong place, the second with a factor too many."""
    variance = logvar.exp()
    return (mu / variance) * logvar.exp() * variance, (variance - 1) / 2 * mu.shape[0]


def test_two_results_may_have_an_edit_each():
    feedback, found = told(kl_gradients)
    assert feedback.kind == "mistake" and len(found) == 2, feedback.text
    assert feedback.text.startswith("Two changes in your code are enough. With `")
    text = inspect.getsource(kl_gradients)
    for one in found:
        assert one["old"] in text
        text = text.replace(one["old"], one["new"])
    namespace = {}
    exec(text, namespace)
    assert engine.judge(CATALOGUE["kl_gradients"], namespace["kl_gradients"]).kind == "right"


def log_mean_exp(a):
    KEPT.append(len(a))
    return (a - 1).exp().mean(0).log() + 2


def test_what_keeps_something_is_not_run_again_and_again():
    KEPT.clear()
    engine.judge(CATALOGUE["log_mean_exp"], log_mean_exp)
    assert 0 < len(KEPT) <= len(CATALOGUE["log_mean_exp"].probes) + 1


def counts_up(a):
    rows = len(a)
    while rows < 2:
        rows = rows * 2
    return (a - 1).exp().mean(0).log() + 2


def test_an_edit_that_never_ends_is_given_up_and_not_called_the_learners(monkeypatch, capsys):
    monkeypatch.setattr(repairs, "AT_MOST", 0.3)
    ends = repairs._built

    def never(function, text):
        return ends(function, text.replace("rows < 2", "rows > 0"))

    monkeypatch.setattr(repairs, "_built", never)
    start = time.monotonic()
    feedback = engine.judge(CATALOGUE["log_mean_exp"], counts_up)
    assert feedback.kind in ("wrong", "mistake") and time.monotonic() - start < 30
    assert "has been running" not in capsys.readouterr().out


def test_without_its_text_nothing_is_edited():
    namespace = {"math": math}
    exec("def log_prior(z):\n    return (-0.5 * z**3).mean(1) - 7", namespace)
    feedback, found = told(namespace["log_prior"])
    assert feedback.kind in ("wrong", "mistake") and not found


def mutated(tmp_path, function, chance):
    """A right answer with one token flipped, as a learner's: in a file, from which its text is read."""
    text = textwrap.dedent(inspect.getsource(function))
    text = text[text.index("def ") :]
    if '"""' not in text:
        head, rest = text.split("\n", 1)
        text = f'{head}\n    """."""\n{rest}'
    edit = chance.choice(mutants.edits(text, list(inspect.signature(function).parameters)))
    path = tmp_path / f"answer_{chance.randrange(10**9)}.py"
    path.write_text(edit.on(text))
    return path


def defined(path, like):
    """The function that a file defines, which sees what another one sees; None where it is no program."""
    scope = dict(like.__globals__)
    try:
        exec(compile(path.read_text(), str(path), "exec"), scope)
    except SyntaxError:
        return None
    return scope[path.read_text().split("def ")[1].split("(")[0]]


@pytest.mark.parametrize("name", [name for name in CATALOGUE if RIGHT[name]])
def test_an_edit_that_is_told_makes_the_answer_right(name, tmp_path, monkeypatch):
    """Of right answers in styles of their own, one token flipped in each."""
    monkeypatch.setattr(repairs, "BUDGET", 0.3)
    chance, exercise = random.Random(name), CATALOGUE[name]
    function = chance.choice([f for f in RIGHT[name] if inspect.getsource(f).lstrip().startswith(("def ", "@"))])
    path = mutated(tmp_path, function, chance)
    attempt = Attempt(exercise, defined(path, function))
    if attempt.function is None or attempt.runs[-1].error or not attempt.all_fit:
        return
    whole = " ".join(path.read_text().split())
    for one in repairs.repairs(attempt):
        assert one.old in whole and one.new != one.old
        path.write_text(one.text)
        assert engine.judge(exercise, defined(path, function)).kind == "right", one.text
