"""Tools as the text that is counted for them."""

from __future__ import annotations

import pytest

from llmspend.tokens._tools import render_tools


def parameters(**properties):
    return {"type": "object", "properties": properties}


CASES = [
    # tools, lines between the first two and the last
    ([], ""),
    (["x", None, {}, {"type": "acme_search"}], ""),
    ([{"function": {"name": "f"}}], "type f = () => any;\n\n"),
    ([{"function": {"name": "f", "parameters": {"properties": []}}}], "type f = () => any;\n\n"),
    ([{"function": {"name": "f", "parameters": "x"}}], "type f = () => any;\n\n"),
    ([{"function_declarations": [{"name": "f"}, 3]}], "type f = () => any;\n\n"),
    ([{"functionDeclarations": [{"name": "f"}]}], "type f = () => any;\n\n"),
    (
        [{"name": "f", "description": "Do.", "input_schema": parameters(a={"type": "string"})}],
        "// Do.\ntype f = (_: {\na?: string,\n}) => any;\n\n",
    ),
    (
        [{"name": "f", "parameters": {**parameters(a={"type": "null"}), "required": ["a"]}}],
        "type f = (_: {\na: null,\n}) => any;\n\n",
    ),
]

TYPES = [
    ({"type": "string", "enum": ["a", 1]}, '"a" | "1"'),
    ({"type": "integer"}, "number"),
    ({"type": "number", "enum": [1, 2]}, '"1" | "2"'),
    ({"type": "boolean", "enum": [True]}, "boolean"),
    ({"type": "array", "items": {"type": "string"}}, "string[]"),
    ({"type": ["string", "null"]}, "any"),
    ({"anyOf": []}, "any"),
    ({"type": "object"}, "{\n\n}"),
    (parameters(b={"type": "string", "description": "x"}), "{\n  // x\n  b?: string,\n}"),
]


@pytest.mark.parametrize(("tools", "lines"), CASES)
def test_tools_are_written_as(tools, lines):
    assert render_tools(tools) == f"namespace functions {{\n\n{lines}}} // namespace functions"


@pytest.mark.parametrize(("schema", "written"), TYPES)
def test_a_type_is_written_as(schema, written):
    assert f"\na?: {written},\n" in render_tools(
        [{"name": "f", "parameters": parameters(a=schema)}]
    )


@pytest.mark.parametrize(
    ("schema", "error"), [({"type": "array"}, KeyError), ("string", AttributeError)]
)
def test_a_schema_that_makes_no_sense_is_an_error(schema, error):
    with pytest.raises(error):
        render_tools([{"name": "f", "parameters": parameters(a=schema)}])
