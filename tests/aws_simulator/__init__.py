"""A simulator of AWS for sluice's tests: moto keeps what does not move, this moves the rest. README.md says how to use it.

Only `environment` can be imported without the packages of requirements.txt.
"""
import importlib.util

if importlib.util.find_spec("botocore"):
    from .fixture import Shop, make_shop, task_sets_of
    from .simulator import ControlError, Simulator

    __all__ = ["ControlError", "Shop", "Simulator", "make_shop", "task_sets_of"]
