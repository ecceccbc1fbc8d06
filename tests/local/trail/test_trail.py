"""The trail holds what the learner's clients call, all of it, and neither labcli's own calls nor a secret."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import zipfile
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labcli.aws.targets import open_local
from labcli.aws.trail import TrailCall, read_trail, singles
from labcli.context import Context
from labcli.local import life
from labcli.local.door import hello
from labcli.local.trail.trail import CALLS
from tests.faults.points import FULL
from tests.local.conftest import WORLD, alive, client, ensure, posix, saved, stop, until
from tests.local.door.wire import send, sign, unsigned


def world(home: Path) -> Context:
    return Context(env={"LABCLI_HOME": str(home)})


def operations(home: Path, after: int = 0) -> list[str]:
    return [f"{call.service}.{call.operation}" for call in read_trail(world(home), after)]


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def server(home: Path) -> life.Endpoint:
    return ensure(home)


def test_a_call_is_remembered_in_boto3s_words(home: Path, server: life.Endpoint) -> None:
    before = WORLD.clock()
    sqs = client(server, region_name="eu-west-1")
    url = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="o-1")["MessageId"]
    sqs.receive_message(QueueUrl=url)
    made, send, receive = read_trail(world(home))
    assert made[2:8] == ("boto3", f"arn:aws:iam::{server.account}:root", "eu-west-1", "sqs", "create_queue",
                         {"QueueName": "inbox", "Attributes": {"VisibilityTimeout": "20"}})  # fmt: skip
    assert made[8:] == (200, "", "", {"QueueUrl": url})
    assert made.ok and made.resource == "inbox"
    assert (send.resource, send.params["MessageBody"], send.answer) == (url, "o-1", {"MessageId": sent})
    assert receive.answer["Messages"][0]["MessageId"] == sent and receive.answer["Messages"][0]["Body"] == "o-1"
    assert made.number < send.number < receive.number
    assert before - 1 <= made.time <= send.time <= receive.time <= WORLD.clock() + 1
    assert operations(home, send.number) == ["sqs.receive_message"]


def test_every_protocol_is_read(home: Path, server: life.Endpoint) -> None:
    topic = client(server, "sns").create_topic(Name="menu", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    refused(client(server, "lambda").get_function, FunctionName="nobody")
    client(server, "stepfunctions").list_state_machines(maxResults=3)
    client(server, "iam").list_roles(MaxItems=5)
    client(server, "resourcegroupstaggingapi").get_resources(ResourcesPerPage=10)
    client(server, "lambda").list_event_source_mappings(EventSourceArn="arn:aws:sqs:eu-west-1:123456789012:q")
    found = {f"{call.service}.{call.operation}": call for call in read_trail(world(home))}
    assert found["sns.create_topic"].params == {"Name": "menu", "Tags": [{"Key": "a", "Value": "b"}]}
    assert found["sns.create_topic"].answer == {"TopicArn": topic}
    assert found["lambda.get_function"].params == {"FunctionName": "nobody"}
    assert found["lambda.get_function"].error == "ResourceNotFoundException"
    assert "nobody" in found["lambda.get_function"].message
    assert found["stepfunctions.list_state_machines"].params == {"maxResults": 3}
    assert found["iam.list_roles"].params == {"MaxItems": 5}
    assert found["iam.list_roles"].answer == {"Roles": []}
    assert "resourcegroupstaggingapi.get_resources" in found
    assert found["lambda.list_event_source_mappings"].params["EventSourceArn"].endswith(":q")


def test_a_batch_counts_as_single_calls(home: Path, server: life.Endpoint) -> None:
    sqs, sns = client(server), client(server, "sns")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": f"o-{n}"} for n in (1, 2)])
    bad = [{"Id": "1", "ReceiptHandle": "x" * 40}]
    assert sqs.delete_message_batch(QueueUrl=url, Entries=bad)["Failed"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "m"}])
    found = [single for call in read_trail(world(home)) for single in singles(call)]
    assert [call.operation for call in found] == [
        "create_queue", "send_message", "send_message", "delete_message", "create_topic", "publish",
    ]  # fmt: skip
    first, second = found[1:3]
    assert (first.params, second.params["MessageBody"]) == ({"QueueUrl": url, "MessageBody": "o-1"}, "o-2")
    assert first.answer["MessageId"] != second.answer["MessageId"]
    assert (found[3].ok, found[3].error) == (False, "ReceiptHandleIsInvalid")
    assert found[5].params == {"TopicArn": topic, "Message": "m"} and found[5].answer["MessageId"]


def test_labclis_own_calls_are_not_there(home: Path, server: life.Endpoint) -> None:
    open_local(world(home)).aws.call("sqs", "create_queue", {"QueueName": "of-labcli"})
    client(server).list_queues()
    assert operations(home) == ["sqs.list_queues"]


def test_a_user_agent_alone_makes_no_call_labclis_own(home: Path, server: life.Endpoint) -> None:
    from botocore.config import Config

    client(server, config=Config(user_agent_extra="labcli/9", proxies={})).list_queues()
    assert [call.client for call in read_trail(world(home))] == ["labcli"]


def test_a_function_and_a_machine_at_work_are_not_the_learner(home: Path, server: life.Endpoint) -> None:
    iam, sqs, machines = client(server, "iam"), client(server), client(server, "stepfunctions")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    roles = {}
    for service in ("lambda", "states"):
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        made = iam.create_role(RoleName=service, AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(
            RoleName=service, PolicyName="p",
            PolicyDocument=document({"Effect": "Allow", "Action": ["sqs:*", "lambda:*"], "Resource": "*"}),
        )  # fmt: skip
        roles[service] = made["Role"]["Arn"]
    source = "import boto3\ndef handler(event, context):\n"
    source += f"    boto3.client('sqs').send_message(QueueUrl={url!r}, MessageBody='from the function')\n"
    functions = client(server, "lambda")
    functions.create_function(
        FunctionName="f", Runtime="python3.12", Role=roles["lambda"], Handler="f.handler",
        Code={"ZipFile": zipped("f.py", source)},
    )  # fmt: skip
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "End": True,
    }
    machine = machines.create_state_machine(
        name="m", roleArn=roles["states"], definition=json.dumps({"StartAt": "T", "States": {"T": task}})
    )["stateMachineArn"]
    mark = read_trail(world(home))[-1].number
    run = machines.start_execution(stateMachineArn=machine)["executionArn"]
    own = open_local(world(home)).aws
    until(
        lambda: own.call("stepfunctions", "describe_execution", {"executionArn": run})["status"] != "RUNNING", "its end"
    )
    about = own.call("sqs", "get_queue_attributes", {"QueueUrl": url, "AttributeNames": ["All"]})
    assert about["Attributes"]["ApproximateNumberOfMessages"] == "1", "the function called"
    assert operations(home, mark) == ["stepfunctions.start_execution"]


def test_who_puts_on_a_role_by_hand_is_the_learner(home: Path, server: life.Endpoint) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": server.account}, "Action": "sts:AssumeRole"}
    client(server, "iam").create_role(RoleName="r", AssumeRolePolicyDocument=document(trust))
    arn = f"arn:aws:iam::{server.account}:role/r"
    key = client(server, "sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    assumed = client(
        server, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )  # fmt: skip
    assert refused(assumed.list_queues) == "AccessDenied"
    *_, assume, listed = read_trail(world(home))
    assert listed.principal == f"arn:aws:sts::{server.account}:assumed-role/r/me"
    assert (listed.error, listed.status) == ("AccessDenied", 403)
    assert key["SecretAccessKey"] not in repr(assume) and key["SessionToken"] not in repr(assume)
    assert assume.answer and assume.params["RoleArn"] == arn


def test_a_refused_stranger_leaves_nothing(home: Path, server: life.Endpoint) -> None:
    stranger = client(server, aws_secret_access_key="wrong" * 8)
    assert refused(stranger.create_queue, QueueName="pwned") == "SignatureDoesNotMatch"
    unknown = client(server, aws_access_key_id="AKIAUNKNOWNUNKNOWN")
    assert refused(unknown.list_queues) == "InvalidClientTokenId"
    send(server, unsigned(server))
    send(server, sign(unsigned(server), server).header("Origin", "http://evil.example"))
    assert read_trail(world(home)) == []


def test_nobody_reads_it_without_a_proof(server: life.Endpoint) -> None:
    client(server).list_queues()
    plain = unsigned(server)
    for raw in (
        plain.without("X-Amz-Target"),
        plain.header(hello.MODE, "0 0").header(hello.NONCE, "0" * 64).header(hello.PROOF, "0" * 64),
        plain.header(hello.MODE, "0 0"),
    ):
        status, _, body = send(server, replace(raw, method="GET", path=hello.TRAIL, body=b""))
        assert status == 403 and b"ListQueues" not in body


def test_no_secret_is_in_it_nor_in_the_saved_state(home: Path, server: life.Endpoint) -> None:
    iam, sqs, functions = client(server, "iam"), client(server), client(server, "lambda")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    iam.create_login_profile(UserName="u", Password="Hunter2-Hunter2!")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="api_key=k1ller-secret " + "x" * 1024)
    sqs.send_message(QueueUrl=url, MessageBody='{"user": "ann", "password": "s3same-0pen"}')
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle[:-9]) == "ReceiptHandleIsInvalid"
    given: dict[str, Any] = {"Runtime": "python3.12", "Role": f"arn:aws:iam::{server.account}:role/nobody"}
    given |= {"Handler": "f.handler", "Environment": {"Variables": {"DATABASE": "postgres://u:pa55@db"}}}
    refused(functions.create_function, FunctionName="f", Code={"ZipFile": zipped("f.py", "S = 'in the zip'")}, **given)
    client(server, "secretsmanager").create_secret(Name="s", SecretString="the-secret-string")
    client(server, "ssm").put_parameter(Name="p", Value="the-parameter", Type="SecureString")
    trail = read_trail(world(home))
    assert len(trail) == 11
    text = repr(trail)
    for secret in (
        key["SecretAccessKey"], "Hunter2", "k1ller", "s3same", handle, handle[:-9], "postgres", "pa55", "UEsDB",
        "the-secret-string", "the-parameter", server.secret_key,
    ):  # fmt: skip
        assert secret not in text, secret
    found = {call.operation: call for call in trail}
    assert found["create_function"].params["Environment"] == {"Variables": {"DATABASE": "(hidden)"}}
    assert found["delete_message"].params["ReceiptHandle"].endswith(f" ({len(handle) - 9})"), "that it was cut is seen"
    assert '"user": "ann"' in text
    life.save(home)
    state = json.loads((home / "local" / "state" / "snapshot.json").read_text("utf-8"))["services"]["labcli.trail"]
    assert "k1ller" not in state and "pa55" not in state and handle not in state


def test_a_message_id_in_a_handles_place_is_seen_whole(home: Path, server: life.Endpoint) -> None:
    sqs = client(server)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="m")["MessageId"]
    refused(sqs.delete_message, QueueUrl=url, ReceiptHandle=sent)
    assert read_trail(world(home))[-1].params["ReceiptHandle"] == sent


def test_it_survives_a_restart_and_numbers_go_on(home: Path, server: life.Endpoint) -> None:
    client(server).list_queues()
    (before,) = read_trail(world(home))
    stop(home)
    client(ensure(home)).create_queue(QueueName="q")
    kept, new = read_trail(world(home))
    assert kept == before
    assert new.number > before.number and new.operation == "create_queue"


@posix
def test_a_kill_takes_no_more_of_it_than_of_the_state_and_no_number_comes_twice(home: Path) -> None:
    first = ensure(home, "--every", "0.1")
    client(first).create_queue(QueueName="q")
    until(lambda: saved(home, "labcli.trail"), "a snapshot with the trail")
    client(first).list_queues()
    before = read_trail(world(home))
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not alive(first.pid), "its end")
    client(ensure(home)).create_queue(QueueName="q2")
    after = read_trail(world(home))
    assert after[0] == before[0] and after[0].operation == "create_queue"
    new = after[-1]
    assert new.params == {"QueueName": "q2"} and new.number > before[-1].number
    assert read_trail(world(home), before[-1].number) == [new], "who followed sees what is new, and nothing else"


def test_reset_empties_it(home: Path, server: life.Endpoint) -> None:
    client(server).list_queues()
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    assert read_trail(world(home)) == []


def asks(server: life.Endpoint, count: int) -> None:
    """One signed request, sent so often on one connection: boto3 would need minutes for it."""
    raw = sign(unsigned(server, b"{}", "ListQueues"), server)
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=60)
    for _ in range(count):
        connection.request("POST", "/", raw.body, dict(raw.headers))
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:1]) == (200, b"{")
    connection.close()


@pytest.mark.faults
@pytest.mark.skipif(not FULL, reason="minutes: FULL=1; tests/unit/local has them without a server")
def test_the_last_5000_calls_are_there(home: Path, server: life.Endpoint) -> None:
    sqs = client(server)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="1")
    asks(server, CALLS - 2)
    whole = read_trail(world(home))
    assert (len(whole), whole[0].operation) == (CALLS, "create_queue")
    sqs.send_message(QueueUrl=url, MessageBody="2")
    now = read_trail(world(home))
    assert len(now) == CALLS
    assert [call.params.get("MessageBody") for call in now] == ["1", *[None] * (CALLS - 2), "2"]
    assert len({call.number for call in now}) == CALLS


def test_who_waits_is_woken_by_a_call(home: Path, server: life.Endpoint) -> None:
    found: list[list[TrailCall]] = []
    watcher = threading.Thread(target=lambda: found.append(read_trail(world(home), 0, 60.0)))
    watcher.start()
    client(server).list_queues()
    watcher.join(20)
    assert [[call.operation for call in calls] for calls in found] == [["list_queues"]]


def test_who_waits_in_vain_gets_nothing(home: Path, server: life.Endpoint) -> None:
    assert read_trail(world(home), 0, 0.05) == []
    assert life.find(home) is not None and server.pid == life.find(home).pid  # type: ignore[union-attr]


def test_a_stop_waits_for_no_watcher_and_the_watcher_goes_on_with_the_next(home: Path, server: life.Endpoint) -> None:
    found: list[list[TrailCall]] = []
    watcher = threading.Thread(target=lambda: found.append(read_trail(world(home), 0, 60.0)))
    watcher.start()
    assert stop(home) is life.Ending.SAVED
    client(ensure(home)).list_queues()
    watcher.join(20)
    assert [[call.operation for call in calls] for calls in found] == [["list_queues"]]


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def zipped(name: str, source: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, source)
    return made.getvalue()
