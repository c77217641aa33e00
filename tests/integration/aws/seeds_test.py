"""The example's release, flags, a REST canary and `sluice adopt` in a bad world, forward and back (seeds_case.py)."""

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
from seeds_case import MOST_ATTEMPTS, SEEDS, SHARE, SeedsCase  # noqa: E402
from simulated_release import MINUTE, run  # noqa: E402


class Seeds(SeedsCase):
    def test_all_of_the_example(self) -> None:
        self.go_through(engines.example(BUILD))

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
