"""The HTTP application: routers put together, nothing decided."""

from typing import Any

from fastapi import APIRouter, FastAPI

from service.api import (
    alarms,
    batch_outputs,
    batches,
    bundles,
    calendar,
    dispatches,
    events,
    files,
    health,
    jobs,
    limitation,
    log,
    matters,
    notices,
    public,
    reference,
    scans,
    templates,
    trust,
    verifications,
    webhooks,
)
from service.api.json_body import StrictRoute
from service.api.observability import Observability
from service.api.openapi import describe
from service.api.problems import PROBLEM_RESPONSES, install_problems
from service.services import Services

ROUTERS: tuple[APIRouter, ...] = (
    matters.router,
    events.router,
    limitation.router,
    notices.router,
    dispatches.router,
    alarms.router,
    webhooks.router,
    calendar.router,
    scans.router,
    files.router,
    bundles.router,
    batches.router,
    batch_outputs.router,
    jobs.router,
    templates.router,
    log.router,
    verifications.router,
    trust.router,
)
"""What `/v1` offers. Each is `router = APIRouter(route_class=StrictRoute, tags=[…])` in a module of `service.api`."""


def create_app(services: Services, *, lifespan: Any = None) -> FastAPI:
    """Build the application over these services.

    Args:
        services: Reached by routers through `Depends(services_of)`.
        lifespan: An ASGI lifespan, for wiring to start and stop jobs with the server.
    """
    app = FastAPI(
        title="Duly 达证",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.services = services
    app.router.route_class = StrictRoute
    install_problems(app)
    for router in ROUTERS:
        app.include_router(router, responses=PROBLEM_RESPONSES)
    app.include_router(public.public_router(services), responses=PROBLEM_RESPONSES)
    app.include_router(health.health_router(services))
    app.include_router(health.metrics_router)
    app.include_router(reference.router)
    app.add_middleware(Observability, metrics=services.metrics)
    describe(app)
    return app


def create_health_app(services: Services, *, lifespan: Any = None) -> FastAPI:
    """Build what a worker tells over HTTP: that it lives, whether its parts work, what it counted."""
    app = FastAPI(title="Duly 达证 worker", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.services = services
    install_problems(app)
    app.include_router(health.health_router(services))
    app.include_router(health.metrics_router)
    return app
