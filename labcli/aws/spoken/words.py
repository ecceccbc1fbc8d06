"""What each option of a command is for, in a few words: by operation, or by service where it always means the same."""

from __future__ import annotations

from collections.abc import Mapping

from labcli.aws.spoken.names import ANSWERS
from labcli.aws.spoken.names import flags as flags_of
from labcli.lab.model import Call

COMMON = {
    "--query": "only this of the answer (JMESPath)",
    "--output text": "bare, without quotation marks",
    "--endpoint-url": "where the AWS is that is asked",
    "--region": "in which region",
    "--profile": "with which credentials",
}
"""Options of every aws command."""

_SERVICES: Mapping[str, Mapping[str, str]] = {
    "sqs": {
        "QueueUrl": "which queue: its URL, not its name",
        "QueueName": "the name of the queue",
        "ReceiptHandle": "from this very receive: neither the message's id nor a handle of before",
        "tags": "labels on it, key=value",
    },
    "sns": {
        "TopicArn": "which topic: its ARN",
        "SubscriptionArn": "which subscription: its ARN",
        "Tags": "labels on it",
        "ResourceArn": "which topic: its ARN",
    },
    "lambda": {
        "FunctionName": "which function: its name, or its ARN",
        "UUID": "which mapping: AWS gave it this id",
        "StatementId": "the name of this permission",
        "EventSourceArn": "which queue is polled: its ARN",
        "BatchSize": "how many messages it hands over at once, at most",
        "FunctionResponseTypes": "ReportBatchItemFailures: listen to which messages failed",
        "ScalingConfig": "MaximumConcurrency: how many batches are worked on at once, at most",
        "Timeout": "seconds that it may run",
        "MemorySize": "its memory in MB",
        "Environment": "variables that its code can read",
        "Handler": "FILE.FUNCTION: what is called, without .py",
        "Runtime": "the language, and its version",
        "Tags": "labels on it, key=value",
    },
    "iam": {
        "RoleName": "which role: its name",
        "PolicyName": "the name of the policy: the same name again replaces it",
        "PolicyArn": "which managed policy: its ARN",
        "PolicyDocument": "what is allowed",
        "Tags": "labels on it",
    },
    "logs": {
        "logGroupName": "which log group: /aws/lambda/ and the function's name",
        "logGroupNamePrefix": "all log groups whose names begin so",
        "logStreamName": "which stream of it",
        "resourceArn": "which log group: its ARN",
        "limit": "how many events at most",
        "startTime": "not before this, in milliseconds since 1970",
        "endTime": "not after this, in milliseconds since 1970",
        "tags": "labels on it, key=value",
    },
    "stepfunctions": {
        "stateMachineArn": "which machine: its ARN, not its name",
        "executionArn": "which execution: its ARN",
        "definition": "the machine, as JSON (file://: read from a file)",
        "roleArn": "the role with whose rights it runs",
        "maxResults": "how many at most",
        "nextToken": "go on where the last answer ended",
        "taskToken": "which task waits: the token that it handed out",
        "error": "the name of the error",
        "cause": "what went wrong, for people",
        "tags": "labels on it",
        "resourceArn": "which machine: its ARN",
    },
    "resourcegroupstaggingapi": {
        "TagFilters": "only what carries these tags",
        "ResourceTypeFilters": "only these sorts of resources",
    },
}

