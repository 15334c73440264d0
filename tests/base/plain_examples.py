"""Functions of one's own as users write them, for `test_plain_functions`: some plain, some not."""

from __future__ import annotations

import math
import random

import numpy as np

from pilotsim.base import elementary
from pilotsim.base.plain_functions import quotient

LIMIT = 3
NEVER = 0
TABLE = {1: 2}


def half_up(a):
    """Say something."""
    return math.floor((a + 1) / 2)


def remainders(a, b):
    return a % 7 + b // 3 - (a - b) % -4


def loops(a, b):
    found = 0
    for k in range(5):
        if k * a > b:
            continue
        found += k
    while found > LIMIT:
        found -= max(half_up(found) // 2, 1)
    return found if a < b <= 9 else -found


def elementary_functions(a, b):
    x = elementary.log(abs(a) + 1) + elementary.power(abs(b) + 0.5, 1.3)
    y: float = quotient(x, b - 2, a)
    return min(x, y) * 1000 // 1


def logic(a, b):
    return (a > 3 and not b > a) or a == b


def counts_up(a, b):
    found = 0
    for k in range(-1, math.floor(a % 5) + LIMIT):
        found += k * b
    return found


def either_way(a, b):
    if a > b:
        c = a
        c += 1
    else:
        c = b * 1.5
    return c


PLAIN = (half_up, remainders, loops, elementary_functions, logic, counts_up, either_way)


# From here on: not plain.


def divides(a, b):
    return a / b


def divides_by_a_constant_that_is_0(a):
    return a // NEVER


def powers(a):
    return a**0.5


def draws(a):
    return random.random()


def of_a_library(a):
    return np.floor(a)


def logarithm(a):
    return math.log(a)


def looks_up(a):
    return TABLE[a]


def says(a):
    return "much"


def falls_off_the_end(a):  # noqa: RET503
    if a > 3:
        return 1


def may_have_no_value(a):
    if a > 3:
        b = 1
    return b


def no_value_after_a_loop(a):
    for k in range(3):
        b = k
    return b


def counts_up_to_a_float(a):
    total = 0
    for k in range(a):
        total += k
    return total


def calls_itself(a):
    return calls_itself(a - 1) if a > 0 else 0


def of_a_list(a):
    return sum([a, 1])


def with_a_default(a, b=1):
    return a + b


def that_catches(a):
    try:
        return a
    except ValueError:
        return 0


def sees_another(a):
    return divides(a, 2)


def unpacks(a, b):
    a, b = b, a
    return a


def unknown(a):
    return not_there  # noqa: F821


NOT_PLAIN = {
    divides: "a division by what may be 0",
    divides_by_a_constant_that_is_0: "a division by what may be 0",
    powers: "'pow'",
    draws: "'random.random'",
    of_a_library: "'np.floor'",
    logarithm: "'math.log' (take logarithms and the like from pilotsim.base.elementary)",
    looks_up: "'subscript'",
    says: "what is no number",
    falls_off_the_end: "an end without 'return'",
    may_have_no_value: "'b', which may have no number here,",
    no_value_after_a_loop: "'b', which may have no number here,",
    counts_up_to_a_float: "range(...) of what may be no whole number",
    calls_itself: "a function that calls itself",
    of_a_list: "'sum'",
    with_a_default: "anything but plain arguments",
    that_catches: "'try'",
    sees_another: "'divides', line",
    unpacks: "'tuple'",
    unknown: "'not_there', which may have no number here,",
}
