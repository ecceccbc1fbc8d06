"""Pack orders, half a second for each: the one it is called with, or all of a batch from a queue."""

import json
import os
import time

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    records = event.get("Records") or [{"messageId": context.aws_request_id, "body": json.dumps(event)}]
    for record in records:
        time.sleep(0.5)
        sqs.send_message(
            QueueUrl=os.environ["PACKED"],
            MessageBody=record["body"],
            MessageGroupId=json.loads(record["body"])["orderId"],
            MessageDeduplicationId=record["messageId"],  # a copy of the message is not packed into a second parcel
        )
    return {"packed": len(records), "batchItemFailures": []}
