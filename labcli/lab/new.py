"""A small lab to begin with: steps, a check, a question and a task, each with a word on what it is."""

from __future__ import annotations

from pathlib import Path

from labcli.errors import UsageError
from labcli.lab.load import LAB_ID

_TEXT = """\
# A lab: what it creates, what happens step by step, and what must hold in the end. Every word of the language is in
# docs/labs.md; `labcli lab schema` gives your editor its keys. Try it:
#
#   labcli lab check {name}.yaml             every mistake, without AWS
#   labcli day {name}.yaml run --guided      as a learner sees it
#   labcli lab test {name}.yaml              the lab proves itself, its tasks too
lab: {name}
title: "A message that nobody deletes"
minutes: {{run: 0.2, guided: 10}}
goals:
- Say where a message is that was received, and not deleted
notes: |
  What to know before, as Markdown. A received message is **hidden** for the visibility timeout of its queue.

# What the lab creates: a name, and a declaration. labcli writes roles and policies itself (`may: […]`).
resources:
  parcels: {{queue: standard, visibility: 2}}

# What happens. A step has one verb: create, send, consume, do (any call of AWS), execute, wait, delete, …
steps:
- create: [parcels]
- send: {{to: parcels, bodies: [parcel-1]}}
- title: Receive it, and do not delete it
  ask: The message was received. Is it still in the queue?     # a guided run stops here
  consume: {{from: parcels, keep: true, until: 1}}
  expect: {{completed: [parcel-1]}}                              # JMESPath: what must be so
  say: It is there, hidden for 2 s, until somebody deletes it.
- title: It comes back
  do: sqs.receive_message
  with: {{QueueUrl: "${{parcels.url}}", WaitTimeSeconds: 1, MessageSystemAttributeNames: [All]}}
  within: 10s                                                  # again, until it holds
  expect: {{"Messages[0].Attributes.ApproximateReceiveCount": "2"}}

# What must hold in the end, and later: steps that only read.
checks:
- title: A message stays hidden for 2 s
  do: sqs.get_queue_attributes
  with: {{QueueUrl: "${{parcels.url}}", AttributeNames: [VisibilityTimeout]}}
  expect: {{Attributes.VisibilityTimeout: "2"}}

# Questions: labcli day {name}.yaml quiz
quiz:
- question: A message was received, and not deleted. Where is it?
  options: [in flight, nowhere, in the dead-letter queue]
  answer: in flight
  because: It is hidden until its visibility timeout ends; then it can be received again.
  source: SQS Developer Guide, visibility timeout

# What a learner builds by hand: labcli day {name}.yaml try
tasks:
- task: own_queue
  title: A queue of your own
  text: |
    Create a Standard queue named **${{shelf.name}}**. What was received from it stays hidden for **20 seconds**.
  yours:                                                       # what the learner makes; labcli compares it
    shelf: {{queue: standard, visibility: 20}}
  hints:                                                       # three: the last is nearly the answer
  - A queue has a name and attributes. Which attribute hides a message that was received?
  - The attribute is called VisibilityTimeout, and it counts seconds.
  - "`aws sqs create-queue --queue-name ${{shelf.name}} --attributes VisibilityTimeout=…`"
  solution:                                                    # `lab test` proves that it solves the task
  - create: [shelf]
  because: If you say no visibility timeout, the queue has AWS's 30 s.
- task: take_away
  needs: [own_queue]
  title: Take it away
  text: Delete **${{shelf.name}}**.
  gone: [shelf]
  hints:
  - Who made it takes it away.
  - A queue is deleted by its URL, full or not.
  - "`aws sqs delete-queue --queue-url …`"
  solution:
  - delete: [shelf]
  because: A queue is deleted without a question, and its messages go with it.
"""


def new_lab(name: str, folder: Path) -> Path:
    """Write ``NAME.yaml`` into a folder, and say where. UsageError: no lab can be called so, it is there, no folder."""
    if not LAB_ID.fullmatch(name):
        said = f"a lab's id is up to 16 small letters and digits, from a letter, not `{name}`"
        raise UsageError(said, "It is the name of its file as well: labcli lab new first")
    path = folder / f"{name}.yaml"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(_TEXT.format(name=name))
    except FileExistsError:
        raise UsageError(f"{path} is there already: it was left as it is", "Choose another name") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be written: {why}", "Choose another folder: --folder FOLDER") from None
    return path
