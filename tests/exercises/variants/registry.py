"""Where the variants of an exercise are listed, by its name."""

from collections import defaultdict

RIGHT = defaultdict(list)
TWO_MISTAKES = defaultdict(list)


def right(name):
    return lambda function: _register(RIGHT, name, function)


def two_mistakes(name):
    return lambda function: _register(TWO_MISTAKES, name, function)


def _register(where, name, function):
    function.__name__ = name  # as a learner would call it
    where[name].append(function)
