"""Tasks of ECS and what keeps so many of them running.

States: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
Stop codes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
Spot: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html (termination notices)
"""
import math

from .task_process import TaskProcess

HEALTH_CHECK_SECONDS = 5
PROCESS_LOOK_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 300  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html


class Task:
    """One task, from PROVISIONING to STOPPED. `ended` is called once when it has stopped by itself or been stopped."""

    def __init__(self, service, cluster: str, definition: dict, options: dict, load_balancers: list[dict], ended):
        self.ecs, self.place = service, service.place
        self.definition, self.options, self.load_balancers = definition, options, load_balancers
        self.ended = ended
        self.id = self.place.world.hex_id()
        self.cluster = cluster
        self.arn = self.place.arn("ecs", f"task/{cluster.rpartition('/')[2]}/{self.id}")
        self.status, self.desired = "PROVISIONING", "RUNNING"
        self.created_at = self.place.now
        self.times: dict[str, float] = {}
        self.stop_code = self.stopped_reason = None
        self.exit_code: int | None = None
        self.container_reason: str | None = None
        number = service.next_address()
        self.address = f"10.0.{number // 250 % 250}.{number % 250 + 4}"
        self.behaviour = self.place.world.behaviour_of_task(definition["containerDefinitions"])
        self.will_end = True  # as its behaviour says, by an exit or an interruption
        self.process: TaskProcess | None = None
        self.place.after(self.place.delays.task_provisioning, self._pending)

    # The way up.

    def _pending(self) -> None:
        if self.desired == "STOPPED":
            return
        self.status = "PENDING"
        self.times["pullStartedAt"] = self.place.now
        self.place.after(self.place.delays.task_pending, self._start)

    def _start(self) -> None:
        if self.desired == "STOPPED" or self.behaviour.never_starts:
            return
        if self.behaviour.start_failure:
            self.container_reason = self.behaviour.start_failure
            self._end("TaskFailedToStart", self.behaviour.start_failure)
            return
        self.times["pullStoppedAt"] = self.times["startedAt"] = self.place.now
        self.status = "RUNNING"
        self.ecs.write_logs(self)
        elb = self.place.service("elbv2")
        for balancer in self.load_balancers:
            elb.register(balancer["targetGroupArn"], self.address, balancer["containerPort"],
                         self.definition["containerDefinitions"])
        if self.behaviour.runs:
            self.process = TaskProcess(self.id, self.definition["containerDefinitions"][0], self.place.world.home)
            self._follow_process()
        elif self.will_end and self.behaviour.exit_code is not None:
            self.place.after(self.behaviour.exit_after, self._exit)
        elif self.will_end and self.behaviour.interrupted_after is not None:
            self.place.after(self.behaviour.interrupted_after, self._interrupt)

    def _follow_process(self) -> None:
        self.ecs.write_lines(self, self.process.new_lines())
        if self.status == "STOPPED":
            return
        if self.process.exit_code() is None:
            self.place.after(PROCESS_LOOK_SECONDS, self._follow_process)
            return
        self.exit_code = self.process.exit_code()
        # The container's processes end with its first one.
        self.process.kill()
        self.ecs.write_lines(self, self.process.new_lines())
        if self.desired == "STOPPED":
            self._end(self.stop_code, self.stopped_reason)
        else:
            self._end("EssentialContainerExited", "Essential container in task exited")

    def _exit(self) -> None:
        if self.status == "RUNNING":
            self.exit_code = self.behaviour.exit_code
            for balancer in self.load_balancers:
                self.place.service("elbv2").deregister(balancer["targetGroupArn"], self.address, balancer["containerPort"])
            self._end("EssentialContainerExited", "Essential container in task exited")

    # The way down.

    def _interrupt(self) -> None:
        """Its containers get SIGTERM at once, and its targets may stay registered until it has stopped."""
        if self.desired == "STOPPED":
            return
        self.desired, self.stop_code, self.stopped_reason = "STOPPED", "SpotInterruption", "Your Spot Task was interrupted."
        self.times["stoppingAt"] = self.place.now
        self._stopping()

    def stop(self, code: str, reason: str) -> None:
        """Targets drain first, then the containers are stopped."""
        if self.desired == "STOPPED":
            return
        self.desired, self.stop_code, self.stopped_reason = "STOPPED", code, reason
        self.times["stoppingAt"] = self.place.now
        drain = 0.0
        if self.status == "RUNNING":
            elb = self.place.service("elbv2")
            drain = max([elb.deregister(b["targetGroupArn"], self.address, b["containerPort"])
                         for b in self.load_balancers], default=0.0)
        self.status = "DEACTIVATING" if drain else "STOPPING"
        self.place.after(drain, self._stopping)

    def _stopping(self) -> None:
        self.status = "STOPPING"
        if self.process:
            self.process.stop()  # `_follow_process` sees its end
            return
        self.place.after(self.place.delays.task_stopping, self._stopped_on_demand)

    def _stopped_on_demand(self) -> None:
        if "startedAt" in self.times:
            self.exit_code = 143  # SIGTERM, as a process that ends on it leaves
            for balancer in self.load_balancers:
                self.place.service("elbv2").deregister(balancer["targetGroupArn"], self.address, balancer["containerPort"])
        self._end(self.stop_code, self.stopped_reason)

    def _end(self, code: str, reason: str) -> None:
        self.status, self.desired, self.stop_code, self.stopped_reason = "STOPPED", "STOPPED", code, reason
        self.times.setdefault("stoppingAt", self.place.now)
        self.times["stoppedAt"] = self.times["executionStoppedAt"] = self.place.now
        self.place.after(self.place.delays.task_kept, lambda: self.ecs.forget_task(self))
        self.ended(self)

    # What others ask.

    @property
    def failed(self) -> bool:
        """It stopped without having been told to."""
        return self.stop_code in ("TaskFailedToStart", "EssentialContainerExited")

    def target_states(self) -> list[str]:
        """The health of its targets, one for each load balancer."""
        elb = self.place.service("elbv2")
        found = []
        for balancer in self.load_balancers:
            target = elb.targets.get(balancer["targetGroupArn"], {}).get((self.address, balancer["containerPort"]))
            found.append(elb.health(balancer["targetGroupArn"], target)[0] if target else "unused")
        return found

    @property
    def healthy(self) -> bool:
        return self.status == "RUNNING" and all(state == "healthy" for state in self.target_states())

    def described(self) -> dict:
        running = self.status in ("RUNNING", "DEACTIVATING", "STOPPING")
        container_status = "RUNNING" if running else "STOPPED" if self.status == "STOPPED" else "PENDING"
        containers = []
        for definition in self.definition["containerDefinitions"]:
            container = {"containerArn": self.place.arn("ecs", f"container/{self.cluster.rpartition('/')[2]}/{self.id}/"
                                                        f"{definition['name']}"),
                         "taskArn": self.arn, "name": definition["name"], "image": definition["image"],
                         "lastStatus": container_status, "healthStatus": "UNKNOWN", "cpu": str(definition.get("cpu", 0)),
                         "networkInterfaces": [], "runtimeId": f"{self.id}-{definition['name']}"}
            if "healthCheck" in definition and running:
                container["healthStatus"] = "UNHEALTHY" if self.behaviour.unhealthy else "HEALTHY"
            if container_status == "STOPPED" and self.exit_code is not None:
                container["exitCode"] = self.exit_code
            if self.container_reason:
                container["reason"] = self.container_reason
            containers.append(container)
        return {
            "taskArn": self.arn, "clusterArn": self.cluster, "taskDefinitionArn": self.definition["taskDefinitionArn"],
            "lastStatus": self.status, "desiredStatus": self.desired, "containers": containers, "createdAt": self.created_at,
            "stopCode": self.stop_code, "stoppedReason": self.stopped_reason, "cpu": self.definition.get("cpu"),
            "memory": self.definition.get("memory"), "connectivity": "CONNECTED" if running else None,
            "attachments": [{"id": self.place.world.uuid(), "type": "ElasticNetworkInterface", "status": "ATTACHED",
                             "details": [{"name": "privateIPv4Address", "value": self.address}]}],
            "healthStatus": containers[0]["healthStatus"] if containers else "UNKNOWN", "version": len(self.times) + 1,
            "attributes": [], "overrides": self.options.get("overrides", {}),
            **{k: v for k, v in self.options.items() if k in (
                "group", "startedBy", "launchType", "platformVersion", "enableExecuteCommand", "tags",
                "capacityProviderName")},
            **self.times}


