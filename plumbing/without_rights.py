"""How a process that decodes a stranger's bytes gives up its rights before it reads one of them; standard library."""

import os
import resource
from typing import Final

_NOBODY: Final = 65534


def give_up_rights(*, memory_bytes: int, cpu_s: int) -> None:
    """No new file, socket, child or thread, bounded memory and time, and nobody's rights where we had root's.

    Whatever the process needs has to be imported before. The three open files stay.
    """
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 3,  # the three that are open: so no file is opened and no line goes out
    }
    for which, value in limits.items():
        resource.setrlimit(which, (value, value))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # after the user changed: no child either
