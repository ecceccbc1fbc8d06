"""What the code cannot say of itself: the meaning of keys, codes and effects, in words.

``agree`` holds these words against the code, so that a new key stops the generator until somebody says what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labcli.lab.aws import Kind


def agree(what: str, in_code: Iterable[str], in_words: Mapping[str, object]) -> None:
    """Stop with a line that says what is missing here, or too much."""
    missing, gone = sorted(set(in_code) - set(in_words)), sorted(set(in_words) - set(in_code))
    if missing:
        raise SystemExit(f"docs/reference/words.py: say what {what} is: {', '.join(missing)}")
    if gone:
        raise SystemExit(f"docs/reference/words.py: this is not {what} any more: {', '.join(gone)}")


EXIT_CODES = {
    "OK": "All passed.",
    "FAILED": "A step or a check failed, or lost the target meanwhile; nothing was asked; another labcli is at work.",
    "USAGE": "The command line cannot be used, or a lab is invalid; also where a question could not be asked.",
    "TARGET": "The target cannot be reached, must not be used, or is not the account that was meant.",
    "LEFT_BEHIND": "Something is left behind, or nobody can say that nothing is. Outranks 1.",
    "BUG": "A bug in labcli; the details are in a log file, whose name is printed.",
    "INTERRUPTED": "Ctrl-C; the ledger is safe.",
}

VARIABLES = {
    "LABCLI_HOME": "Another state folder.",
    "LABCLI_LABS": "More folders with labs, separated as in `PATH`.",
    "LABCLI_TARGET, LABCLI_FROM, …": (
        "Every long option but `--help`, `--version` and the two of completion is a variable too, in capitals and with "
        "`_` for `-`: `--dry-run` is LABCLI_DRY_RUN. Flags take 1 or 0. What is typed counts before it."
    ),
    "LABCLI_SHELL": "The shell that hints and `local env` speak: sh, fish, powershell or cmd; else the nearest parent.",
    "NO_COLOR": "No colour, and no line that moves. Every colour has a symbol beside it.",
    "LABCLI_PLAIN": (
        "As `--plain`, for a screen reader: words and lines only. No drawing, no colour, nothing that moves, no symbol "
        "without a word; a table is a line for each row, a question is answered with a number and Enter."
    ),
    "TERM=dumb": "The same.",
    "CI": "Nothing is ever asked, and nothing moves.",
    "COLUMNS": "The width, where stdout is no terminal; 80 without it.",
    "LABCLI_INSIDE": "Set inside of `labcli shell`, to the state folder that it belongs to.",
    "LABCLI_ENV, LABCLI_BEFORE_…": "Set by `labcli local env` in the shell: see [safety.md](safety.md).",
}

EFFECTS_MEAN = {
    "READ": "Anything in steps; in checks, of the services named below. It may name what it reads in any way.",
    "DATA": "It acts on what a resource holds (a message). It is named by a reference to the lab's own.",
    "CHANGE": "It changes a resource of the lab, named by a reference. The ledger notes it before and after.",
    "CREATE": "Refused: declare it under `resources` and use `create`. With `fails:` it may be tried.",
    "DELETE": "It deletes a resource of the lab, named by a reference. `delete` does the same, with the proof.",
}

ATTRIBUTES = {"name": "its full AWS name", "url": "its URL", "arn": "its ARN", "uuid": "its id"}


def attribute(kind: Kind, name: str) -> str:
    """What an attribute of a kind is, and since when it is known."""
    when = "known before it exists" if name in kind.known_before else "known once it was created"
    return f"{ATTRIBUTES.get(name, ATTRIBUTES[kind.attributes[name]])}, {when}"


RESOURCE_KEYS: dict[str, dict[str, str]] = {
    "queue": {
        "queue": "Which sort.",
        "visibility": "How long a received message stays hidden. Whole seconds. AWS's default is 30 s.",
        "delay": "How long every message waits before it can be received. Whole seconds.",
        "retention": "How long a message is kept. AWS's default is 4 days.",
        "receive_wait": "How long a receive waits for a message when it does not say so itself.",
        "kms_reuse": "How long a data key is used again, with `kms_key`.",
        "max_size": "The largest message, in bytes.",
        "kms_key": "The KMS key that encrypts it.",
        "sse": "Encrypted by SQS itself. Not together with `kms_key`.",
        "dedup": "FIFO only. `content`: the hash of the body is the deduplication id; `id`: the sender gives one.",
        "dedup_scope": "FIFO only. Whether an id is unique in the whole queue or in its message group.",
        "throughput": "FIFO only. What the rate limit counts for. `group` needs `dedup_scope: group`.",
        "policy": "The queue policy, as AWS writes it. References may stand in it.",
        "dead_letter": "Where messages go that were received too often.",
        "dead_letter.to": "The dead-letter queue by its bare name; Standard or FIFO as this one. It is created first.",
        "dead_letter.after": "After how many receives.",
        "dead_letters_from": "Which queues may use this one as dead-letter queue: `all`, `none`, or names.",
    },
    "topic": {
        "topic": "Which sort.",
        "dedup": "FIFO only. `content`: the hash of the message is the deduplication id; `id`: the sender gives one.",
        "display_name": "What e-mail and SMS call the sender.",
        "kms_key": "The KMS key that encrypts it.",
    },
    "subscription": {
        "subscription": "The topic by its bare name.",
        "to": "The queue or the function by its bare name.",
        "raw": "The bare message, without SNS's envelope. Queues only.",
        "filter": "The filter policy, as AWS writes it: keys are ANDed, the values of one key ORed.",
        "scope": "What the filter looks at: the message's attributes, or its body.",
        "dead_letter": "The queue for what cannot be delivered, by its bare name.",
        "permit": "`false`: the permission that it needs is not written, and a step `permit: [NAME]` writes it.",
    },
    "function": {
        "function": "Its source: a Python file, or a folder, beside the lab file or below it.",
        "handler": "`module.function` that is called. Of a file, its function `handler`.",
        "runtime": "The runtime, by AWS's name.",
        "timeout": "How long a call may take. Whole seconds.",
        "memory": "Megabytes.",
        "concurrency": "Places that are reserved for it, and at most so many of it run at once.",
        "env": "Environment variables: name → text. References may stand in it.",
        "may": "What its role lets it do: `send QUEUE`, `consume QUEUE`, `publish TOPIC`, `invoke FUNCTION`, "
        "`execute MACHINE`, `log FUNCTION`.",
        "role": "A role of the lab by its bare name, instead of one that comes along. It says itself what it may do.",
    },
    "mapping": {
        "mapping": "The queue by its bare name.",
        "to": "The function by its bare name. Its role is let take from the queue.",
        "batch": "How many messages one call gets at most.",
        "partial": "The function reports which messages failed (`batchItemFailures`), and only those come back.",
        "at_most": "How many batches are worked on at once.",
        "permit": "`false`: the role's right to take from the queue is not written, and a step `permit: [NAME]` does.",
    },
    "machine": {
        "machine": "The definition, in the States Language. References may stand in its texts.",
        "type": "Which type.",
        "may": "What its role lets it do, as of a function.",
        "role": "A role of the lab by its bare name, instead of one that comes along. It says itself what it may do.",
    },
    "role": {
        "role": "The service that may assume it.",
        "may": "What it lets that service do: `send QUEUE`, `consume QUEUE`, `publish TOPIC`, `invoke FUNCTION`, "
        "`execute MACHINE`, `log FUNCTION` (write the function's log).",
    },
}

VERBS_INTRO = """# Verbs

