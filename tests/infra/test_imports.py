import pkgutil
import subprocess
import sys

import infra

# Everything below the package is imported in a clean process in which reading the config, naming the stack and
# registering a resource fail.
_PROGRAM = """
import importlib, sys
import pulumi
from pulumi.runtime import stack

def refuse(*args, **kwargs):
    raise AssertionError("an import touched Pulumi's state")

pulumi.Config.__init__ = refuse
pulumi.get_stack = refuse
pulumi.Resource.__init__ = refuse
pulumi.runtime.invoke = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_importing_the_program_does_nothing() -> None:
    modules = [module.name for module in pkgutil.walk_packages(infra.__path__, "infra.")]
    assert "infra.platform" in modules
    run = subprocess.run([sys.executable, "-c", _PROGRAM, *modules], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
