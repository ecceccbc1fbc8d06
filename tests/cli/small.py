"""Small labs for the screens: every verb once, one that fails, and so on. They take a few seconds.

A queue hides its messages for 3 s: long enough for the next step of a machine that is busy.
"""

from __future__ import annotations

EVERY_VERB = """
lab: every
week: 10
title: "Every verb on one screen"
minutes: {run: 0.1, guided: 5}
goals:
  - See every verb once, and read a line that is long enough to be wrapped at eighty columns
notes: |
  A queue stands between **two strangers**.

  - *visible*, then in flight
resources:
  dlq:    {queue: standard}
  orders: {queue: standard, visibility: 3, dead_letter: {to: dlq, after: 3}}
  pay:    {queue: fifo, dedup: content, visibility: 3}
  buffer: {queue: standard}
steps:
- title: Create four queues
  create: [dlq, orders, pay, buffer]
  say: A queue is only a name, an ARN and attributes. Nobody is listening yet, and nobody has to be there.
- title: Send one order
  do: sqs.send_message
  with: {QueueUrl: "${orders.url}", MessageBody: {orderId: o-1, amount: 42, note: "packed in a box, with a ribbon"}}
  save: {sent_id: MessageId}
  expect: {MessageId: {present: true}}
- title: Receive it
  do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", WaitTimeSeconds: 1, MessageSystemAttributeNames: [All]}
  within: 8s
  expect: {"Messages[0].MessageId": "${sent_id}"}
  show: [messages, depth]
  say: Still in the queue, hidden for 3 s, not removed.
- title: Forget to delete it, and wait
  do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", WaitTimeSeconds: 4, MessageSystemAttributeNames: [All]}
  within: 8s
  expect: {"Messages[0].MessageId": "${sent_id}", "Messages[0].Attributes.ApproximateReceiveCount": "2"}
  show: [messages]
- title: Throw it away
  do: sqs.purge_queue
  with: {QueueUrl: "${orders.url}"}
- title: A consumer crashes half way
  matrix: {q: [orders, pay]}
  in_order:
    fill: {send: {to: "${q}", groups: {A: [A1, A2], B: [B1]}}}
    work: {consume: {from: "${q}", crash_on: A1, until: 3, within: 15s}}
  show: [deliveries]
  expect: {pay.work.completed: [B1, A1, A2]}
  differs: {local: Standard queues keep send order here; AWS promises best effort only., aws: never shown here}
- title: Load levelling
  together:
    burst:  {send: {to: buffer, count: 30}}
    worker: {consume: {from: buffer, rate: 40/s, until: 30, within: 20s}}
    chart:  {chart: {queue: buffer, every: 0.1s}}
  expect: {worker.completed_count: 30, chart.peak: {gt: 10}}
- wait: 0.2s
- delete: [buffer]
- title: The queue is gone, and so is its name for a minute, which is a title too long for one line
  id: gone
  do: sqs.get_queue_url
  with: {QueueName: "${buffer.name}"}
  fails: QueueDoesNotExist
checks:
- title: orders sends a message to dlq after 3 failed receives
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [RedrivePolicy]}
  expect: {"from_json(Attributes.RedrivePolicy).maxReceiveCount": 3}
- title: orders is visible again after 3 s
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "3"}
"""

FAILS = """
lab: fails
week: 10
title: "A step that fails"
resources:
  orders: {queue: standard, visibility: 30}
steps:
- create: [orders]
- title: Send an order
  send: {to: orders, bodies: [{orderId: o-1}]}
  show: [sent: sent_count]
- title: Two copies, one message
  do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", WaitTimeSeconds: 1, MessageSystemAttributeNames: [All]}
  within: 1.5s
  expect: {"Messages[0].Attributes.ApproximateReceiveCount": "2", "Messages[0].Body": {contains: o-3}}
- title: Never
  wait: 1s
checks:
- title: orders hides a message for 30 s
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "30"}
"""

QUICK = """
lab: NAME
week: 10
title: "A quick one"
resources:
  one: {queue: standard, visibility: 20}
  two: {queue: standard}
steps:
- create: [one, two]
- title: Send
  do: sqs.send_message
  with: {QueueUrl: "${one.url}", MessageBody: hello}
  save: {sent: MessageId}
- title: Receive
  do: sqs.receive_message
  with: {QueueUrl: "${one.url}", WaitTimeSeconds: 1}
  expect: {"Messages[0].MessageId": "${sent}"}
- title: Delete the other
  delete: [two]
- title: The end
  id: end
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${one.url}", AttributeNames: [VisibilityTimeout]}
checks:
- title: one hides a message for 20 s
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${one.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "20"}
"""


def quick(name: str = "quick") -> str:
    """A lab that runs in a twentieth of a second."""
    return QUICK.replace("NAME", name)


PAGE = """
lab: page
week: 10
title: "A page of everything that screens show"
resources:
  dlq:    {queue: standard}
  orders: {queue: standard, visibility: 20, dead_letter: {to: dlq, after: 3}}
steps:
- create: [dlq, orders]
  say: A queue is only a name, an ARN and attributes. Nobody is listening yet.
- title: Send, and receive
  do: sqs.send_message
  with: {QueueUrl: "${orders.url}", MessageBody: {orderId: o-1, amount: 42, note: "packed in a box, with a ribbon"}}
  save: {sent: MessageId}
  differs: {local: Standard queues keep send order here; AWS promises best effort only., aws: never shown here}
- title: It is there, and hidden from others while one consumer works on it
  do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", WaitTimeSeconds: 1, MessageSystemAttributeNames: [All]}
  expect: {"Messages[0].MessageId": "${sent}"}
  show: [messages, depth]
- title: What cannot be
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "30"}
checks:
- title: orders hides a message for 20 s
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "20"}
- title: orders hides a message for an hour
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "3600"}
quiz:
- question: A message was received, and not deleted. Where is it?
  options: [in flight, nowhere, in the dead-letter queue]
  answer: in flight
  because: It is hidden until its visibility timeout ends.
  source: SQS API Reference, ChangeMessageVisibility
review:
- {question: Who knows whom?, answer: The sender knows the queue.}
"""
"""A run that ends with a failure, checks of which one holds, a cleanup, and questions: all in half a second."""
