"""Task definitions: what ECS refuses, and how it shows one that was registered."""
import copy

from ..problems import AwsError

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html (task CPU and memory), in CPU
# units and MiB.
FARGATE_SIZES = {
    256: {512, 1024, 2048}, 512: set(range(1024, 4097, 1024)), 1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)), 4096: set(range(8192, 30721, 1024)), 8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192))}
# Shown, never taken: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
CONTAINER_DEFAULTS = {"cpu": 0, "portMappings": [], "essential": True, "environment": [], "mountPoints": [],
                      "volumesFrom": [], "systemControls": []}


def variables_of(container: dict) -> dict[str, str]:
    """The environment of a container definition."""
    return {v["name"]: v.get("value", "") for v in container.get("environment", [])}


def check(i: dict) -> None:
    """Raises AwsError (ClientException) for what ECS refuses of a registration."""
    names = [c.get("name") for c in i["containerDefinitions"]]
    if not names or len(set(names)) != len(names) or None in names:
        raise AwsError("ClientException", "Container definitions need names that differ", 400)
    for container in i["containerDefinitions"]:
        if not container.get("image"):
            raise AwsError("ClientException", "Container.image should not be null or empty.", 400)
    if "FARGATE" not in i.get("requiresCompatibilities", []):
        return
    if i.get("networkMode") != "awsvpc":
        raise AwsError("ClientException", "Fargate only supports network mode 'awsvpc'.", 400)
    for member in ("cpu", "memory"):
        if not i.get(member):
            raise AwsError("ClientException", f"Fargate requires that '{member}' be defined at the task level.", 400)
    if not _is_fargate_size(i["cpu"], i["memory"]):
        raise AwsError("ClientException", f"No Fargate configuration exists for given values: {i['cpu']} CPU, "
                       f"{i['memory']} memory.", 400)


def _is_fargate_size(cpu: str, memory: str) -> bool:
    def units(text: str, word: str, factor: int) -> int:
        text = text.strip().lower()
        if text.endswith(word):
            return int(float(text[:-len(word)]) * factor)
        return int(text)
    try:
        return units(memory, "gb", 1024) in FARGATE_SIZES.get(units(cpu, "vcpu", 1024), ())
    except ValueError:
        return False


def storable(i: dict) -> dict:
    """The input for moto, which only needs to count revisions and keep tags."""
    slim = {k: v for k, v in i.items() if k in ("family", "tags", "cpu", "memory", "networkMode", "requiresCompatibilities",
                                                "executionRoleArn", "taskRoleArn")}
    return {**slim, "containerDefinitions": [{"name": c["name"], "image": c["image"], "memory": c.get("memory", 128)}
                                             for c in i["containerDefinitions"]]}


def described(i: dict, arn: str, revision: int, now: float, by: str) -> dict:
    """The registered definition: everything that was given, and what ECS adds."""
    shown = copy.deepcopy({k: v for k, v in i.items() if k != "tags"})
    for container in shown["containerDefinitions"]:
        for name, value in CONTAINER_DEFAULTS.items():
            container.setdefault(name, copy.deepcopy(value))
        for mapping in container["portMappings"]:
            mapping.setdefault("protocol", "tcp")
            if shown.get("networkMode") in ("awsvpc", "host") and "containerPort" in mapping:
                mapping.setdefault("hostPort", mapping["containerPort"])
    fargate = shown.get("networkMode") == "awsvpc" and shown.get("cpu") and shown.get("memory")
    attributes = ["com.amazonaws.ecs.capability.docker-remote-api.1.18"]
    if shown.get("taskRoleArn"):
        attributes.append("com.amazonaws.ecs.capability.task-iam-role")
    if shown.get("networkMode") == "awsvpc":
        attributes.append("ecs.capability.task-eni")
    shown.setdefault("volumes", [])
    shown.setdefault("placementConstraints", [])
    return {**shown, "taskDefinitionArn": arn, "revision": revision, "status": "ACTIVE",
            "requiresAttributes": [{"name": name} for name in attributes],
            "compatibilities": ["EC2", "FARGATE"] if fargate else ["EXTERNAL", "EC2"], "registeredAt": now,
            "registeredBy": by}


def overridden(definition: dict, overrides: dict) -> dict:
    """The definition with RunTask's container overrides (environment and command)."""
    changed = copy.deepcopy(definition)
    for override in overrides.get("containerOverrides", []):
        for container in changed["containerDefinitions"]:
            if container["name"] == override.get("name"):
                new = {v["name"]: v for v in override.get("environment", [])}
                container["environment"] = [v for v in container.get("environment", []) if v["name"] not in new]
                container["environment"] += list(new.values())
                if "command" in override:
                    container["command"] = override["command"]
    return changed