_OPERATIONS: Mapping[str, Mapping[str, str]] = {
    "sqs.create_queue": {
        "QueueName": "the name of the new queue; of a FIFO queue it ends in .fifo",
        "Attributes": "its settings; FifoQueue=true is what makes it FIFO",
    },
    "sqs.get_queue_attributes": {"AttributeNames": "what you want to know of it; All: everything"},
    "sqs.set_queue_attributes": {"Attributes": "the settings that change; JSON inside of it is written as text"},
    "sqs.list_queues": {"QueueNamePrefix": "only those whose names begin so", "MaxResults": "how many at most"},
    "sqs.send_message": {
        "MessageBody": "the text of the message",
        "DelaySeconds": "nobody can receive it before",
        "MessageGroupId": "what must stay in order among itself (FIFO)",
        "MessageDeduplicationId": "by which a second send of it is known, for 5 minutes (FIFO)",
        "MessageAttributes": "what is said of the message beside its body",
    },
    "sqs.send_message_batch": {"Entries": "up to ten messages, each with an Id of your own"},
    "sqs.receive_message": {
        "MaxNumberOfMessages": "how many at most, up to 10",
        "WaitTimeSeconds": "wait for a message so long, up to 20",
        "VisibilityTimeout": "hide what comes so many seconds, this once",
        "AttributeNames": "what AWS knows of each message, such as how often it was received",
        "MessageSystemAttributeNames": "what AWS knows of each message, such as how often it was received",
        "MessageAttributeNames": "which of the sender's attributes come along",
    },
    "sqs.change_message_visibility": {"VisibilityTimeout": "hidden so many seconds from now on; 0: visible at once"},
    "sqs.delete_message_batch": {"Entries": "up to ten handles, each with an Id of your own"},
    "sqs.start_message_move_task": {
        "SourceArn": "the dead-letter queue that is emptied: its ARN",
        "DestinationArn": "where to; without it each goes back to where it came from",
        "MaxNumberOfMessagesPerSecond": "how fast",
    },
    "sqs.list_message_move_tasks": {"SourceArn": "the dead-letter queue: its ARN", "MaxResults": "how many at most"},
    "sqs.add_permission": {
        "Label": "the name of this permission",
        "AWSAccountIds": "which accounts",
        "Actions": "what they may do",
    },
    "sns.create_topic": {
        "Name": "the name of the new topic; of a FIFO topic it ends in .fifo",
        "Attributes": "its settings; FifoTopic=true is what makes it FIFO",
    },
    "sns.subscribe": {
        "Protocol": "how it is delivered: sqs, lambda, email …",
        "Endpoint": "to whom: the ARN of the queue or function",
        "Attributes": "RawMessageDelivery=true: without SNS's envelope; FilterPolicy: which messages",
        "ReturnSubscriptionArn": "answer with its ARN at once",
    },
    "sns.publish": {
        "Message": "the text of the message",
        "Subject": "a line above it; in an e-mail its subject",
        "MessageAttributes": "what filters look at, unless they look into the body",
        "MessageGroupId": "what must stay in order among itself (FIFO)",
        "MessageDeduplicationId": "by which a second publish of it is known, for 5 minutes (FIFO)",
        "MessageStructure": "json: another text for each protocol",
    },
    "sns.publish_batch": {"PublishBatchRequestEntries": "up to ten messages, each with an Id of your own"},
    "sns.set_subscription_attributes": {
        "AttributeName": "which setting",
        "AttributeValue": "its new value",
    },
    "sns.set_topic_attributes": {"AttributeName": "which setting", "AttributeValue": "its new value"},
    "sns.list_subscriptions": {"NextToken": "go on where the last answer ended"},
    "sns.list_topics": {"NextToken": "go on where the last answer ended"},
    "lambda.create_function": {
        "FunctionName": "the name of the new function",
        "Code": "its code, a zip (fileb://: bytes from a file)",
        "Role": "the role with whose rights it runs: its ARN",
    },
    "lambda.update_function_code": {"ZipFile": "its new code, a zip (fileb://: bytes from a file)"},
    "lambda.invoke": {
        "Payload": "what it is called with (fileb://: bytes from a file)",
        "InvocationType": "Event: do not wait for it",
        "LogType": "Tail: the end of its log comes along",
    },
    "lambda.add_permission": {
        "StatementId": "your name for this permission",
        "Action": "what is allowed: lambda:InvokeFunction",
        "Principal": "who may: the service, such as sns.amazonaws.com",
        "SourceArn": "only on behalf of this one: the ARN of the topic",
        "SourceAccount": "only on behalf of this account",
    },
    "lambda.create_event_source_mapping": {
        "FunctionName": "which function is called",
        "Enabled": "whether it polls; --no-enabled: it waits",
        "MaximumBatchingWindowInSeconds": "wait so long for a fuller batch",
    },
    "lambda.update_event_source_mapping": {"Enabled": "whether it polls; --no-enabled: it stops"},
    "lambda.list_event_source_mappings": {"FunctionName": "only those that call this function"},
    "lambda.put_function_concurrency": {"ReservedConcurrentExecutions": "how many of it run at once, at most"},
    "lambda.list_tags": {"Resource": "which function: its ARN"},
    "iam.create_role": {
        "RoleName": "the name of the new role",
        "AssumeRolePolicyDocument": "who may put it on, such as lambda.amazonaws.com",
        "Description": "what it is for",
    },
    "iam.list_roles": {"PathPrefix": "only those below this path"},
    "logs.create_log_group": {"logGroupName": "the name of the new log group"},
    "logs.filter_log_events": {"filterPattern": "only lines with these words; in quotation marks: with this phrase"},
    "logs.get_log_events": {"startFromHead": "the oldest first"},
    "logs.put_retention_policy": {"retentionInDays": "lines are kept so many days"},
    "stepfunctions.create_state_machine": {
        "name": "the name of the new machine",
        "type": "STANDARD: long, each step is remembered; EXPRESS: short, and many",
    },
    "stepfunctions.start_execution": {
        "name": "the name of this execution: used once",
        "input": "what the first state gets, as JSON",
    },
    "stepfunctions.start_sync_execution": {
        "name": "the name of this execution",
        "input": "what the first state gets, as JSON",
    },
    "stepfunctions.list_executions": {"statusFilter": "only those that are RUNNING, SUCCEEDED, FAILED …"},
    "stepfunctions.get_execution_history": {
        "reverseOrder": "the last event first",
        "includeExecutionData": "with what went in and out",
    },
    "stepfunctions.send_task_success": {"output": "what the task gives to the next state, as JSON"},
}


def words(service: str, operation: str, parameter: str) -> str:
    """What a parameter of an operation is for; empty for one that nobody has described."""
    special = _OPERATIONS.get(f"{service}.{operation}", {})
    return special.get(parameter) or _SERVICES.get(service, {}).get(parameter, "")


def flags(call: Call) -> list[tuple[str, str]]:
    """Each option of the aws command of a call, with what it is for, in their order."""
    found = flags_of(call.service, call.operation, dict(call.params))
    said = {name: f"--no-{flag[2:]}" if call.params[name] is False else flag for name, flag in found.items()}
    last = ANSWERS.get((call.service, call.operation))
    answer = [(last, "the file that its answer goes into")] if last else []
    return [*((flag, words(call.service, call.operation, name)) for name, flag in said.items()), *answer]


def parameters(call: Call) -> list[tuple[str, str]]:
    """Each parameter of a call as boto3 calls it, with what it is for, in their order."""
    return [(name, words(call.service, call.operation, name)) for name in call.params]
