"""Price an order. What is wrong with it has a name: one that trying again cures, and one that it does not."""


class GatewayBusy(Exception):
    """A bad moment: try again."""


class BadOrder(Exception):
    """This is no order, however often it is tried."""


def handler(event, context):
    order, attempt = event["order"], event["attempt"]
    if order["amount"] <= 0:
        raise BadOrder(f"the amount must be above 0, not {order['amount']}")
    if order.get("flaky") and attempt == 0:
        raise GatewayBusy("the gateway is busy")
    return {"orderId": order["orderId"], "total": round(order["amount"] * 1.1, 2)}
