"""The bundle's workflow: gather, stamp, seal, hand out."""

from typing import Protocol

from dbos import DBOS

from service.workflows.steps import Effects, Enqueue, JobFailedError, Outcome, Part, WorkQueue, step

BUNDLES = WorkQueue(name="bundles", width=1, again=True)
UNFINISHED_SECONDS = 10.0
"""How often unfinished bundles are asked for again: whoever recorded the job may have died before it asked."""


class BundleSteps(Protocol):
    """What the bundle's workflow calls, in this order; every value is plain JSON."""

    def gather(self, tenant_id: str, bundle_id: str) -> Outcome:
        """Put the matter's entries into the log and freeze what the bundle will hold; `{"over": true}` if it ended."""

    def stamp_tagmanifest(self, tenant_id: str, bundle_id: str, gathered: Outcome) -> Outcome:
        """Get one token from every authority over the tagmanifest."""

    def seal(self, tenant_id: str, bundle_id: str, gathered: Outcome, stamps: Outcome) -> Outcome:
        """Append `bundle.sealed`; `{"moved": true}` when the matter has grown since it was gathered."""

    def hand_out(self, tenant_id: str, bundle_id: str, gathered: Outcome, stamps: Outcome, seal: Outcome) -> Outcome:
        """Write the zip, verify it with our own verifier, keep it and say that it is ready."""

    def fail(self, tenant_id: str, bundle_id: str, message: str) -> None:
        """Show on the job why it ended."""

    def waiting(self, tenant_id: str, bundle_id: str, message: str) -> None:
        """Show on the job what it waits for."""

    def resume(self) -> None:
        """Ask for every unfinished bundle."""


effects: Effects[BundleSteps] = Effects()


@DBOS.workflow(name="build_bundle")
def build_bundle(tenant_id: str, bundle_id: str) -> None:
    """Build, seal, verify and hand out one bundle."""
    steps = effects()
    try:
        _build(steps, tenant_id, bundle_id)
    except JobFailedError as error:
        step("fail", steps.fail, tenant_id, bundle_id, str(error))


def _build(steps: BundleSteps, tenant_id: str, bundle_id: str) -> None:
    def waiting(message: str) -> None:
        steps.waiting(tenant_id, bundle_id, message)

    for _ in range(10):
        gathered = step("gather", steps.gather, tenant_id, bundle_id, waiting=waiting)
        if gathered.get("over"):
            return
        stamps = step("stamp", steps.stamp_tagmanifest, tenant_id, bundle_id, gathered, waiting=waiting)
        seal = step("seal", steps.seal, tenant_id, bundle_id, gathered, stamps, waiting=waiting)
        if not seal.get("moved"):
            step("hand_out", steps.hand_out, tenant_id, bundle_id, gathered, stamps, seal, waiting=waiting)
            return
    raise JobFailedError("the matter kept growing while the bundle was built; try again when it is quiet")


def enqueue_bundle(enqueue: Enqueue, tenant_id: str, bundle_id: str) -> None:
    """Ask for a bundle; asking again for the same one changes nothing."""
    enqueue(BUNDLES, build_bundle, tenant_id, bundle_id, workflow_id=f"bundle-{bundle_id}")


def _tick(_enqueue: Enqueue) -> None:
    effects().resume()


PART = Part(effects=effects, queues=(BUNDLES,), tick=_tick, tick_seconds=UNFINISHED_SECONDS)
