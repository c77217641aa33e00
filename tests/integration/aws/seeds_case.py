"""An engine in a bad world: of sluice's requests a tenth fails, a tenth is throttled, a tenth loses its answer after the effect, a
tenth reads what was before. Each seed ends with the new revision or as it was before, by sluice's own word, and nothing is made
twice; one that could not even be planned has changed nothing, and is begun again. And in a good one that is ten times as slow. In
simulated time (in_simulated_time.cc).

All seeds of an engine have one world: each begins with what the one before has left serving.
"""

import itertools
import sys
import unittest
from collections import Counter
from collections.abc import Iterator

from engines import Engine
from simulated_release import MINUTE, NotBegun, Release, release_in_simulated_time

SEEDS = range(1, 21)
SHARE = 0.1
MOST_ATTEMPTS = 10


def ways(engine: Engine) -> tuple[tuple[str, list[str]], ...]:
    """Forward, and back at a person's word, as options of in_simulated_time: with the outcome of each."""
    return ("succeeded", []), ("rolled_back", [f"--roll-back-at={engine.back_at}"])


class SeedsCase(unittest.TestCase):
    def go_through(self, engine: Engine) -> None:
        """All the way, and then back in the midst of it, at a person's word. Nothing is taken back for nothing."""
        number = itertools.count(1)
        self.is_waited_for(engine, number)
        for outcome, word in ways(engine):
            ended = {}
            for seed in SEEDS:
                with self.subTest(engine=engine.name, outcome=outcome, seed=seed):
                    ended[seed] = self.is_right_under(engine, next(number), seed, *word)
            print(f"{engine.name}: {dict(Counter(ended.values()))}", file=sys.stderr)
            self.assertEqual(Counter(ended.values()), {outcome: len(SEEDS)})

    def is_waited_for(self, engine: Engine, number: Iterator[int]) -> None:
        before = engine.aws.control("delays")
        engine.aws.set_delays(stretch=10)
        try:
            for outcome, word in ways(engine):
                with self.subTest(engine=engine.name, outcome=outcome, delays="tenfold"):
                    self.assertEqual(self.is_right_under(engine, next(number), 1, *word, share=0), outcome)
        finally:
            engine.aws.set_delays(**before)

    def is_right_under(self, engine: Engine, number: int, seed: int, *word: str, share: float = SHARE) -> str:
        before, made = engine.serving(), engine.made()
        revisions = engine.next(number)
        release = None
        for attempt in range(MOST_ATTEMPTS):
            release = self.try_release(engine, revisions, seed + attempt * len(SEEDS), *word, share=share)
            if release is not None:
                break
            self.assertEqual((engine.serving(), engine.made()), (before, made))
        self.assertIsNotNone(release, f"could not be planned {MOST_ATTEMPTS} times")
        engine.aws.advance(10 * MINUTE)  # tasks end, and reads are fresh
        outcome = release.outcome()
        now = engine.serving()
        if outcome == "succeeded":
            self.assertTrue(engine.is_next(now, before, number), now)
        else:
            if not word:
                print(f"{engine.name} {seed}: {outcome}: {release.causes()[-1]}", file=sys.stderr)
            self.assertEqual(now, before, release.causes())
        self.assertEqual(engine.leftovers(), [])
        self.assertEqual(engine.journal_says(number), {outcome} if "--journal" in engine.options else set())
        least = 1 if outcome == "succeeded" else 0
        new = {what: count - made[what] for what, count in engine.made().items()}
        self.assertFalse({what: count for what, count in new.items() if not least <= count <= 1})
        self.assertEqual(engine.aws.problems(), [])
        return outcome

    def try_release(self, engine: Engine, revisions: dict[str, str], seed: int, *word: str, share: float) -> Release | None:
        engine.aws.misbehave(seed, share)
        try:
            return release_in_simulated_time(engine.machine, engine.environment, revisions, None, *engine.options, *word)
        except NotBegun as why:
            print(f"{engine.name} {seed}: not begun: {why}", file=sys.stderr)
            return None
        finally:
            engine.aws.set_faults()
