"""How deep a queue is: the three counts of GetQueueAttributes. On AWS they are approximate, as their names say."""

from __future__ import annotations

from labcli.steps.world import World

DEPTH_ATTRIBUTES = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]


def depth_of(world: World, url: str) -> dict[str, int]:
    """``{visible, in_flight, delayed}`` of the queue at ``url``."""
    asked = {"QueueUrl": url, "AttributeNames": DEPTH_ATTRIBUTES}
    found = world.call("sqs", "get_queue_attributes", asked).get("Attributes", {})
    visible, in_flight, delayed = (int(found.get(name, 0)) for name in DEPTH_ATTRIBUTES)
    return {"visible": visible, "in_flight": in_flight, "delayed": delayed}
