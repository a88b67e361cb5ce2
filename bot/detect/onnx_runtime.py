"""The one door to onnxruntime, which is loaded with its telemetry switched off.

Since 1.32 the packages for Linux and macOS report to Microsoft by default: as soon as it is
imported, the library makes an identifier of the machine in ``~/.cache/Microsoft``, a session file
``.ses`` beside the temporary files, and sends what models run and how
(github.com/microsoft/onnxruntime/pull/27379). Reframe talks to nobody but Slack and the model that
an admin has set, so nothing of this may begin. Only the environment can say so, and only before
the first import.
"""

from __future__ import annotations

import os
from types import ModuleType

_SWITCHES = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")  # the second before 1.32


def load_onnxruntime() -> ModuleType:
    """Return onnxruntime, silenced for as long as this process lives."""
    for switch in _SWITCHES:
        os.environ[switch] = "1"
    import onnxruntime

    return onnxruntime  # type: ignore[no-any-return]  # it carries no types
