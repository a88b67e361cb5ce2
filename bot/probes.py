"""What probes and Prometheus read: ``/livez``, ``/healthz``, ``/readyz``, and ``/metrics``."""

from __future__ import annotations

import hmac

from aiohttp import web

from bot.health import PROBLEMS, Health
from bot.telemetry.prometheus import CONTENT_TYPE, PrometheusTelemetry

_BEARER = "Bearer "


def probe_routes(
    health: Health, figures: PrometheusTelemetry, metrics_token: str | None
) -> list[web.RouteDef]:
    """Return the routes, for any web application of this process.

    ``/metrics`` takes a token and no address for a pass: behind a proxy on the same machine every
    request comes from there, the internet's included.

    Args:
        health: what is known about this process. figures: what ``/metrics`` shows.
        metrics_token: what who reads ``/metrics`` must send; None if nobody may.
    """
    expected = f"{_BEARER}{metrics_token}".encode()

    async def livez(_: web.Request) -> web.Response:
        alive = health.is_alive()
        return web.json_response({"alive": alive}, status=200 if alive else 503)

    async def healthz(_: web.Request) -> web.Response:
        state = await health.report()
        return web.json_response(state, status=200 if state["ok"] else 503)

    async def readyz(_: web.Request) -> web.Response:
        state = await health.readiness()
        return web.json_response(state, status=200 if state["ready"] else 503)

    async def metrics(request: web.Request) -> web.Response:
        if metrics_token is None:
            return web.Response(status=404)
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        problems = await health.problems()
        body = figures.render(health.queues(), problems, PROBLEMS)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    return [
        web.get("/livez", livez),
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    ]
