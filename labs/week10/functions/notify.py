"""A subscriber that leaves a receipt for every notification: a line in its log, and a message in a queue."""

import json
import os

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    """SNS hands over a list with one record; the message and its id are under ``Sns``."""
    for record in event["Records"]:
        notification = record["Sns"]
        print("RECEIVED", notification["MessageId"], notification["Message"])
        receipt = {"snsMessageId": notification["MessageId"], "requestId": context.aws_request_id}
        sqs.send_message(QueueUrl=os.environ["RECEIPTS_URL"], MessageBody=json.dumps(receipt))
    return {"handled": len(event["Records"])}
