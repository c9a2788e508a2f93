"""The core flaws are found alone, and the strict target is clean, in every answer style, stable and volatile, with every
algorithm and the token in every place.

All combinations would be thousands of scans. What misleads a scanner is two things that meet (a style and a place, an
algorithm and a flaw), so the cases are a cover: few, computed below, in which every pair of values of any two factors meets
in some case. `CHECK_ALL=1` (`./check --all`) adds the product of all factors, the places in turn."""
import itertools
import unittest

from support import ALL, Case, load_in_parallel as load_tests, sentence  # noqa: F401

from styles import STYLES
from target import ALGORITHMS, PLACES

STRICT = ""
CORE = {"signature-ignored": "jwt-signature-ignored", "signature-missing": "jwt-signature-missing",
        "alg-none": "jwt-alg-none", "jwk-embedded": "jwt-jwk-embedded"}
OF_SECRET, OF_KEY_PAIR = {"secret-weak": "jwt-secret-weak"}, {"key-confusion:pem": "jwt-key-confusion"}
CHECKS = {**CORE, **OF_SECRET, **OF_KEY_PAIR}
VOLATILE = ("", "volatile")
FORMS = ("claims", "xml", "no-content", "gzip", "chunked", "dropped")

# What is true of the place itself.
OF_PLACE = {"query": {"jwt-in-query": "this API reads its token from the query"}}

# ---- covers --------------------------------------------------------------------------------------------------------------


def flaws_of(algorithm):
    """Those that a target with this algorithm can have."""
    return {**CORE, **(OF_SECRET if algorithm.startswith("HS") else OF_KEY_PAIR)}


def pairs_of(case):
    """Each two values of a case, with the factors that they are of."""
    return frozenset(itertools.combinations(enumerate(case), 2))


def uncovered(cases, possible):
    """The pairs that some possible case has and none of `cases`."""
    held = frozenset().union(*map(pairs_of, cases))
    return frozenset().union(*map(pairs_of, possible)) - held


def cover(possible):
    """Few cases that hold every pair: time and again the one with the most pairs that are not held yet (the first of several,
    so the cover is always the same), then without those that the later ones have made needless."""
    pairs = {case: pairs_of(case) for case in possible}
    left, chosen = frozenset().union(*pairs.values()), []
    while left:
        best = max(pairs, key=lambda case: len(pairs[case] & left))
        chosen.append(best)
        left -= pairs[best]
    for case in list(chosen):
        others = [other for other in chosen if other != case]
        if not uncovered(others, possible):
            chosen = others
    return chosen


SHAPES = [(style, flaw, algorithm, place, volatile)
          for style, algorithm, place, volatile in itertools.product(STYLES, ALGORITHMS, PLACES, VOLATILE)
          for flaw in (*flaws_of(algorithm), STRICT)]
FORMED = [(form, flaw, algorithm, volatile) for form, flaw, algorithm, volatile in itertools.product(
    FORMS, (*list(CORE)[:3], STRICT), ALGORITHMS, VOLATILE)]
SHAPE_CASES, FORM_CASES = cover(SHAPES), cover(FORMED)


def product_with_places_in_turn():
    """Every style, volatile or not, with every algorithm and flaw; the place changes from one to the next."""
    for (s, style), (v, volatile), (a, algorithm) in itertools.product(*map(enumerate, (STYLES, VOLATILE, ALGORITHMS))):
        place = list(PLACES)[(s + v + a) % len(PLACES)]
        for flaw in (*flaws_of(algorithm), STRICT):
            yield style, flaw, algorithm, place, volatile


class Covers(unittest.TestCase):
    def test_any_two_values_of_two_factors_that_can_meet_meet_in_some_case(self):
        for cases, possible in ((SHAPE_CASES, SHAPES), (FORM_CASES, FORMED)):
            for first, second in itertools.combinations(range(len(possible[0])), 2):
                can, do = ({(case[first], case[second]) for case in these} for these in (possible, cases))
                self.assertEqual(set(), can - do)
                self.assertEqual(set(), do - can, "a case that no target can be")

    def test_the_factors_are_all_styles_places_algorithms_and_flaws(self):
        values = [set(column) for column in zip(*SHAPE_CASES)]
        self.assertEqual([set(STYLES), {*CHECKS, STRICT}, set(ALGORITHMS), set(PLACES), set(VOLATILE)], values)
        self.assertEqual([set(FORMS), {*list(CORE)[:3], STRICT}, set(ALGORITHMS), set(VOLATILE)],
                         [set(column) for column in zip(*FORM_CASES)])

    def test_a_case_that_is_taken_away_is_missed(self):
        for cases, possible in ((SHAPE_CASES, SHAPES), (FORM_CASES, FORMED)):
            for place in range(len(cases)):
                self.assertTrue(uncovered(cases[:place] + cases[place + 1:], possible), cases[place])

    def test_a_cover_is_far_smaller_than_the_product(self):
        self.assertLess(len(SHAPE_CASES), 64)
        self.assertLess(len(FORM_CASES), 40)

    def test_each_case_is_a_test(self):
        for suite, cases in ((Shapes, SHAPE_CASES), (Forms, FORM_CASES)):
            made = unittest.defaultTestLoader.getTestCaseNames(suite)
            (self.assertLess if ALL else self.assertEqual)(len(cases), len(made))


# ---- tests ---------------------------------------------------------------------------------------------------------------


class Shapes(Case):
    """Made below: one test a case."""


class Forms(Case):
    """What answers are made of, and how they come: made below too."""


def finds(shape, place, flaw):
    def test(self):
        run = self.scan_target(self.target(shape=shape, flaw=flaw), needs=())
        self.assert_found(run, CHECKS[flaw], "critical", also=OF_PLACE.get(place, ()))
    return test


def is_clean(shape, place, checks):
    def test(self):
        run = self.scan_target(self.target(shape=shape))
        self.assert_nothing_else(run, allowed=OF_PLACE.get(place, ()))
        self.assert_tested(run, *checks)
    return test


def add(suite, kind, words, place, flaw, checks):
    shape = "+".join(word for word in words if word)
    named = f"a target of {kind} {shape.replace('+', ' ')}"
    if flaw == STRICT:
        setattr(suite, sentence(f"strict: {named} is clean and its checks were made"), is_clean(shape, place, checks))
    else:
        setattr(suite, sentence(f"{flaw} is found alone in {named}"), finds(shape, place, flaw))


for style_, flaw_, algorithm_, place_, volatile_ in [*SHAPE_CASES, *(product_with_places_in_turn() if ALL else ())]:
    add(Shapes, "shape", (place_, style_, volatile_, algorithm_), place_, flaw_, flaws_of(algorithm_).values())
for form_, flaw_, algorithm_, volatile_ in FORMED if ALL else FORM_CASES:
    add(Forms, "form", (form_, volatile_, algorithm_), "", flaw_, CORE.values())


if __name__ == "__main__":
    unittest.main()
