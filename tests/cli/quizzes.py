"""A small lab with questions: three with options, two of review; one text tries to be markup, one is long."""

from __future__ import annotations

QUIZ = """
lab: asked
week: 10
title: "Some questions"
resources: {one: {queue: standard}}
steps:
- {title: Make it, create: [one]}
quiz:
- question: A message was received, and not deleted. Where is it?
  options: [in flight, nowhere, in the dead-letter queue]
  answer: in flight
  because: It is hidden until its visibility timeout ends.
  source: SQS API Reference, ChangeMessageVisibility
- question: "[bold]What[/bold] does {x} \\e[31mdo to a question that is so long that it needs more than one line?"
  options:
  - >-
    it is an option that is so long that it needs more than one line of a terminal, and it is broken between two
    words
  - "[red]red[/red]"
  - four
  answer: "[red]red[/red]"
  because: "Text of a lab is [bold]shown[/bold], never obeyed."
  source: seen in this lab
- question: How many?
  options: [two, four, five]
  answer: five
  because: "Three states, and two tries: 3 + 2."
  source: Step Functions pricing
review:
- question: Who knows whom?
  answer: |
    The publisher knows the topic.
    Nobody knows the rest.
- question: Where did the burst wait?
  answer: In the queue.
"""
