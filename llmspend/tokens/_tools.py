"""Tool definitions as the text that LiteLLM counts for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_Schema = Any  # JSON schemas as they come; LiteLLM's errors for odd ones are Python's own


def render_tools(tools: Iterable[Any]) -> str:
    """Write tools as TypeScript, the way OpenAI appears to put them before the model.

    Parameters
    ----------
    tools
        Tools of OpenAI's, Anthropic's or Google's shape; what is no mapping is left out.

    Returns
    -------
    str
        One text for all.

    Examples
    --------
    >>> print(render_tools([{"name": "now", "description": "Tell the time."}]))
    namespace functions {
    <BLANKLINE>
    // Tell the time.
    type now = () => any;
    <BLANKLINE>
    } // namespace functions
    """
    functions = (f for t in tools if isinstance(t, Mapping) for f in _functions_of(t))
    lines = [line for function in functions for line in _lines_of(function)]
    return "\n".join(["namespace functions {", "", *lines, "} // namespace functions"])


def _functions_of(tool: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    function = tool.get("function")
    if isinstance(function, Mapping):
        yield function
        return
    declared = tool.get("function_declarations") or tool.get("functionDeclarations")
    if isinstance(declared, list):
        yield from (d for d in declared if isinstance(d, Mapping))
        return
    parameters = tool.get("input_schema") or tool.get("parameters")
    yield {
        "name": tool.get("name"),
        "description": tool.get("description"),
        "parameters": parameters,
    }


def _lines_of(function: Mapping[str, Any]) -> Iterator[str]:
    name = function.get("name")
    if not name:
        return
    if function.get("description"):
        yield f"// {function['description']}"
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    if isinstance(properties, Mapping) and properties:
        yield f"type {name} = (_: {{"
        yield _parameters(parameters, 0)
        yield "}) => any;"
    else:
        yield f"type {name} = () => any;"
    yield ""


def _parameters(schema: _Schema, indent: int) -> str:
    properties = schema.get("properties")
    if not properties:
        return ""
    required = schema.get("required", [])
    lines = []
    for key, value in properties.items():
        description = value.get("description")
        if description:
            lines.append(f"// {description}")
        optional = "" if required and key in required else "?"
        lines.append(f"{key}{optional}: {_type(value, indent)},")
    return "\n".join(" " * indent + line for line in lines)


def _type(schema: _Schema, indent: int) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"{_type(schema['items'], indent)}[]"
    if kind == "object":
        return f"{{\n{_parameters(schema, indent + 2)}\n}}"
    if kind in ("string", "integer", "number") and "enum" in schema:
        return " | ".join(f'"{item}"' for item in schema["enum"])
    simple = {"string": "string", "integer": "number", "number": "number"}
    simple |= {"boolean": "boolean", "null": "null"}
    return simple.get(kind, "any") if isinstance(kind, str) else "any"
