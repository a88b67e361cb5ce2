"""Opens what sends traces to a collector. Its libraries are an extra, imported only when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flows.errors import SettingsError

if TYPE_CHECKING:
    from bot.telemetry.spans import Spans

_SETTING = "OTEL_EXPORTER_OTLP_ENDPOINT"


def open_spans(endpoint: str, version: str) -> Spans:
    """Return what sends spans to a collector.

    Args:
        endpoint: its address, to which ``/v1/traces`` is added. version: of the bot.

    Raises:
        SettingsError: the extra ``traces`` is not installed.
    """
    try:
        from bot.telemetry.spans import Spans
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("opentelemetry"):
            raise
        why = "traces need an extra that is not installed: pip install '.[traces]' in the checkout"
        raise SettingsError(_SETTING, why) from None
    return Spans(endpoint, version)
