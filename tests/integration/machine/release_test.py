"""Three services deployed as one release, for real, under load: forward as one, back as one, also over a crash."""

import json
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parent))
del sys.argv[1]
from rollout_case import (ALARMS, FAILED_BEFORE_TRAFFIC, LONG_STEPS, ROLLED_BACK, SHORT_STEPS, SUCCEEDED,  # noqa: E402
                          RolloutCase)
from sluice_machine import SMOKE, SluiceMachine, wait_until  # noqa: E402

# `web` depends on both, `rag` on `guard`; only `web` has the load of the machine, the others take requests by their host.
DEPENDS = {"guard": [], "rag": ["guard"], "web": ["rag"]}
HOSTS = {"guard": "guard.test", "rag": "rag.test", "web": None}
IMAGES = [argument for service in DEPENDS for argument in ("--image", f"{service}=test")]


def setUpModule() -> None:
    RolloutCase.machine = SluiceMachine(BUILD)
    unittest.addModuleCleanup(RolloutCase.machine.__exit__)
    RolloutCase.machine.prepare()
    Release.configure(dict.fromkeys(DEPENDS, {"VERSION": "0"}))
    RolloutCase.machine.sluice("deploy", *IMAGES)


class Release(RolloutCase):
    def setUp(self) -> None:
        super().setUp()
        # Two of the three have no load, which would hold them.
        self.machine.alarms = {name: alarm | {"missing": "not_breaching"} for name, alarm in ALARMS.items()}

    @classmethod
    def configure(cls, env: dict[str, dict[str, str]], steps: dict[str, list[dict]] | None = None,
                  smoke: dict[str, list] | None = None) -> None:
        """Writes sluice.yaml with all three."""
        machine = cls.machine
        services = {name: {
            "image": "responder", "build": {"context": ".", "scan": "off"}, "port": 8080, "replicas": 1,
            "health": {"path": "/health", "every": "1s", "within": "10s"}, "env": env[name],
            "smoke": (smoke or {}).get(name, SMOKE), "depends_on": DEPENDS[name],
            "strategy": {"steps": (steps or {}).get(name, machine.strategy["steps"])},
        } | ({"route": {"host": HOSTS[name]}} if HOSTS[name] else {}) for name in DEPENDS}
        (machine.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": machine.project, "registry": {"local": f"127.0.0.1:{machine.registry}"},
            "environments": {"local": {"target": "machine", "listen": f"127.0.0.1:{machine.front_door}"}},
            "strategy": machine.strategy, "services": services, "alarms": machine.alarms, "analysis": "off"}, indent=1))

    def serving_of(self, service: str) -> set[str]:
        answers = {self.answer(HOSTS[service] or "load.test") for _ in range(10)}
        self.assertEqual({status for status, _ in answers}, {200})
        return {text.removeprefix("version ") for _, text in answers}

    def assert_all_serve(self, version: str) -> None:
        self.assertEqual({name: self.serving_of(name) for name in DEPENDS}, {name: {version} for name in DEPENDS})

    def release(self, version: str, *arguments: str, env: dict[str, dict[str, str]] | None = None, exits: int = SUCCEEDED,
                **keys: object) -> str:
        self.configure({name: {"VERSION": version} | (env or {}).get(name, {}) for name in DEPENDS}, **keys)
        result = self.machine.sluice("deploy", *IMAGES, *arguments, check=False)
        self.assertEqual(result.returncode, exits, result.stdout + result.stderr + self.machine.controller_log())
        return result.stdout + result.stderr

    def shares(self) -> dict[str, float]:
        return {d["service"]: d["green_weight_percent"] for d in self.machine.deployments()}

    def test_1_goes_forward_as_one(self) -> None:
        said = self.release("1", steps={"web": [{"weight": "10%", "bake": "1s"}, {"weight": "50%", "bake": "1s"},
                                                {"weight": "100%", "bake": "1s"}],
                                        "guard": [{"weight": "100%", "bake": "1s"}]})
        self.assert_all_serve("1")
        lines = said.splitlines()
        order = [next(i for i, line in enumerate(lines) if f" {part}" in line) for part in (
            "guard  start of GREEN", "rag    start of GREEN", "web    start of GREEN", "web    traffic step 1 of 3 (10%)",
            "web    traffic step 2 of 3 (50%)", "guard  traffic step 1 of 1 (100%)", "rag    traffic step 2 of 2 (100%)",
            "web    traffic step 3 of 3 (100%)")]
        self.assertEqual(order, sorted(order), said)

    def test_2_one_that_is_worse_takes_all_back(self) -> None:
        self.machine.strategy["steps"] = LONG_STEPS
        before = self.serving_of("web")
        said = self.release("2", env={"web": {"FAIL_SHARE": "1"}}, exits=ROLLED_BACK,
                            smoke={"web": [{"name": "health", "get": "/health", "expect": {"status": 200}}]})
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(DEPENDS, "rolled_back"))
        self.assert_all_serve(*before)
        self.assertRegex(said, r"rag    rolling back: web, of the same release, was taken back: GREEN answered 5xx to")

    def test_3_one_that_cannot_start_gives_nobody_traffic(self) -> None:
        before = self.serving_of("web")
        said = self.release("3", env={"rag": {"EXIT_AFTER_MS": "1", "EXIT_CODE": "7"}}, exits=FAILED_BEFORE_TRAFFIC)
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(DEPENDS, "failed_before_traffic"))
        self.assertNotIn("traffic step", said)
        self.assert_all_serve(*before)

    def test_4_is_held_and_promoted_as_one(self) -> None:
        self.machine.strategy["steps"] = LONG_STEPS
        self.release("4", "--detach")
        wait_until("10% of each", lambda: self.shares() == dict.fromkeys(DEPENDS, 10))
        self.machine.sluice("promote", "rag")
        wait_until("50% of each", lambda: self.shares() == dict.fromkeys(DEPENDS, 50))
        self.machine.sluice("hold", "rag")
        self.machine.sluice("promote", "web")
        wait_until("the end of the hold", lambda: self.shares() == dict.fromkeys(DEPENDS, 100) or not self.shares())
        wait_until("the end", lambda: not self.machine.deployments())
        self.assert_all_serve("4")

    def test_5_goes_on_as_one_after_the_controller_was_killed(self) -> None:
        self.machine.strategy["steps"] = LONG_STEPS
        self.release("5", "--detach")
        wait_until("10% of each", lambda: self.shares() == dict.fromkeys(DEPENDS, 10))
        self.machine.kill_controller()
        wait_until("all three again", lambda: len(self.machine.deployments()) == len(DEPENDS))
        self.machine.sluice("rollback", "guard", "--reason", "odd")
        wait_until("the end", lambda: not self.machine.deployments())
        self.assertEqual(self.machine.outcomes(), dict.fromkeys(DEPENDS, "rolled_back"))
        self.assert_all_serve("4")

    def test_6_a_newer_release_takes_the_place_of_one_that_is_under_way(self) -> None:
        self.machine.strategy["steps"] = LONG_STEPS
        self.release("6", "--detach")
        wait_until("10% of each", lambda: self.shares() == dict.fromkeys(DEPENDS, 10))
        self.machine.strategy["steps"] = SHORT_STEPS
        self.release("7", "--supersede")
        self.assert_all_serve("7")

    def test_7_leaves_alone_what_has_not_changed(self) -> None:
        self.configure({"guard": {"VERSION": "7"}, "rag": {"VERSION": "7"}, "web": {"VERSION": "8"}})
        result = self.machine.sluice("deploy", *IMAGES)
        self.assertIn("guard: test serves already; nothing to do", result.stdout)
        self.assertEqual((self.serving_of("rag"), self.serving_of("web")), ({"7"}, {"8"}))

    def test_8_one_goes_back_to_an_older_revision_by_itself_afterwards(self) -> None:
        before = self.serving_of("rag")
        self.release("9")
        self.machine.sluice("rollback", "rag", "--wait")
        self.assertEqual((self.serving_of("rag"), self.serving_of("web")), (before, {"9"}))


if __name__ == "__main__":
    unittest.main()
