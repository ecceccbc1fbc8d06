"""The same twelve calls as twelve.yaml, as a bare boto3 script makes them."""

import secrets

import boto3

sqs = boto3.client("sqs")
run = secrets.token_hex(4)
tags = {"labcli:run": run, "labcli:lab": "bare", "labcli:owner": "bench"}
orders = sqs.create_queue(QueueName=f"bare-{run}-orders", Attributes={"VisibilityTimeout": "30"}, tags=tags)["QueueUrl"]
print(sqs.list_queue_tags(QueueUrl=orders)["Tags"])
fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
pay = sqs.create_queue(QueueName=f"bare-{run}-pay.fifo", Attributes=fifo, tags=tags)["QueueUrl"]
print(sqs.list_queue_tags(QueueUrl=pay)["Tags"])
print(sqs.send_message(QueueUrl=orders, MessageBody='{"orderId": "o-1", "amount": 42}')["MessageId"])
print(sqs.send_message(QueueUrl=orders, MessageBody="two")["MessageId"])
print(sqs.receive_message(QueueUrl=orders, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"])["Messages"])
print(sqs.get_queue_attributes(QueueUrl=orders, AttributeNames=["All"])["Attributes"])
print(sqs.send_message(QueueUrl=pay, MessageBody="pay", MessageGroupId="A")["MessageId"])
print(sqs.receive_message(QueueUrl=pay, WaitTimeSeconds=1)["Messages"])
print(sqs.get_queue_url(QueueName=f"bare-{run}-orders")["QueueUrl"])
print(sqs.get_queue_attributes(QueueUrl=pay, AttributeNames=["All"])["Attributes"])
