"""The names in the documents that AWS writes and that no model of its API describes."""

from __future__ import annotations

from labcli.rules.asl.choices import COMPARISONS, SELECTORS
from labcli.rules.asl.machine import BRANCH, TOP

_ENVELOPE = """Type MessageId TopicArn Subject Message Timestamp SignatureVersion Signature SigningCertURL
UnsubscribeURL MessageAttributes Value"""
"""What SNS puts around a message (SNS Developer Guide, message and JSON formats)."""
_TOPIC = """FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy DeliveryPolicy EffectiveDeliveryPolicy
Policy Owner Endpoint Protocol SubscriptionArn SubscriptionRoleArn PendingConfirmation ConfirmationWasAuthenticated
SubscriptionsConfirmed SubscriptionsDeleted SubscriptionsPending DisplayName KmsMasterKeyId FifoTopic
ContentBasedDeduplication FifoThroughputScope ArchivePolicy BeginningArchiveTime ReplayPolicy TracingConfig"""
"""The attributes of topics and subscriptions (GetTopicAttributes, GetSubscriptionAttributes)."""
_QUEUE = """deadLetterTargetArn maxReceiveCount redrivePermission sourceQueueArns"""
"""What a queue's RedrivePolicy and RedriveAllowPolicy hold (SetQueueAttributes)."""
_POLICY = """Version Id Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition
Service AWS Federated ArnLike ArnEquals StringEquals StringLike SourceArn SourceAccount"""
"""A policy document (IAM User Guide, JSON policy elements)."""
_RECORD = """Records messageId receiptHandle body attributes messageAttributes md5OfBody eventSource eventSourceARN
awsRegion ApproximateReceiveCount SentTimestamp SenderId ApproximateFirstReceiveTimestamp batchItemFailures
itemIdentifier"""
"""What SQS gives to a function, and takes from it (Lambda Developer Guide, SQS event)."""
_ERROR = "errorType errorMessage stackTrace requestId trace cause Error Cause"
"""An error of a function, and of a state (Lambda and Step Functions Developer Guides)."""
_STATE = """Type Comment Next End Resource Parameters Arguments Output Assign InputPath OutputPath ResultPath
ResultSelector Result ItemProcessor Iterator ItemsPath Items ItemSelector MaxConcurrency Branches Choices Default Retry
Catch ErrorEquals IntervalSeconds BackoffRate MaxAttempts MaxDelaySeconds JitterStrategy Seconds Timestamp
TimeoutSeconds HeartbeatSeconds QueryLanguage Credentials ProcessorConfig Mode ExecutionType Execution State
StateMachine Task Token EnteredTime StartTime Name Input RoleArn RetryCount Payload StatusCode ExecutedVersion
SdkHttpMetadata SdkResponseMetadata MD5OfMessageBody ExecutionArn StartDate"""
"""A state and the context object (Amazon States Language), and what the optimised integrations answer."""

DOCUMENTS: frozenset[str] = frozenset(
    " ".join((_ENVELOPE, _TOPIC, _QUEUE, _POLICY, _RECORD, _ERROR, _STATE)).split()
) | frozenset((*COMPARISONS, *SELECTORS, *TOP, *BRANCH))
