"""Processes to be killed, forked from one that has imported the most and started no thread."""

import multiprocessing
from multiprocessing.context import ForkServerContext

# For all laboratories at once: whoever is first in a run of tests starts it for the others. What
# starts a thread where it is imported, as the steps of the daily job do, must not be among them: a
# process that is forked beside it hangs.
_IMPORTED = ("tests.faults.crash_laboratory", "tests.faults.season.plants")


def forking() -> ForkServerContext:
    """Return where such processes come from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    return context
