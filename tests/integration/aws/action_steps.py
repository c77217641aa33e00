"""The steps of the action at the repository's root, run as GitHub's runner runs those of a composite action: inputs with
their defaults, `bash -eo pipefail` on a file with the script, later steps left out after a failure unless they say `always()`.
"""

import re
import subprocess
from pathlib import Path

import yaml  # in the environment for moto

ROOT = Path(__file__).resolve().parents[3]


class ActionSteps:
    def __init__(self, temp: Path, env: dict[str, str], **inputs: str) -> None:
        """`inputs` with `_` for `-`. `temp` is the runner's."""
        self.temp, self.env = temp, env
        self.action = yaml.safe_load((ROOT / "action.yml").read_text())
        assert self.action["runs"]["using"] == "composite"
        declared = self.action["inputs"]
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(declared), f"no such input: {set(given) - set(declared)}"
        missing = {name for name, declaration in declared.items() if declaration.get("required")} - set(given)
        assert not missing, f"required: {missing}"
        self.inputs = {name: given.get(name, declaration.get("default", "")) for name, declaration in declared.items()}

    def filled(self, text: str) -> str:
        contexts = {"github.action_path": str(ROOT), "runner.temp": str(self.temp)}
        contexts |= {f"inputs.{name}": value for name, value in self.inputs.items()}
        return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda m: contexts[m.group(1)], text)

    def names(self) -> list[str]:
        return [step["name"] for step in self.action["runs"]["steps"]]

    def begin(self, name: str) -> subprocess.Popen[str]:
        """One step; its process is what the runner's signals go to."""
        (step,) = [s for s in self.action["runs"]["steps"] if s["name"] == name]
        assert step["shell"] == "bash"
        script = self.temp / f"{name.replace(' ', '-')}.sh"
        script.write_text(self.filled(step["run"]))
        env = self.env | {variable: self.filled(value) for variable, value in step.get("env", {}).items()}
        return subprocess.Popen(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], env=env, text=True,
                                cwd=Path(self.temp) / self.filled(step.get("working-directory", ".")),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self) -> tuple[int, str]:
        """All steps: the code of the first that failed, and what they printed."""
        failed, printed = 0, ""
        for step in self.action["runs"]["steps"]:
            if failed and step.get("if") != "always()":
                continue
            process = self.begin(step["name"])
            output, errors = process.communicate(timeout=300)
            printed += output + errors
            failed = failed or process.returncode
        return failed, printed
