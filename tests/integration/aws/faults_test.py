"""The example's release in a bad world: of sluice's requests a tenth fails, a tenth is throttled, a tenth loses its answer after
the effect, a tenth reads what was before. Each seed ends with all of it new or all of it as before, and nothing twice; one that could not
even be planned has changed nothing, and is begun again. The controller and the adapters are the production ones, in simulated
time (in_simulated_time.cc).

All seeds have one world: each begins with what the one before has left serving.
"""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

from example_in_aws import CLUSTER, CONTAINERS, FUNCTIONS, MEMBERS, ExampleInAws, example_at_rest  # noqa: E402
from simulated_release import MINUTE, NotBegun, Release, release_in_simulated_time  # noqa: E402

SEEDS = range(1, 21)
SHARE = 0.1
MOST_ATTEMPTS = 10
WORLD: ExampleInAws


def setUpModule() -> None:
    global WORLD
    WORLD = example_at_rest(BUILD)


class Faults(unittest.TestCase):
    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.machine.configure_for_now("0s")

    def made(self) -> dict[str, set[str]]:
        """What there is of what a release makes one of, by member."""
        made = {name: self.machine.ecs.list_task_definitions(familyPrefix=f"{CLUSTER}-{name}")["taskDefinitionArns"]
                for name in CONTAINERS}
        for name in FUNCTIONS:
            versions = self.machine.lam.list_versions_by_function(FunctionName=f"mangaassist-{name}")["Versions"]
            made[name] = [v["Version"] for v in versions]
        rest = self.machine.rest.get_deployments(restApiId=self.machine.rest_api, limit=500)["items"]
        socket = self.machine.v2.get_deployments(ApiId=self.machine.socket_api, MaxResults="500")["Items"]
        made |= {"rest-api": [d["id"] for d in rest], "websocket-api": [d["DeploymentId"] for d in socket]}
        return {name: set(ids) for name, ids in made.items()}

    def test_every_seed_ends_with_all_of_it_or_nothing(self) -> None:
        ended = {}
        for seed in SEEDS:
            with self.subTest(seed=seed):
                ended[seed] = self.release_under(seed)
        print("outcomes by seed:", ended, file=sys.stderr)
        self.assertEqual(set(ended.values()), {"succeeded"})  # nothing was taken back for nothing

    def try_release(self, revisions: dict[str, str], seed: int) -> Release | None:
        self.aws.misbehave(seed, SHARE)
        try:
            return release_in_simulated_time(self.machine, "aws", revisions)
        except NotBegun as why:
            print(f"seed {seed}: not begun: {why}", file=sys.stderr)
            return None
        finally:
            self.aws.set_faults()

    def release_under(self, seed: int) -> str:
        serving, made = self.machine.serves(), self.made()
        revisions = self.machine.stand_ins(seed)
        release = None
        for attempt in range(MOST_ATTEMPTS):
            release = self.try_release(revisions, seed + attempt * len(SEEDS))
            if release is not None:
                break
            self.assertEqual((self.machine.serves(), self.made()), (serving, made))
        self.assertIsNotNone(release, f"could not be planned {MOST_ATTEMPTS} times")
        self.aws.advance(10 * MINUTE)  # tasks end, and reads are fresh
        outcomes = release.outcomes()
        self.assertEqual(outcomes.keys(), MEMBERS)
        (outcome,) = set(outcomes.values()) if len(set(outcomes.values())) == 1 else (str(outcomes),)
        now = self.machine.serves()
        if outcome == "succeeded":
            self.assertEqual({name: now[name] for name in CONTAINERS}, {name: revisions[name] for name in CONTAINERS})
            self.assertFalse([name for name in MEMBERS if now[name] == serving[name]])
        else:
            print(f"seed {seed}: {outcome}: {release.causes()[0]}", file=sys.stderr)
            self.assertEqual(now, serving, release.causes())
        self.assertEqual(self.machine.task_sets_there(), len(CONTAINERS))
        new = {name: len(ids - made[name]) for name, ids in self.made().items()}
        least = 1 if outcome == "succeeded" else 0
        self.assertFalse({name: count for name, count in new.items() if not least <= count <= 1})
        self.assertEqual(self.aws.problems(), [])
        return outcome


if __name__ == "__main__":
    unittest.main()
