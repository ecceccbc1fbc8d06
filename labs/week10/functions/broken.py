"""A subscriber that is down: it raises, whatever it gets."""


def handler(event, context):
    """Say which notification was not handled, as an error."""
    raise RuntimeError(f"subscriber down, not handled: {event['Records'][0]['Sns']['MessageId']}")
