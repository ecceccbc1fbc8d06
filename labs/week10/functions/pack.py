"""Pack orders, half a second for each: the one it is called with, or all of a batch from a queue."""

import json
import os
import time

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    orders = [json.loads(record["body"]) for record in event["Records"]] if "Records" in event else [event]
    for order in orders:
        time.sleep(0.5)
        sqs.send_message(QueueUrl=os.environ["PACKED"], MessageBody=json.dumps(order))
    return {"packed": len(orders), "batchItemFailures": []}