class TaskGroup:
    """So many tasks of one definition: those of a task set, of a deployment, of a service revision.

    `options` are what each task is given (group, startedBy, launchType …); `desired` answers how many there should be.
    """

    def __init__(self, ecs, cluster: str, definition: dict, options: dict, load_balancers: list[dict], grace: float, desired):
        self.ecs, self.place = ecs, ecs.place
        self.cluster, self.definition, self.options = cluster, definition, options
        self.load_balancers, self.grace, self.desired = load_balancers, grace, desired
        self.tasks: list[Task] = []
        self.failures = 0
        self.failures_in_row = 0
        self.last_failure: Task | None = None
        self.closed = False
        self._ending = 0  # tasks so far that end as their behaviour says
        self._not_before = 0.0
        self._checking = False
        self.reconcile()

    def reconcile(self) -> None:
        """Starts what is missing and stops what is too much."""
        alive = self.alive()
        missing = self.desired() - len(alive)
        if missing > 0 and self.place.now >= self._not_before:
            for _ in range(missing):
                self._start()
        elif missing > 0:
            self.place.after(self._not_before - self.place.now, self.reconcile)
        for task in sorted(alive, key=lambda t: (t.healthy, t.created_at))[:max(0, -missing)]:
            task.stop("ServiceSchedulerInitiated", f"Scaling activity initiated by ({self.options.get('startedBy')})")
        if not self._checking and alive and self.load_balancers:
            self._checking = True
            self.place.after(HEALTH_CHECK_SECONDS, self._check_health)

    def _start(self) -> None:
        task = Task(self.ecs, self.cluster, self.definition, self.options, self.load_balancers, self._ended)
        task.will_end = self._may_end(task.behaviour)
        self._ending += task.will_end
        self.tasks.append(task)
        self.ecs.tasks[task.arn] = task
        self.ecs.note(self, f"has started 1 tasks: (task {task.id}).")
        if not self._checking and self.load_balancers:
            self._checking = True
            self.place.after(HEALTH_CHECK_SECONDS, self._check_health)

    def _may_end(self, behaviour) -> bool:
        if behaviour.exit_code is None and behaviour.interrupted_after is None:
            return False
        at_once = sum(t.will_end for t in self.alive())
        return ((behaviour.ending_at_once is None or at_once < behaviour.ending_at_once)
                and (behaviour.ending_ever is None or self._ending < behaviour.ending_ever))

    def _ended(self, task: Task) -> None:
        self.tasks.remove(task)
        if task.failed:
            self._count_failure(task)
        if not self.closed or self.desired() > 0:
            self.reconcile()

    def _count_failure(self, task: Task) -> None:
        self.failures += 1
        self.failures_in_row += 1
        self.last_failure = task
        backoff = min(LONGEST_BACKOFF_SECONDS, self.place.delays.service_backoff * 2 ** (self.failures_in_row - 1))
        self._not_before = self.place.now + backoff
        if self.failures_in_row == 3:
            self.ecs.note(self, "is unable to consistently start tasks successfully. For more information, see the "
                          "Troubleshooting section of the Amazon ECS Developer Guide.")

    def _check_health(self) -> None:
        """Replaces tasks whose targets fail their health checks after the grace period."""
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html (healthCheckGracePeriodSeconds)
        self._checking = False
        for task in self.alive():
            started = task.times.get("startedAt")
            if started is None or self.place.now < started + self.grace:
                continue
            for balancer, state in zip(task.load_balancers, task.target_states()):
                if state == "unhealthy":
                    self._count_failure(task)
                    task.stop("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group "
                              f"{balancer['targetGroupArn']})")
                    break
        if any(task.healthy for task in self.alive()) and self.failures_in_row:
            self.failures_in_row = 0
        self.reconcile()
        if self.alive() and not self._checking and self.load_balancers:
            self._checking = True
            self.place.after(HEALTH_CHECK_SECONDS, self._check_health)

    def close(self) -> None:
        """Nothing is to run any more; `desired` must answer 0 from now on."""
        self.closed = True
        self.reconcile()

    def alive(self) -> list[Task]:
        return [t for t in self.tasks if t.desired == "RUNNING"]

    @property
    def running(self) -> int:
        return sum(1 for t in self.tasks if t.status == "RUNNING")

    @property
    def pending(self) -> int:
        return sum(1 for t in self.tasks if t.status in ("PROVISIONING", "PENDING"))

    @property
    def steady(self) -> bool:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html (stabilityStatus)"""
        return (self.running == self.desired() and self.pending == 0 and all(t.healthy for t in self.alive()))


def computed_count(desired: int, scale_percent: float) -> int:
    """How many tasks of a service's a task set has: always rounded up (API_TaskSet.html, computedDesiredCount)."""
    return math.ceil(desired * scale_percent / 100 - 1e-9)
