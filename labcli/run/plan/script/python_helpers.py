"""The functions that a script in Python brings along, and what stands at its head."""

from __future__ import annotations

HEAD = '''\
#!/usr/bin/env python3
"""{title}

Every step of the day through boto3; it runs as it stands, and takes away at its end what it made.
Point it at an AWS first:
  the local one:  eval "$(labcli local env)"
  an account:     your own profile, region and credentials. It is not free there.
Its names begin with a prefix: PREFIX=mine python3 {file} chooses another.
"""

{imports}

import boto3

{clients}prefix = os.environ.get("PREFIX") or "{lab}-" + time.strftime("%H%M%S")
'''

HELPERS = {
    "show": '''

def show(answer):
    """Print an answer of AWS."""
    answer = {key: value for key, value in (answer or {}).items() if key != "ResponseMetadata"}
    if "Payload" in answer:
        answer["Payload"] = answer["Payload"].read().decode()
    if answer:
        print(json.dumps(answer, indent=2, default=str, ensure_ascii=False))
''',
    "until": '''

def until(seconds, holds, ask):
    """Ask until a JMESPath of the answer holds."""
    end = time.monotonic() + seconds
    while not (jmespath.search(holds, answer := ask()) is True):
        if time.monotonic() > end:
            raise SystemExit(f"not in time: {holds}")
        time.sleep(0.5)
    return answer
''',
    "eventually": '''

def eventually(seconds, act):
    """Again and again until it succeeds: AWS does not know at once what was just made."""
    end = time.monotonic() + seconds
    while True:
        try:
            return act()
        except (botocore.exceptions.ClientError, RuntimeError):
            if time.monotonic() > end:
                raise
        time.sleep(1)
''',
    "refused": '''

def refused(act):
    """AWS must refuse it, and its words are shown."""
    try:
        answer = act()
    except botocore.exceptions.ClientError as error:
        print(error)
    else:
        raise RuntimeError(f"AWS took it: {answer}")
''',
    "settle": '''

def settle(seconds):
    """What was just changed needs so long on AWS, and no time on the local one."""
    if not os.environ.get("AWS_ENDPOINT_URL"):
        time.sleep(seconds)
''',
    "packed": '''

def packed(files):
    """The source of a function as a zip."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return whole.getvalue()
''',
    "consume": '''

def consume(url, count, wait, seconds, workers=1, works=0, dies=None, fails=None, keep=False):
    """Receive one by one, work, delete, until so many are done; 0: until a receive of `wait` seconds finds none."""
    end, done, died = time.monotonic() + seconds, set(), []

    def worker():
        while time.monotonic() < end and (not count or len(done) < count):
            received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=wait).get("Messages", [])
            if not received and not count:
                return
            for message in received:
                body = message["Body"]
                if body == dies and not died:
                    died.append(body)
                    print("received and never deleted, the worker died:", body)
                    continue
                time.sleep(works)
                if body == fails:
                    print("failed:", body)
                    continue
                if not keep:
                    delete(message)
                print("done:", body)
                done.add(message["MessageId"])

    def delete(message):
        try:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        except botocore.exceptions.ClientError as error:  # a FIFO queue refuses a handle whose time is over
            print(error)

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(done) < count:
        raise SystemExit(f"not {count} messages in time")
''',
    "take": '''

def take(url, count, seconds):
    """Receive ten at a time and delete these ten, until so many are done."""
    end = time.monotonic() + seconds
    while count > 0:
        if time.monotonic() > end:
            raise SystemExit(f"{count} messages are missing")
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        entries = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in received]
        if entries:
            count -= len(sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"])
            print(f"{len(entries)} done")
''',
    "ended": '''

def ended(execution, seconds):
    """Wait until an execution has ended, and show how."""
    end = time.monotonic() + seconds
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        if time.monotonic() > end:
            raise SystemExit("it still runs")
        time.sleep(0.5)
    print(found["status"], found.get("error", ""), found.get("output", ""))
    print(*(event["type"] for event in states.get_execution_history(executionArn=execution)["events"]))
''',
}
