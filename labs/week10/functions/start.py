"""Start one execution for every order of a batch, and report the messages that failed, not the batch."""

import json
import os

import boto3

states = boto3.client("stepfunctions")


def handler(event, context):
    """The message's id is part of the input, so that a copy is another input, and never the same start again."""
    failed = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            print("ORDER", order["orderId"], "message", record["messageId"])
            states.start_execution(
                stateMachineArn=os.environ["MACHINE"],
                name="order-" + order["orderId"],
                input=json.dumps({**order, "messageId": record["messageId"]}),
            )
        except states.exceptions.ExecutionAlreadyExists:
            print("DUPLICATE", order["orderId"], "message", record["messageId"])
        except Exception as error:
            print("FAILED", record["messageId"], repr(error))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
