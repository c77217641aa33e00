"""Mistakes on the command line and in sluice.yaml, and what the program writes where: with the real program."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import unittest
from pathlib import Path

from sluice_machine import LONG_STEPS, SHORT_STEPS, SluiceMachine, wait_until

BUILD = Path(sys.argv.pop(1))
ROLLED_BACK, USAGE, HELD, CANCELLED, INTERRUPTED = 1, 2, 3, 5, 130
ESCAPE, CTRL_C = "\x1b", "\x03"

machine: SluiceMachine


def setUpModule() -> None:
    global machine
    machine = SluiceMachine(BUILD)
    unittest.addModuleCleanup(machine.__exit__)
    machine.prepare()


class CommandLine(unittest.TestCase):
    def refuses(self, *arguments: str) -> str:
        """The first line on standard error; nothing else but a pointer to the help is written."""
        result = machine.sluice(*arguments, check=False)
        self.assertEqual((result.returncode, result.stdout), (USAGE, ""), result.stderr)
        first, *more = result.stderr.splitlines()
        self.assertLessEqual(len(more), 1, result.stderr)
        self.assertTrue(all(line.startswith("Try `sluice") for line in more), result.stderr)
        return first

    def test_an_unknown_command_is_answered_with_the_nearest_name(self) -> None:
        self.assertEqual(self.refuses("depoly"), "sluice: there is no command 'depoly'; did you mean 'deploy'?")
        self.assertEqual(self.refuses("xyzzy"), "sluice: there is no command 'xyzzy'")
        self.assertEqual(self.refuses("image", "biuld"), "sluice: there is no command 'image biuld'; did you mean 'build'?")
        self.assertEqual(self.refuses("image"), "sluice: A subcommand is required")

    def test_an_unknown_option_is_named(self) -> None:
        self.assertEqual(self.refuses("deploy", "web", "--image", "test", "--superseed"),
                         "sluice: there is no option '--superseed'; did you mean '--supersede'?")
        self.assertEqual(self.refuses("status", "--frobnicate=1"), "sluice: there is no option '--frobnicate'")

    def test_a_missing_value_is_named(self) -> None:
        self.assertIn("--image", self.refuses("deploy", "web", "--image"))
        self.assertIn("expression", self.refuses("eval"))

    def test_options_that_contradict_each_other_are_named(self) -> None:
        self.assertRegex(self.refuses("deploy", "web", "--image", "test", "--wait", "--detach"), "--wait.*--detach|--detach.*--wait")

    def test_a_wrong_value_is_named(self) -> None:
        self.assertIn("'several'", self.refuses("history", "--most", "several"))

    def test_an_unknown_service_environment_or_file_is_named(self) -> None:
        machine.configure({})
        self.assertIn("there is no service 'wbe'; did you mean 'web'?", self.refuses("deploy", "wbe", "--image", "test"))
        self.assertIn("did you mean 'local'?", self.refuses("plan", "web", "--image", "test", "--environment", "locla"))
        self.assertIn("nowhere.yaml", self.refuses("plan", "web", "--image", "test", "--file", "nowhere.yaml"))
        self.assertIn("no image is named for web: add --image web=", self.refuses("deploy", "web"))

    def test_every_command_has_help_with_an_example(self) -> None:
        overview = machine.sluice("--help").stdout
        names = re.findall(r"^  ([a-z]+)  ", overview, re.MULTILINE)
        self.assertTrue({"deploy", "lint", "rollback", "status"} <= set(names), overview)
        commands = [[name] for name in names if name != "image"]
        commands += [["image", part] for part in ("build", "check", "scan", "push")]
        for command in commands:
            with self.subTest(command=command):
                text = machine.sluice(*command, "--help").stdout
                self.assertIn("Example:\n  sluice " + " ".join(command), text)
                self.assertIn("--json", text)


class ConfigurationMistakes(unittest.TestCase):
    """Each is one clear line from lint, plan and deploy, and nothing has happened when it is printed."""

    def assert_refused(self, text: str, line: int, column: int, *words: str) -> None:
        (machine.folder / "sluice.yaml").write_text(text)
        before = self.world()
        lint = machine.sluice("lint", "sluice.yaml", check=False)
        self.assertEqual(lint.returncode, 1, lint.stdout + lint.stderr)
        self.check_line(lint.stdout, line, column, words)
        for command in ("plan", "deploy"):
            result = machine.sluice(command, "web", "--image", "test", check=False)
            self.assertEqual((result.returncode, result.stdout), (USAGE, ""), result.stderr)
            self.check_line(result.stderr, line, column, words)
        self.assertEqual(self.world(), before)

    def check_line(self, output: str, line: int, column: int, words: tuple[str, ...]) -> None:
        errors = [said for said in output.splitlines() if "error:" in said]
        self.assertEqual(len(errors), 1, output)
        self.assertRegex(errors[0], rf"sluice\.yaml:{line}:{column}: error: ")
        for word in words:
            self.assertIn(word, errors[0])

    def world(self) -> tuple:
        containers = subprocess.run(["podman", "ps", "--all", "--format", "{{.Names}}", "--filter",
                                     f"label=sluice.project={machine.project}"], text=True, capture_output=True, check=True)
        return machine.objects("status"), machine.objects("history"), containers.stdout

    def text(self, **replaced: str) -> str:
        parts = {"steps": "[{weight: 10%, bake: 1s}, {weight: 100%, bake: 1s}]", "image": "    image: responder\n",
                 "port": "port"} | replaced
        return (f"version: 1\nproject: {machine.project}\nregistry: 127.0.0.1:{machine.registry}\n"
                f"environments: {{local: {{listen: \"127.0.0.1:{machine.front_door}\"}}}}\n"
                f"strategy:\n  steps: {parts['steps']}\nservices:\n  web:\n{parts['image']}    {parts['port']}: 8080\n")

    def test_an_unknown_key(self) -> None:
        self.assert_refused(self.text(port="prot"), 10, 5, "'prot'", "'port'")

    def test_weights_that_fall(self) -> None:
        steps = "[{weight: 50%, bake: 1s}, {weight: 10%, bake: 1s}, {weight: 100%}]"
        self.assert_refused(self.text(steps=steps), 6, 45, "weights must rise: 10% comes after 50%")

    def test_weights_above_100(self) -> None:
        self.assert_refused(self.text(steps="[{weight: 10%, bake: 1s}, {weight: 101%}]"), 6, 45, "101%")

    def test_no_last_step_of_100(self) -> None:
        steps = "[{weight: 10%, bake: 1s}, {weight: 50%, bake: 1s}]"
        self.assert_refused(self.text(steps=steps), 6, 36, "the last step must be 100%, not 50%")

    def test_a_missing_image(self) -> None:
        self.assert_refused(self.text(image=""), 8, 3, "'image' is missing in the service 'web'")

    def test_a_wrong_type(self) -> None:
        self.assert_refused(self.text(image="    image: responder\n    replicas: many\n"), 10, 15, "many", "whole number")


class Output(unittest.TestCase):
    def setUp(self) -> None:
        machine.strategy["steps"] = SHORT_STEPS
        self.load = machine.start_load()
        if not machine.services():
            machine.deploy("0")

    def tearDown(self) -> None:
        machine.end_load(self.load)

    def test_json_lines_parse_and_the_rest_has_no_escape_codes_without_a_terminal(self) -> None:
        commands = (["deploy", "web", "--image", "test"], ["status"], ["history"], ["watch"], ["logs", "web"],
                    ["plan", "web", "--image", "test"], ["smoke", "web"], ["recover"])
        for command in commands:
            with self.subTest(command=command):
                if command[0] == "deploy":
                    machine.configure({"VERSION": "json"})
                lines = machine.sluice(*command, "--json").stdout.splitlines()
                objects = [json.loads(line) for line in lines]
                self.assertGreater(len(objects), 1)
                self.assertTrue(all("type" in each for each in objects), objects)
                self.assertNotRegex("".join(lines), r"[:,\[]-?\d(\.\d+)?E\d", "numbers are ordinary decimals")
                if command[0] == "deploy":
                    machine.configure({"VERSION": "plain"})
                plain = machine.sluice(*command)
                self.assertNotIn(ESCAPE, plain.stdout + plain.stderr)
                self.assertNotEqual(plain.stdout, "")

    def test_a_terminal_shows_a_live_block_that_is_redrawn(self) -> None:
        machine.configure({"VERSION": "live"})
        terminal = Terminal("deploy", "web", "--image", "test")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertRegex(terminal.seen, ESCAPE + r"\[\d+A" + ESCAPE + r"\[0J")
        self.assertRegex(terminal.seen, r"█{4}.*░{36} GREEN 10%")
        self.assertRegex(terminal.seen, r"GREEN +\d+\.\d requests/s +.*\d\.\d\d% 5xx.*  p50 +\d+(\.\d)?ms  p95 +\d+(\.\d)?ms")
        self.assertIn(ESCAPE + "[32m", terminal.seen)
        self.assertIn("s left", terminal.seen)

    def test_no_color_leaves_the_terminal_without_colours(self) -> None:
        machine.configure({"VERSION": "grey"})
        terminal = Terminal("deploy", "web", "--image", "test", NO_COLOR="1")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertNotRegex(terminal.seen, ESCAPE + r"\[[1-9]\d*m")
        self.assertIn("█", terminal.seen)

    def interrupted(self, version: str, *arguments: str) -> "Terminal":
        """A deployment in its first bake, whose command asks what to do after Ctrl-C."""
        machine.strategy["steps"] = LONG_STEPS
        machine.configure({"VERSION": version})
        terminal = Terminal(*(arguments or ("deploy", "web", "--image", "test")))
        terminal.read_until("bake at 10%")
        terminal.type(CTRL_C)
        terminal.read_until("Ctrl-C again detaches")
        return terminal

    def test_a_second_ctrl_c_leaves_the_deployment_going(self) -> None:
        terminal = self.interrupted("interrupted")
        terminal.type(CTRL_C)
        self.assertEqual(terminal.end(), INTERRUPTED, terminal.seen)
        self.assertIn("goes on without this command", terminal.seen)
        self.assertIn("sluice watch", terminal.seen)
        [deployment] = machine.deployments()
        self.assertEqual(deployment["mode"], "forward")
        terminal = self.watched()
        terminal.type("no idea\n")
        terminal.read_until("detaches): ", 2)
        terminal.type("\n")
        self.assertEqual(terminal.end(), INTERRUPTED, terminal.seen)
        self.assertEqual(machine.deployments()[0]["mode"], "forward")
        machine.sluice("promote", "web", "--full")
        self.assertEqual(machine.sluice("watch", deployment["deployment"]).returncode, 0)
        self.assertEqual(machine.newest()["outcome"], "succeeded")

    def watched(self) -> "Terminal":
        """A command that follows the deployment and asks what to do."""
        terminal = Terminal("watch")
        terminal.read_until("bake at 10%")
        terminal.type(CTRL_C)
        terminal.read_until("detaches): ")
        return terminal

    def test_ctrl_c_can_cancel_and_the_command_sees_it_through(self) -> None:
        terminal = self.interrupted("cancelled")
        terminal.type("c\n")
        self.assertEqual(terminal.end(), CANCELLED, terminal.seen)
        self.assertEqual(machine.newest()["outcome"], "cancelled")

    def test_ctrl_c_can_hold_and_then_roll_back(self) -> None:
        terminal = self.interrupted("held")
        terminal.type("h\n")
        self.assertEqual(terminal.end(), HELD, terminal.seen)
        [deployment] = machine.deployments()
        self.assertEqual(deployment["mode"], "held")
        terminal = Terminal("watch")
        terminal.read_until("held")
        terminal.type(CTRL_C)
        terminal.read_until("detaches): ")
        terminal.type("r\n")
        self.assertEqual(terminal.end(), ROLLED_BACK, terminal.seen)
        self.assertEqual(machine.newest()["outcome"], "rolled_back")

    def test_without_a_terminal_an_interrupt_detaches_and_asks_nothing(self) -> None:
        machine.strategy["steps"] = LONG_STEPS
        machine.configure({"VERSION": "piped"})
        waiting = machine.start_sluice("deploy", "web", "--image", "test")
        wait_until("a bake", lambda: any(d["stage"] == "bake" for d in machine.deployments()))
        waiting.send_signal(signal.SIGINT)
        ended = machine.end_of(waiting)
        self.assertEqual(ended.returncode, INTERRUPTED, ended.stdout + ended.stderr)
        self.assertIn("goes on without this command", ended.stderr)
        self.assertNotIn("detaches", ended.stderr)
        machine.sluice("cancel", "web")
        wait_until("its end", lambda: not machine.deployments())


class Terminal:
    """A command with a terminal of its own, as a person has."""

    def __init__(self, *arguments: str, **env: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [machine.build / "sluice", *arguments], cwd=machine.folder, stdin=slave, stdout=slave, stderr=slave,
            env={k: v for k, v in machine.env.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | env,
            preexec_fn=take_terminal)
        os.close(slave)
        self.seen = ""

    def read(self) -> bool:
        """More of the output; False when the command has gone."""
        if not select.select([self.master], [], [], 60)[0]:
            self.process.send_signal(signal.SIGKILL)
            raise AssertionError(f"nothing more was written for a minute: {self.seen}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def read_until(self, text: str, times: int = 1) -> None:
        while self.seen.count(text) < times:
            if not self.read():
                raise AssertionError(f"ended without '{text}': {self.seen}")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        while self.read():
            pass
        os.close(self.master)
        return self.process.wait(timeout=30)


if __name__ == "__main__":
    unittest.main(verbosity=2)
