#!/bin/sh
# The same twelve calls as a shell script of aws commands.
set -e
run=$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')
e="--endpoint-url $AWS_ENDPOINT_URL --output json"
tags="labcli:run=$run,labcli:lab=shell,labcli:owner=bench"
orders=$(aws sqs create-queue $e --queue-name "shell-$run-orders" --attributes VisibilityTimeout=30 --tags "$tags" --query QueueUrl --output text)
aws sqs list-queue-tags $e --queue-url "$orders"
pay=$(aws sqs create-queue $e --queue-name "shell-$run-pay.fifo" --attributes FifoQueue=true,ContentBasedDeduplication=true --tags "$tags" --query QueueUrl --output text)
aws sqs list-queue-tags $e --queue-url "$pay"
aws sqs send-message $e --queue-url "$orders" --message-body '{"orderId": "o-1", "amount": 42}'
aws sqs send-message $e --queue-url "$orders" --message-body two
aws sqs receive-message $e --queue-url "$orders" --wait-time-seconds 1 --attribute-names All
aws sqs get-queue-attributes $e --queue-url "$orders" --attribute-names All
aws sqs send-message $e --queue-url "$pay" --message-body pay --message-group-id A
aws sqs receive-message $e --queue-url "$pay" --wait-time-seconds 1
aws sqs get-queue-url $e --queue-name "shell-$run-orders"
aws sqs get-queue-attributes $e --queue-url "$pay" --attribute-names All
