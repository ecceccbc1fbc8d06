"""A small lab with tasks, and a learner: what boto3 does with the key that `local env` prints."""

from __future__ import annotations

HEAD = """\
lab: hand
title: By hand
steps:
- wait: 0.1s
"""

TASKS = """\
tasks:
- task: own
  title: A queue of your own
  text: Create a Standard queue named **${inbox.name}**; what was received stays hidden for **20 seconds**.
  yours: {inbox: {queue: standard, visibility: 20}}
  hints: [Which attribute?, "It is `VisibilityTimeout`.", "For ${inbox.name}: `VisibilityTimeout=…`"]
  solution: [{create: [inbox]}]
  because: AWS takes 30 s if you say nothing.
- task: send
  needs: [own]
  title: Two in
  text: The order o-1 waits in **${inbox.name}**. Send o-2, too.
  given: [{send: {to: inbox, bodies: [o-1]}}]
  calls:
  - title: o-2 was sent
    sqs.send_message: {to: inbox, with: {MessageBody: o-2}}
  checks:
  - title: two are visible
    do: sqs.get_queue_attributes
    with: {QueueUrl: "${inbox.url}", AttributeNames: [All]}
    expect: {Attributes.ApproximateNumberOfMessages: "2"}
    near: [{when: {Attributes.ApproximateNumberOfMessages: "3"}, say: "Three wait in ${inbox.name}, wanted two."}]
  near: [{call: sqs.purge_queue, to: inbox, say: The queue was purged.}]
  proof:
  - title: one of them is o-2
    do: sqs.receive_message
    with: {QueueUrl: "${inbox.url}", MaxNumberOfMessages: 10, VisibilityTimeout: 0, WaitTimeSeconds: 2}
    within: 5s
    expect: {"Messages[].Body": {contains: o-2}}
  hints: [a, b, c]
  solution: [{send: {to: inbox, bodies: [o-2]}}]
  because: So it is.
- task: mend
  title: Mend it
  text: Let **${shop.name}** hide a message for a minute.
  resources: {shop: {queue: standard, visibility: 1}}
  given: [{create: [shop]}]
  checks:
  - title: a minute
    do: sqs.get_queue_attributes
    with: {QueueUrl: "${shop.url}", AttributeNames: [VisibilityTimeout]}
    expect: {Attributes.VisibilityTimeout: "60"}
  hints: [a, b, c]
  solution:
  - do: sqs.set_queue_attributes
    with: {QueueUrl: "${shop.url}", Attributes: {VisibilityTimeout: "60"}}
  because: So it is.
- task: away
  needs: [own]
  title: Take it away
  text: Delete **${inbox.name}**.
  gone: [inbox]
  hints: [a, b, c]
  solution: [{delete: [inbox]}]
  because: Gone is gone.
"""

LAB = HEAD + TASKS
