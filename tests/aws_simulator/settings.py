"""How long things take in the simulated AWS, and how its places see chance."""
import dataclasses


@dataclasses.dataclass
class Delays:
    """Simulated seconds; every one may be set by a test, and stretching all of them breaks nothing.

    The defaults are of the size that AWS's documentation and users report, not promises of AWS.
    """
    task_provisioning: float = 5      # a task is PROVISIONING (network interface)
    task_pending: float = 10          # then PENDING (image pull, start)
    task_stopping: float = 5          # from the end of draining to STOPPED
    task_kept: float = 3600           # a stopped task can be described for an hour
    service_backoff: float = 10       # pause before a task that failed is replaced; doubles to five minutes
    target_initial: float = 15        # a target is `initial` until its health checks have passed
    rule_propagation: float = 2       # a changed rule reaches the nodes of the load balancer
    alias_propagation: float = 1      # likewise an alias of Lambda
    function_update: float = 5        # LastUpdateStatus InProgress after a change of code or configuration
    provisioning: float = 60          # provisioned concurrency from IN_PROGRESS to READY
    publication: float = 60           # a period of AWS's own metrics becomes visible this long after its end
    custom_publication: float = 1     # a datum of PutMetricData becomes visible
    standard_period: float = 60       # the length of a period of metrics of standard resolution
    deployment_step: float = 5        # a stage of a service deployment or a CodeDeploy lifecycle event
    stale: float = 10                 # for how long a stale read may answer what was before
    gateway_stage: float = 2          # an API Gateway deployment reaches its stage
    scan_known: float = 3             # ECR tells of a pushed image's scan; before, there is none
    image_scan: float = 20            # a scan of an image is over …
    scan_findings: float = 15         # … and with enhanced scanning its findings are there


@dataclasses.dataclass
class Behaviour:
    """How the replicas or function versions that it matches behave. The first that matches holds.

    Matching: `image` is a regular expression for the container's image, `environment` holds name and value of variables
    of the container, `function` and `version` name a function and a published version, `target_group` a group by ARN.
    Members that are None match anything.
    """
    image: str | None = None
    environment: dict | None = None
    target_group: str | None = None
    function: str | None = None
    version: str | None = None

    error_rate: float = 0.0           # share of answers that are 5xx (or fail, for a function)
    no_answer_rate: float = 0.0       # share of requests that a load balancer gets no answer to: it makes up a 502
    latency_ms: float = 50.0          # median
    latency_sigma: float = 0.3        # of its logarithm
    error_line_rate: float = 0.0      # share of requests that leave a line of level error in the container's log
    exports: dict | None = None       # labels of the counters that a Prometheus scrapes (prometheus.py); None: it has none
    cpu_percent: float = 20.0         # of what the task reserved
    memory_percent: float = 40.0
    unhealthy: bool = False           # health checks fail
    start_failure: str | None = None  # the task never starts, with this reason (CannotPullContainerError: …)
    exit_code: int | None = None      # the container exits with it …
    exit_after: float = 5             # … so many simulated seconds after it started
    interrupted_after: float | None = None  # so long after it started the capacity of a task of FARGATE_SPOT is taken back
    ending_at_once: int | None = None # of the tasks of one task set only so many at a time end by one of these two …
    ending_ever: int | None = None    # … and only so many ever; None: all
    never_starts: bool = False        # stays PENDING for ever
    # What a front door answers to single requests: the status, and members of the JSON by path.
    answer_status: int = 200
    answers: dict = dataclasses.field(default_factory=dict)
    payload: object = None            # what an invocation of the function answers
    function_error: str | None = None # FunctionError of an invocation, `Unhandled`
    provisioning_failure: str | None = None  # provisioned concurrency of the version ends FAILED, with this StatusReason
    runs: bool = False                # the container's command runs, as a process of this machine (task_process.py)
    no_room: str | None = None        # RunTask starts no task, for this reason (RESOURCE:MEMORY)
    log_lines: list = dataclasses.field(default_factory=list)  # what the container writes when it starts
