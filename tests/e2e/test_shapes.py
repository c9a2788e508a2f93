"""Every answer style with every algorithm, stable and volatile, the token's place changing from one to the next:
the core flaws are found alone, the strict target is clean."""
import itertools
import unittest

from support import Case, load_in_parallel as load_tests, sentence  # noqa: F401

from styles import STYLES
from target import ALGORITHMS, PLACES

CORE = {"signature-ignored": "jwt-signature-ignored", "signature-missing": "jwt-signature-missing",
        "alg-none": "jwt-alg-none", "jwk-embedded": "jwt-jwk-embedded"}
BY_FAMILY = {"HS": ("secret-weak", "jwt-secret-weak"), "": ("key-confusion:pem", "jwt-key-confusion")}

# What is true of the place itself.
OF_PLACE = {"query": {"jwt-in-query": "this API reads its token from the query"}}


class Shapes(Case):
    """The tests are made below."""


def finds(shape, place, flaw, check):
    def test(self):
        run = self.scan_target(self.target(shape=shape, flaw=flaw), needs=())
        self.assert_found(run, check, "critical", also=OF_PLACE.get(place, ()))
    return test


def is_clean(shape, place, checks):
    def test(self):
        run = self.scan_target(self.target(shape=shape))
        self.assert_nothing_else(run, allowed=OF_PLACE.get(place, ()))
        self.assert_tested(run, *checks)
    return test


for (s, style), (v, volatile), (a, alg) in itertools.product(
        enumerate(STYLES), enumerate(("", "volatile")), enumerate(ALGORITHMS)):
    place_ = list(PLACES)[(s + v + a) % len(PLACES)]
    shape_ = "+".join(word for word in (place_, style, volatile, alg) if word)
    words = shape_.replace("+", " ")
    flaws = {**CORE, **dict([BY_FAMILY.get(alg[:2], BY_FAMILY[""])])}
    for flaw_, check_ in flaws.items():
        setattr(Shapes, sentence(f"{flaw_} is found alone in a target of shape {words}"),
                finds(shape_, place_, flaw_, check_))
    setattr(Shapes, sentence(f"a strict target of shape {words} is clean and its checks were made"),
            is_clean(shape_, place_, flaws.values()))


class Forms(Case):
    """What answers are made of, and how they come: made below."""


for (f, form), volatile in itertools.product(enumerate(("claims", "xml", "no-content", "gzip", "chunked", "dropped")),
                                             ("", "volatile")):
    for k, (flaw_, check_) in enumerate(list(CORE.items())[:3] + [(None, None)]):
        alg = ALGORITHMS[(f + k) % len(ALGORITHMS)]
        shape_ = "+".join(word for word in (form, volatile, alg) if word)
        words = shape_.replace("+", " ")
        if flaw_:
            setattr(Forms, sentence(f"{flaw_} is found alone in a target of form {words}"), finds(shape_, "", flaw_, check_))
        else:
            setattr(Forms, sentence(f"a strict target of form {words} is clean and its checks were made"),
                    is_clean(shape_, "", CORE.values()))


if __name__ == "__main__":
    unittest.main()