A step has exactly one verb; the verb's own keys stand under it, modifiers beside it. Everything here is checked before
anything is called: `labcli lab check FILE`. How to write a lab from the start: [labs.md](labs.md).

Times are `3`, `3s`, `0.5s`, `500ms`, `2m`, `1h` or `4d`. In the tables, `a.b` is the key `b` in the mapping under `a`.
"""

VERB_LINES = {
    "do": "One AWS call by boto3's name, with AWS's own parameters: any that [operations.md](operations.md) allows.",
    "create": "Create declared resources, each tagged and read back. What a resource needs is created first by itself.",
    "update": "Make a live resource as a new declaration says: a function, a machine. Another day's is put back later.",
    "permit": "Write the permission that a subscription or a mapping was declared without.",
    "execute": "Start a state machine, wait until the execution ends, and read its history.",
    "publish": "Publish messages to a topic: one call for one message, batches of ten for more.",
    "inventory": "Ask what is there of some labs in three ways: the ledgers, AWS's lists, the tag search.",
    "delete": "Delete resources with cleanup's own deleter, and read back until they are gone.",
    "send": "Send messages to a queue: one call for one message, batches of ten for more.",
    "consume": "Workers that receive, work and delete, as consumers of a queue do; they can crash and fail on purpose.",
    "chart": "Sample the depth of a queue, and plot it; in `together` until the steps beside it have ended.",
    "wait": "Let time pass.",
    "in_order": "Named steps inside a step, one after the other. A later one sees what an earlier one saved.",
    "together": "Named steps inside a step, all at the same time. What a person chooses in them is asked before.",
    "either": "Named steps inside a step, of which one is done: a person of a guided run takes it, else the first is.",
}

VERB_KEYS: dict[str, dict[str, str]] = {
    "create": {"create": "The resources by their bare names. One that is live already is left as it is."},
    "delete": {
        "delete": "The resources by their bare names, or `every`.",
        "delete.every": "Every live resource of a kind, of this lab and of the other days of its week.",
    },
    "update": {
        "update": "The resource by its bare name; `wed.flow` is one of a lab that this one `needs`.",
        "to": "The new declaration, as under `resources`.",
    },
    "permit": {"permit": "The subscriptions or mappings by their bare names."},
    "execute": {
        "execute": "The machine by its bare name; `wed.flow` is one of a lab that this one `needs`. Or `wait_for`.",
        "input": "The input: a mapping or a list, which becomes JSON, or one reference to such. Without it: `{}`.",
        "name": "The execution's name. Without it AWS gives one.",
        "execute.wait_for": "Instead of a machine: the saved ARN of an execution that was started before. It is "
        "awaited and read, and not stopped when it takes too long.",
    },
    "inventory": {"inventory": "The labs by their ids."},
    "publish": {
        "publish.to": "The topic by its bare name.",
        "publish.bodies": "Bodies: text, or a mapping or list that becomes JSON; or one reference to a list of such.",
        "publish.groups": "Message group → list of bodies, published in this order.",
        "publish.count": "So many messages, with the bodies `1`, `2`, `3` …",
        "publish.messages": "Messages with all they can have.",
    },
    "do": {
        "do": "`service.operation`, such as `sqs.send_message`.",
        "with": "The parameters. A mapping or a list where AWS wants text is JSON-encoded; nothing else is changed.",
    },
    "send": {
        "send.to": "The queue by its bare name.",
        "send.bodies": "Bodies: text, or a mapping or list that becomes JSON; or one reference to a list of such.",
        "send.groups": "Message group → list of bodies, sent in this order. A Standard queue is not sent the groups.",
        "send.count": "So many messages, with the bodies `1`, `2`, `3` …",
        "send.messages": "Messages with all they can have.",
    },
    "consume": {
        "consume.from": "The queue by its bare name.",
        "consume.workers": "How many receive at the same time.",
        "consume.batch": "How many messages a receive may bring.",
        "consume.takes": "How long the work on a message takes.",
        "consume.rate": "Messages a second over all workers, such as `10/s` or `30/m`; at most 200/s.",
        "consume.crash_on": "The first worker that is given this message dies with it; another takes its place.",
        "consume.fail_on": "These messages always fail: they are never deleted.",
        "consume.keep": "Nothing is deleted.",
        "consume.label": "JMESPath on a body: how a message is called. Without it the whole body is its name.",
        "consume.until": "How many messages to complete, or `empty` (the default): until a receive finds nothing that"
        " waits the visibility timeout and 1 s (on an account 3 s), 20 s at most. `within` must leave time for it.",
        "consume.within": "How long at most; may also stand beside `consume`. What is not reached then fails the step.",
    },
    "chart": {
        "chart.queue": "The queue by its bare name.",
        "chart.every": "Time between two looks.",
    },
    "wait": {
        "wait": "How long, on every target; or a time for each target.",
        "wait.local": "How long on the embedded AWS.",
        "wait.aws": "How long on a real account.",
    },
    "in_order": {"in_order": "Name → step. The steps stand in the document under their names."},
    "either": {"either": "Name → step. Their titles are what the person chooses from."},
    "together": {"together": "Name → step. The steps stand in the document under their names."},
}

MESSAGE_KEYS = {
    "body": "Text, or a mapping or list that becomes JSON.",
    "attributes": "Name → text or number, to a topic also a list of texts; or as AWS writes them: `{DataType: …, "
    "StringValue: …}`.",
    "group": "The message group. What is FIFO needs one; what is Standard is not sent it.",
    "dedup": "The deduplication id. FIFO with `dedup: content` makes its own.",
    "subject": "The subject: the envelope and e-mails have it.",
    "delay": "Time before it can be received, up to 900 s. Standard queues only.",
}

GIVES: dict[str, dict[str, str] | str] = {
    "create": {"created": "the names", "created_count": "", "definitions": "of machines", "rows": "the table"},
    "delete": {"deleted": "the names", "deleted_count": "", "how": "by name", "days": "day → names; with `every`"},
    "update": {"updated": "the name", "kind": "", "special": "what it is now", "definitions": "of a machine"},
    "permit": {"permitted": "the names"},
    "execute": {
        "status": "An execution that does not end SUCCEEDED fails the step, unless `expect` names its `status`, "
        "`error` or `cause`",
        "output": "", "input": "", "error": "", "cause": "", "path": "the states in order",
        "gaps": "state → seconds between its attempts", "attempts": "state → how often it was tried",
        "branches": "of each Parallel and Map", "spread": "seconds from their first start to their last end",
        "execution": "the ARN", "name": "", "machine": "its name in the lab", "seconds": "the execution's own",
        "events": "the history, by AWS's names", "definition": "with which it ran",
    },
    "publish": {"ids": "", "sent_count": "", "distinct_ids": "", "sequence_numbers": "FIFO"},
    "inventory": {"ledger": "AWS names, sorted", "lists": "AWS names, sorted", "counts": "", "rows": "by kind"},
    "do": "the answer of the call, by AWS's names; with `fails`, `error.code` and `error.message`.",
    "send": {"ids": "", "sent_count": "", "distinct_ids": "", "sequence_numbers": "FIFO"},
    "consume": {
        "received": "labels", "received_count": "each message once", "deliveries": "", "completed": "labels, in order",
        "completed_count": "each message once", "copies": "of messages that the run had deleted", "failures": "",
        "longest_wait": "seconds", "receives": "calls",
        "empty_receives": "calls", "events": "",
    },
    "chart": {"samples": "`at` in seconds", "peak": "", "last": ""},
    "wait": {"waited": "seconds"},
    "in_order": "what its steps give, under their names.",
    "together": "what its steps give, under their names.",
    "either": "`chosen` (the name), and what that step gives, under its name.",
}  # fmt: skip
"""What the members of what a verb gives mean, where their names do not say it; of those whose steps tell it, a text."""

MODIFIERS_INTRO = """Beside what its verb gives, every step gives `calls` and `seconds`.
"""

MODIFIERS = {
    "title": ("text", "What the step is called on the screen. Without it the verb says one."),
    "id": ("text", "A name for `run --from`; the number of the step always works."),
    "expect": ("JMESPath → value or matcher", "What must hold, or the step fails, and the run ends. `null`: nothing."),
    "save": ("name → JMESPath", "Keeps a value for later steps: `${name}`. Not a receipt handle: it would not last."),
    "within": ("time, 0.1 to 900 s", "The call is repeated until `expect` holds. “Not found” counts as “not yet”."),
    "fails": ("error code", "The call must fail with this error: its code, or boto3's name for it."),
    "show": ("columns or views", "The evidence: JMESPath, `heading: JMESPath`, or a view. Without it: what "
             "`expect` and `save` name."),
    "matrix": ("one variable and 1 to 8 values", "The same step for each value, at the same time, side by side. "
               "What it gives stands under the values' names."),
    "ask": ("text", "A prediction, asked before the first call of a guided run."),
    "say": ("text", "What was just seen, shown after the step: `${name}` may also be what this step saved."),
    "invite": ("`say`, `do`, `with`", "After the step, a guided run invites to a call by hand, in another terminal. It "
               "only reads, and nobody looks whether it was made."),
    "differs": ("`local`, `aws` or `aws-like` → text", "Where the embedded AWS and AWS differ in something that one "
                "would notice. In the AWS-like mode `aws-like` is said in the place of `local`."),
}  # fmt: skip

MATCHERS_INTRO = """Under `expect`, a value must be equal to what the path finds, or a matcher of one key must hold. A
mapping is a value where the path finds a mapping, and where only a run can tell what it finds; `{equals: {…}}` says so
in any case. In a run, a path that does not fit the answer finds nothing; it is never an error.
`from_json` is the one function that labcli adds
to JMESPath.
"""

MATCHERS_MEAN = {
    "present": "`true`: something is there; `false`: nothing is.",
    "equals": "It is equal: for a value that looks like a matcher.",
    "not": "It is not equal.",
    "lt": "It is a number, or text that is one, and less.",
    "lte": "It is a number, or text that is one, and not more.",
    "gt": "It is a number, or text that is one, and more.",
    "gte": "It is a number, or text that is one, and not less.",
    "contains": "A text holds this text, a list this item, a mapping this key.",
    "matches": "It is text, and the regular expression (Python's) finds something in it.",
}

VIEWS_INTRO = """A view is drawn from what a step gives; in a block, from the last step inside that fits. `depth` makes
one call more, and the plan says so.
"""

REFERENCES_INTRO = """A reference walks mappings (`.field`) and lists (`[0]`), and nothing else: no functions, no code.
Where it is the whole text it keeps its type. `$.total` and `$$.Task.Token` are plain text; `$${` writes `${`. Inside
`{}` and `[]`, quote it: `"${orders.url}"`.

Inside `title`, `ask`, `say` and `differs` a reference becomes text; before a run, in `day` and `plan`, its name stands
there: `‹name›`. A key, a path, an `id` and `fails` take none.
"""

RUN_MEANS = {"id": "the run's id, as it stands in the names of all it owns", "lab": "the lab's id"}

OTHER_REFERENCES = {
    "${SAVED}": "what an earlier step saved; inside a block, also an earlier step of the block",
    "${SAVED.field[0]}": "a part of it",
    "${VARIABLE}": "the value of a matrix variable; `${VARIABLE.url}` when it names a resource",
}
