"""``lab check`` and the embedded AWS judge alike: what one refuses, the other refuses, for good and for bad values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labcli.aws.catalog import BotoCatalog
from labcli.lab.check import checked
from labcli.lab.problem import LabInvalid
from labcli.local.life import Endpoint
from labcli.rules import roles
from labcli.steps.language import LANGUAGE
from tests.local.conftest import client
from tests.local.functions.calls import zipped

SOURCE = "def handler(event, context): return event\n"
CATALOG = BotoCatalog()
FILTERS: list[tuple[str, str, bool]] = [
    ("attributes", '{"kind": ["order", {"prefix": "re"}, {"suffix": "d"}, null, true, 3]}', True),
    ("attributes", '{"kind": [{"prefix": ""}]}', True),
    ("attributes", '{"kind": [{"anything-but": ["a", 1]}, {"anything-but": {"wildcard": "a*"}}]}', True),
    ("attributes", '{"n": [{"numeric": [">", 0, "<=", 150]}, {"numeric": ["=", 3.5]}]}', True),
    ("attributes", '{"ip": [{"cidr": "10.0.0.0/8"}]}', True),
    ("attributes", '{"$or": [{"a": [1]}, {"b": [2]}]}', True),
    ("attributes", '{"$or": [{"prefix": "a"}, {"suffix": "b"}]}', True),
    ("attributes", '{"$or": [{"a": [1]}]}', False),
    ("attributes", '{"kind": {"a": ["b"]}}', False),
    ("attributes", '{"kind": "order"}', False),
    ("attributes", '{"kind": []}', False),
    ("attributes", '{"kind": [["order"]]}', False),
    ("attributes", '{"kind": [{"prefx": "a"}]}', False),
    ("attributes", '{"kind": [{"prefix": "a", "suffix": "b"}]}', False),
    ("attributes", '{"kind": [{"prefix": 5}]}', False),
    ("attributes", '{"kind": [{"exists": "yes"}]}', False),
    ("attributes", '{"kind": [{"cidr": "10.0.0.0"}]}', False),
    ("attributes", '{"kind": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}', False),
    ("attributes", '{"kind": [{"anything-but": [true]}]}', False),
    ("attributes", '{"n": [{"numeric": ["=>", 1]}]}', False),
    ("attributes", '{"n": [{"numeric": [">", 3, "<", 1]}]}', False),
    ("attributes", '{"n": [{"numeric": [">=", 2000000000]}]}', False),
    ("attributes", '{"n": [2000000000]}', False),
    ("attributes", '{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', False),
    ("attributes", json.dumps({"a": list(range(150))}), True),
    ("attributes", json.dumps({"a": list(range(151))}), False),
    ("body", json.dumps({"a": {"b": {"c": list(range(50))}}}), True),
    ("body", json.dumps({"a": {"b": {"c": list(range(60))}}}), False),
    ("body", json.dumps({"a": {letter: [1] for letter in "bcdefg"}}), True),
    ("body", '{"a": {"prefix": ["x"]}}', True),
    ("body", '{"a": {"prefix": "x"}}', False),
    ("body", '{"a": {}}', False),
]
QUEUES: list[tuple[str, dict[str, str], bool]] = [
    ("visibility: 43200", {"VisibilityTimeout": "43200"}, True),
    ("visibility: 43201", {"VisibilityTimeout": "43201"}, False),
    ("delay: 900", {"DelaySeconds": "900"}, True),
    ("delay: 901", {"DelaySeconds": "901"}, False),
    ("retention: 60", {"MessageRetentionPeriod": "60"}, True),
    ("retention: 59", {"MessageRetentionPeriod": "59"}, False),
    ("receive_wait: 21", {"ReceiveMessageWaitTimeSeconds": "21"}, False),
    ("max_size: 1023", {"MaximumMessageSize": "1023"}, False),
    ("max_size: 1048576", {"MaximumMessageSize": "1048576"}, True),
    ("kms_key: k, kms_reuse: 59", {"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "59"}, False),
    ("kms_key: k, sse: true", {"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"}, False),
    ("dedup: content", {"ContentBasedDeduplication": "true"}, False),
    ("dedup_scope: queue", {"DeduplicationScope": "queue"}, False),
]
FIFO_QUEUES: list[tuple[str, dict[str, str], bool]] = [
    ("dedup: content", {"ContentBasedDeduplication": "true"}, True),
    ("throughput: group", {"FifoThroughputLimit": "perMessageGroupId"}, False),
    (
        "throughput: group, dedup_scope: group",
        {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"},
        True,
    ),
]
FUNCTIONS: list[tuple[str, dict[str, Any], bool]] = [
    ("timeout: 900s, memory: 10240", {"Timeout": 900, "MemorySize": 10_240}, True),
    ("timeout: 901s", {"Timeout": 901}, False),
    ("memory: 127", {"MemorySize": 127}, False),
    ("memory: 10241", {"MemorySize": 10_241}, False),
    ("runtime: python3.13", {"Runtime": "python3.13"}, True),
    ("runtime: python2.7", {"Runtime": "python2.7"}, False),
    ("runtime: cobol", {"Runtime": "cobol"}, False),
    ("env: {AB: x}", {"Environment": {"Variables": {"AB": "x"}}}, True),
    ("env: {A: x}", {"Environment": {"Variables": {"A": "x"}}}, False),
    ("env: {A-B: x}", {"Environment": {"Variables": {"A-B": "x"}}}, False),
    ("env: {AWS_REGION: x}", {"Environment": {"Variables": {"AWS_REGION": "x"}}}, False),
    ("env: {_HANDLER: x}", {"Environment": {"Variables": {"_HANDLER": "x"}}}, False),
    (f"env: {{AB: {'x' * 4088}}}", {"Environment": {"Variables": {"AB": "x" * 4088}}}, False),
    (f"env: {{AB: {'x' * 4087}}}", {"Environment": {"Variables": {"AB": "x" * 4087}}}, True),
]
MAPPINGS: list[tuple[str, dict[str, Any], bool]] = [
    ("batch: 10, at_most: 2", {"BatchSize": 10, "ScalingConfig": {"MaximumConcurrency": 2}}, True),
    ("batch: 0", {"BatchSize": 0}, False),
    ("batch: 11", {"BatchSize": 11}, False),
    ("at_most: 1", {"ScalingConfig": {"MaximumConcurrency": 1}}, False),
    ("at_most: 1001", {"ScalingConfig": {"MaximumConcurrency": 1001}}, False),
]
Good = Callable[[str], bool]
Clients = Callable[[str], Any]


@pytest.fixture
def good(tmp_path: Path) -> Good:
    """Whether ``lab check`` finds nothing in these resources."""
    (tmp_path / "f.py").write_text(SOURCE, encoding="utf-8")

    def judge(resources: str) -> bool:
        names = [line.strip().split(":")[0] for line in resources.splitlines()]
        file = tmp_path / "t.yaml"
        text = f"lab: t\ntitle: T\nresources:\n{resources}\nsteps:\n- create: [{', '.join(names)}]\n"
        file.write_text(text, encoding="utf-8")
        try:
            checked(file, LANGUAGE, CATALOG)
        except LabInvalid:
            return False
        return True

    return judge


@pytest.fixture
def aws(endpoint: Endpoint) -> Iterator[Clients]:
    """A client of a service that lets bad values through, for the embedded AWS to judge."""
    lenient = Config(retries={"max_attempts": 0}, parameter_validation=False, inject_host_prefix=False)
    with ExitStack() as stack:
        yield lambda service: stack.enter_context(closing(client(endpoint, service, config=lenient)))


def taken(ask: Callable[[], Any]) -> bool:
    """Whether the embedded AWS takes it."""
    try:
        ask()
    except ClientError:
        return False
    return True


def test_filters(good: Good, aws: Clients, endpoint: Endpoint) -> None:
    sns = aws("sns")
    topic = sns.create_topic(Name="verdicts")["TopicArn"]
    arn = f"arn:aws:sqs:{endpoint.region}:{endpoint.account}:q"
    for number, (scope, policy, expected) in enumerate(FILTERS):
        lab = "  news: {topic: standard}\n  q: {queue: standard}\n"
        lab += f"  s: {{subscription: news, to: q, scope: {scope}, filter: {policy}}}"
        named = {"attributes": "MessageAttributes", "body": "MessageBody"}[scope]
        about = {"FilterPolicy": policy, "FilterPolicyScope": named}
        given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": f"{arn}{number}", "Attributes": about}
        verdict = taken(lambda given=given: sns.subscribe(**given))  # type: ignore[misc]
        assert (good(lab), verdict) == (expected, expected), policy[:200]


def test_queues(good: Good, aws: Clients) -> None:
    sqs = aws("sqs")
    for fifo, rows in ((False, QUEUES), (True, FIFO_QUEUES)):
        for number, (said, attributes, expected) in enumerate(rows):
            lab = f"  q: {{queue: {'fifo' if fifo else 'standard'}, {said}}}"
            name = f"verdict{number}" + (".fifo" if fifo else "")
            given = {**attributes, **({"FifoQueue": "true"} if fifo else {})}
            verdict = taken(lambda name=name, given=given: sqs.create_queue(QueueName=name, Attributes=given))  # type: ignore[misc]
            assert (good(lab), verdict) == (expected, expected), said


@pytest.mark.parametrize(("after", "expected"), [(1, True), (1000, True), (0, False), (1001, False)])
def test_redrive_policies(good: Good, aws: Clients, endpoint: Endpoint, after: int, expected: bool) -> None:
    sqs = aws("sqs")
    sqs.create_queue(QueueName="dead")
    arn = f"arn:aws:sqs:{endpoint.region}:{endpoint.account}:dead"
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": after})}
    lab = f"  dead: {{queue: standard}}\n  q: {{queue: standard, dead_letter: {{to: dead, after: {after}}}}}"
    verdict = taken(lambda: sqs.create_queue(QueueName=f"redrive{after}", Attributes=policy))
    assert (good(lab), verdict) == (expected, expected)


def _role(aws: Clients, name: str, document: Any) -> str:
    iam = aws("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    policy = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
    return str(made)


def test_functions(good: Good, aws: Clients) -> None:
    functions = aws("lambda")
    role = _role(aws, "verdicts", roles.trust(roles.LAMBDA))
    plain = {"Runtime": "python3.12", "Handler": "f.handler", "Role": role, "Code": {"ZipFile": zipped(SOURCE)}}
    for number, (said, settings, expected) in enumerate(FUNCTIONS):
        given = {**plain, "FunctionName": f"verdict{number}", **settings}
        verdict = taken(lambda given=given: functions.create_function(**given))  # type: ignore[misc]
        assert (good(f"  f: {{function: f.py, {said}}}"), verdict) == (expected, expected), said[:200]


@pytest.mark.parametrize(("places", "expected"), [(0, True), (900, True), (901, False)])
def test_reserved_places(good: Good, aws: Clients, places: int, expected: bool) -> None:
    functions = aws("lambda")
    role, name = _role(aws, f"places{places}", roles.trust(roles.LAMBDA)), f"places{places}"
    code = {"ZipFile": zipped(SOURCE)}
    functions.create_function(FunctionName=name, Runtime="python3.12", Handler="f.handler", Role=role, Code=code)
    asked = {"FunctionName": name, "ReservedConcurrentExecutions": places}
    verdict = taken(lambda: functions.put_function_concurrency(**asked))
    functions.delete_function(FunctionName=name)
    assert (good(f"  f: {{function: f.py, concurrency: {places}}}"), verdict) == (expected, expected)


def test_mappings(good: Good, aws: Clients, endpoint: Endpoint) -> None:
    functions, sqs = aws("lambda"), aws("sqs")
    role = _role(aws, "mapped", roles.trust(roles.LAMBDA))
    code = {"ZipFile": zipped(SOURCE)}
    plain = {"Runtime": "python3.12", "Handler": "f.handler", "Role": role, "Code": code, "Timeout": 30}
    functions.create_function(FunctionName="mapped", **plain)
    hidden = [(f"visibility: {seconds}", {}, seconds == 30) for seconds in (29, 30)]
    for number, (said, settings, expected) in enumerate([*MAPPINGS, *hidden]):
        seconds = "29" if said.endswith("29") else "30"
        sqs.create_queue(QueueName=f"mapped{number}", Attributes={"VisibilityTimeout": seconds})
        source = f"arn:aws:sqs:{endpoint.region}:{endpoint.account}:mapped{number}"
        given = {"EventSourceArn": source, "FunctionName": "mapped", **settings}
        verdict = taken(lambda given=given: functions.create_event_source_mapping(**given))  # type: ignore[misc]
        more = f", {said}" if settings else ""
        lab = f"  q: {{queue: standard, visibility: {seconds}}}\n  f: {{function: f.py, timeout: 30s}}\n"
        assert (good(f"{lab}  m: {{mapping: q, to: f{more}}}"), verdict) == (expected, expected), said


@pytest.mark.parametrize("service", [roles.LAMBDA, roles.STATES, "ec2.amazonaws.com"])
def test_trust(aws: Clients, service: str) -> None:
    role = _role(aws, service.split(".", maxsplit=1)[0], roles.trust(service))
    code = {"ZipFile": zipped(SOURCE)}
    function = {"FunctionName": "trusted", "Runtime": "python3.12", "Handler": "f.handler", "Role": role, "Code": code}
    made = taken(lambda: aws("lambda").create_function(**function))
    assert made == roles.trusts(roles.trust(service), roles.LAMBDA)
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    machine = {"name": f"trusted-{service}", "roleArn": role, "definition": definition}
    made = taken(lambda: aws("stepfunctions").create_state_machine(**machine))
    assert made == roles.trusts(roles.trust(service), roles.STATES)
