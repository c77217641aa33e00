"""Each engine in a bad world: of sluice's requests a tenth fails, a tenth is throttled, a tenth loses its answer after the effect, a
tenth reads what was before. Each seed ends with the new revision or as it was before, by sluice's own word, and nothing is made
twice; one that could not even be planned has changed nothing, and is begun again. In simulated time (in_simulated_time.cc); the
engines `sluice`, Lambda and API Gateway are in faults_test.py, as one release.

All seeds of an engine have one world: each begins with what the one before has left serving.
"""

import sys
import unittest
from collections import Counter
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

import engines  # noqa: E402
from adoption_in_aws import AdoptionInAws  # noqa: E402
from native_in_aws import LINEAR  # noqa: E402
from simulated_release import MINUTE, NotBegun, Release, release_in_simulated_time, run  # noqa: E402
from sluice_in_aws import FULL_AT_ONCE  # noqa: E402

SEEDS = range(1, 21)
SHARE = 0.1
MOST_ATTEMPTS = 10


class Seeds(unittest.TestCase):
    def go_through(self, engine: engines.Engine) -> None:
        ended = {}
        for seed in SEEDS:
            with self.subTest(engine=engine.name, seed=seed):
                ended[seed] = self.is_right_under(engine, seed)
        print(f"{engine.name}: {dict(Counter(ended.values()))}", file=sys.stderr)
        self.assertEqual(Counter(ended.values()), {"succeeded": len(SEEDS)})  # nothing was taken back for nothing

    def is_right_under(self, engine: engines.Engine, seed: int) -> str:
        before, made = engine.serving(), engine.made()
        revisions = engine.next(seed)
        release = None
        for attempt in range(MOST_ATTEMPTS):
            release = self.try_release(engine, revisions, seed + attempt * len(SEEDS))
            if release is not None:
                break
            self.assertEqual((engine.serving(), engine.made()), (before, made))
        self.assertIsNotNone(release, f"could not be planned {MOST_ATTEMPTS} times")
        engine.aws.advance(10 * MINUTE)  # tasks end, and reads are fresh
        (outcome,) = release.outcomes().values()
        now = engine.serving()
        if outcome == "succeeded":
            self.assertTrue(engine.is_next(now, before, seed), now)
        else:
            print(f"{engine.name} {seed}: {outcome}: {release.causes()[-1]}", file=sys.stderr)
            self.assertEqual(now, before, release.causes())
        self.assertEqual(engine.leftovers(), [])
        self.assertEqual(engine.journal_says(seed), {outcome} if "--journal" in engine.options else set())
        least = 1 if outcome == "succeeded" else 0
        new = {what: count - made[what] for what, count in engine.made().items()}
        self.assertFalse({what: count for what, count in new.items() if not least <= count <= 1})
        self.assertEqual(engine.aws.problems(), [])
        return outcome

    def try_release(self, engine: engines.Engine, revisions: dict[str, str], seed: int) -> Release | None:
        engine.aws.misbehave(seed, SHARE)
        try:
            return release_in_simulated_time(engine.machine, engine.environment, revisions, None, *engine.options)
        except NotBegun as why:
            print(f"{engine.name} {seed}: not begun: {why}", file=sys.stderr)
            return None
        finally:
            engine.aws.set_faults()

    def test_codedeploy(self) -> None:
        self.go_through(engines.codedeploy(BUILD))

    def test_ecs_native_by_a_canary(self) -> None:
        self.go_through(engines.ecs_native(BUILD, "CANARY"))

    def test_ecs_native_by_equal_steps(self) -> None:
        self.go_through(engines.ecs_native(BUILD, "LINEAR", steps=LINEAR))

    def test_ecs_native_all_at_once(self) -> None:
        self.go_through(engines.ecs_native(BUILD, "BLUE_GREEN", steps=FULL_AT_ONCE))

    def test_with_the_journal_in_s3(self) -> None:
        self.go_through(engines.hosted(BUILD))

    def test_flags_of_appconfig(self) -> None:
        self.go_through(engines.appconfig(BUILD))

    def test_canary_of_a_rest_api(self) -> None:
        self.go_through(engines.gateway_canary(BUILD))

    def test_adopt_and_its_way_back(self) -> None:
        """Said again until it has ended well, as a person does; never is there a second of anything."""
        machine = engines.adoption(BUILD, "ECS")
        attempts = []
        for seed in SEEDS:
            with self.subTest(seed=seed):
                machine.begin_anew(seed, **engines.HEALTH)
                attempts.append(self.adopt(machine, seed))
                self.assertEqual(machine.what_serves(), machine.adopted())
                attempts.append(self.adopt(machine, 1000 + seed, "--undo=web"))
                self.assertEqual(machine.what_serves(), machine.given_back())
                self.assertEqual(machine.aws.problems(), [])
        print(f"adopt: attempts {dict(Counter(attempts))}", file=sys.stderr)
        self.assertEqual(Counter(attempts), {1: 2 * len(SEEDS)})

    def adopt(self, machine: AdoptionInAws, seed: int, *options: str) -> int:
        """How often it had to be said."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            machine.aws.misbehave(seed + attempt * len(SEEDS), SHARE)
            done = run(machine, machine.adopt_in_simulated_time(*options))
            machine.aws.set_faults()
            machine.aws.advance(10 * MINUTE)  # tasks end, and reads are fresh
            if done.returncode == 0:
                return attempt
            print(f"adopt {seed}: {done.stderr}", file=sys.stderr)
        self.fail(f"said {MOST_ATTEMPTS} times: {done.stderr}")


if __name__ == "__main__":
    unittest.main()
