"""What this host does differently from the host of Pulumi's own SDK, so that time per resource stays flat.

Read in the SDK 3.272.0. Both replace functions of the SDK's internals by others that give the same answers.
"""

import asyncio
from typing import Any

from pulumi.runtime import resource_cycle_breaker, settings, stack


def adjust() -> None:
    """Put the replacements in place, for the life of this process."""
    stack.wait_for_rpcs = _wait_for_everything
    resource_cycle_breaker._reachable = _reachable  # pyright: ignore[reportPrivateUsage] # noqa: SLF001


async def _wait_for_everything(await_all_outstanding_tasks: bool = True) -> None:
    """Wait until no call to the engine and no output is outstanding; raise the first error.

    The SDK's own waits for any one of the outstanding outputs, again and again: the square of their number.
    """
    # the attributes are made by a decorator that type checkers do not see through
    current: Any = settings.SETTINGS
    manager = current.rpc_manager
    while True:
        while manager.rpcs:
            await asyncio.sleep(0)
            try:
                await manager.rpcs.pop()
            except Exception as error:
                if manager.unhandled_exception is None:
                    raise
                raise error from manager.unhandled_exception.with_traceback(manager.exception_traceback)
        if manager.unhandled_exception is not None:
            raise manager.unhandled_exception.with_traceback(manager.exception_traceback)
        if await_all_outstanding_tasks:
            while outputs := _taken_outputs(current):
                done, _ = await asyncio.wait(outputs, return_when=asyncio.FIRST_EXCEPTION)
                for output in done:
                    error = output.exception()
                    if error is not None:
                        # awaiting a task a second time would forget where in the program it was raised
                        raise error
        if not manager.rpcs:
            return


def _taken_outputs(current: Any) -> list[asyncio.Task[Any]]:
    with current.lock:
        outputs = list(current.outputs)
        current.outputs.clear()
    return outputs


def _reachable(from_resource: Any, to_resource: Any) -> bool:
    """Whether a resource depends on another, over any number of others.

    The SDK's own walks with a generator inside a generator for each level; this one keeps a list.
    """
    seen = {from_resource}
    waiting = [from_resource]
    while waiting:
        resource = waiting.pop()
        if resource is to_resource:
            return True
        for needed in getattr(resource, "_direct_computed_dependencies", ()):
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)
    return False
