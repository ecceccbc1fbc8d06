"""The objects inside a Map: ``ItemReader``, ``ItemBatcher``, ``ResultWriter``, ``ProcessorConfig``.

Fields and words: the pages of these names in the Step Functions Developer Guide, "Map state in Distributed mode".
"""

from __future__ import annotations

from collections.abc import Mapping

from labcli.rules.asl.node import Node

# fields of either query language; then those of one of them
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ItemReader": ("Resource", "ReaderConfig"),
    "ReaderConfig": (
        *("InputType", "Transformation", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "MaxItems", "ManifestType"),
        "ItemsPointer",
    ),
    "ItemBatcher": ("BatchInput", "MaxItemsPerBatch", "MaxInputBytesPerBatch"),
    "ResultWriter": ("Resource", "WriterConfig"),
    "WriterConfig": ("OutputType", "Transformation"),
    "ProcessorConfig": ("Mode", "ExecutionType"),
}
_JSONPATH: Mapping[str, tuple[str, ...]] = {
    "ItemReader": ("Parameters",),
    "ReaderConfig": ("MaxItemsPath",),
    "ItemBatcher": ("MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"),
    "ResultWriter": ("Parameters",),
}
_JSONATA: Mapping[str, tuple[str, ...]] = {"ItemReader": ("Arguments",), "ResultWriter": ("Arguments",)}
_INSIDE = {"ItemReader": "ReaderConfig", "ResultWriter": "WriterConfig"}
_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ReaderConfig", "InputType"): ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
    ("ReaderConfig", "CSVHeaderLocation"): ("FIRST_ROW", "GIVEN"),
    ("ReaderConfig", "CSVDelimiter"): ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    ("ReaderConfig", "Transformation"): ("NONE", "LOAD_AND_FLATTEN"),
    ("ReaderConfig", "ManifestType"): ("ATHENA_DATA", "S3_INVENTORY"),
    ("WriterConfig", "OutputType"): ("JSON", "JSONL"),
    ("WriterConfig", "Transformation"): ("NONE", "COMPACT", "FLATTEN"),
}


def fields(node: Node, what: str) -> None:
    """Check the fields of one of these objects, and of the configuration in it."""
    mine, other = (_JSONATA, _JSONPATH) if node.jsonata else (_JSONPATH, _JSONATA)
    node.known(("Comment", *_FIELDS[what], *mine.get(what, ())), other.get(what, ()))
    for key, words in ((key, words) for (of, key), words in _WORDS.items() if of == what):
        value = node.text(key)
        if value is not None and value not in words and not (node.jsonata and value.startswith("{%")):
            node.schema(
                f"Value should be one of the following: [{', '.join(words)}]", key, hint=node.report.near(value, words)
            )
    if inside := node.object(_INSIDE[what]) if what in _INSIDE else None:
        fields(inside, _INSIDE[what])
