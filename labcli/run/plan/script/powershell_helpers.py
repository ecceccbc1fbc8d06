"""The functions that a script for PowerShell brings along, and what stands at its head."""

from __future__ import annotations

HEAD = """\
# TITLE
#
# Every step of the day as aws commands; it runs as it stands, and takes away at its end what it made.
# It needs PowerShell 7 or Windows PowerShell 5.1, and the aws CLI, version 1 or 2. Point these at an AWS first:
#   the local one:  labcli local env | Out-String | Invoke-Expression
#   an account:     your own profile, region and credentials. It is not free there.
# Its names begin with $prefix: $env:PREFIX = 'mine' chooses another.
$ErrorActionPreference = 'Stop'
$prefix = if ($env:PREFIX) { $env:PREFIX } else { 'LAB-' + (Get-Date -Format HHmmss) }
$env:AWS_PAGER = ''
# the folder of the files that the commands read
Set-Location (New-Item -ItemType Directory -Force (Join-Path ([IO.Path]::GetTempPath()) $prefix))
# a command that fails ends the script
$awsCli = (Get-Command aws -CommandType Application | Select-Object -First 1).Source
function aws {
    & $awsCli @args
    if ($LASTEXITCODE -ne 0) { throw "stopped; what was made stays: names that begin with $prefix" }
}
"""
ACCOUNT = "$account = aws sts get-caller-identity --query Account --output text"
REGION = (
    "$region = if ($env:AWS_REGION) { $env:AWS_REGION } elseif ($env:AWS_DEFAULT_REGION) { $env:AWS_DEFAULT_REGION } "
    "else { aws configure get region }"
)

HELPERS = {
    "Eventually": """
# Eventually SECONDS { COMMAND }: again and again until it succeeds. AWS does not know at once what was just made.
function Eventually($seconds, $command) {
    $end = (Get-Date).AddSeconds($seconds)
    while ($true) {
        try { return & $command } catch { if ((Get-Date) -gt $end) { throw } }
        Start-Sleep -Seconds 1
    }
}
""",
    "Refused": """
# Refused { COMMAND }: AWS must refuse it; the aws CLI shows its words
function Refused($command) {
    try { & $command } catch { return }
    throw 'AWS took it'
}
""",
    "AskUntil": """
# AskUntil SECONDS { COMMAND }: ask until the first thing of its answer is true; the whole answer is given
function AskUntil($seconds, $command) {
    $end = (Get-Date).AddSeconds($seconds)
    while ($true) {
        try { $found = & $command | Out-String | ConvertFrom-Json } catch { $found = @($false) }
        if ($found[0] -eq $true) { return $found }
        if ((Get-Date) -gt $end) { throw "not in time: $command" }
        Start-Sleep -Milliseconds 500
    }
}
""",
    "Settle": """
# Settle SECONDS: what was just changed needs so long on AWS, and no time on the local one
function Settle($seconds) {
    if (-not $env:AWS_ENDPOINT_URL) { Start-Sleep -Seconds $seconds }
}
""",
    "Consume": """
# Consume URL COUNT WAIT SECONDS: receive one by one, work, delete, until COUNT messages are done; 0: until a receive of
# WAIT seconds finds none
function Consume($url, $count, $wait, $seconds, $works = 0, $dies = $null, $fails = $null, [switch]$keep) {
    $end = (Get-Date).AddSeconds($seconds)
    $done = @{}
    while ((Get-Date) -lt $end -and ($count -eq 0 -or $done.Count -lt $count)) {
        $got = aws sqs receive-message --queue-url $url --wait-time-seconds $wait --output json | Out-String
        if (-not $got.Trim()) { if ($count -eq 0) { return } else { continue } }
        $message = ($got | ConvertFrom-Json).Messages[0]
        if (-not $message) { if ($count -eq 0) { return } else { continue } }
        if ($message.Body -eq $dies) {
            "received and never deleted, the worker died: $($message.Body)"
            $dies = $null
            continue
        }
        Start-Sleep -Milliseconds ([int](1000 * $works))
        if ($message.Body -eq $fails) { "failed: $($message.Body)"; continue }
        if (-not $keep) {
            try { aws sqs delete-message --queue-url $url --receipt-handle $message.ReceiptHandle } catch { "$_" }
        }
        "done: $($message.Body)"
        $done[$message.MessageId] = $true
    }
    if ($done.Count -lt $count) { throw "not $count messages in time" }
}
""",
    "Take": """
# Take URL COUNT SECONDS: receive ten at a time and delete these ten, until COUNT are done
function Take($url, $count, $seconds) {
    $end = (Get-Date).AddSeconds($seconds)
    while ($count -gt 0) {
        if ((Get-Date) -gt $end) { throw "$count messages are missing" }
        $entries = aws sqs receive-message --queue-url $url --max-number-of-messages 10 --wait-time-seconds 1 `
            --query 'Messages[].{Id: MessageId, ReceiptHandle: ReceiptHandle}' --output json | Out-String
        if ($entries -notlike '*Id*') { continue }
        [IO.File]::WriteAllText("$PWD/entries.json", $entries)
        aws sqs delete-message-batch --queue-url $url --entries file://entries.json --query 'length(Successful)'
        $count -= @($entries | ConvertFrom-Json | ForEach-Object { $_ }).Count
    }
}
""",
    "Ended": """
# Ended ARN SECONDS: wait until an execution has ended, and show how
function Ended($execution, $seconds) {
    $end = (Get-Date).AddSeconds($seconds)
    $asked = { aws stepfunctions describe-execution --execution-arn $execution --query status --output text }
    while ((& $asked) -eq 'RUNNING') {
        if ((Get-Date) -gt $end) { throw 'it still runs' }
        Start-Sleep -Milliseconds 500
    }
    aws stepfunctions describe-execution --execution-arn $execution --query '[status, error, output]'
    aws stepfunctions get-execution-history --execution-arn $execution --query 'events[].type' --output text
}
""",
}
