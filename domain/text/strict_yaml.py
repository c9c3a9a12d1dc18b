"""Read YAML that people write for us: no aliases, no name twice, no tags, bounded in depth.

YAML itself takes the last of two equal names without a word, so half of a policy could be gone unseen, and a
few lines of aliases grow without end once somebody walks over them.
"""

from typing import Any

import yaml

_DEEPEST = 40


class _Strict(yaml.SafeLoader):
    """The safe loader, without what only hides something."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # Any: the signature of PyYAML
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types here
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.constructor.ConstructorError(
                None, None, "anchors and aliases are not allowed", event.start_mark
            )
        self._depth = getattr(self, "_depth", 0) + 1
        if self._depth > _DEEPEST:
            raise yaml.constructor.ConstructorError(
                None, None, f"it is nested more than {_DEEPEST} levels deep", event.start_mark
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # Any: the signature of PyYAML
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a name is no text", key.start_mark)
            if key.value in seen:
                said = f"{key.value[:60]} stands twice"
                raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> Any:  # Any: whatever the document holds
    """Return the document.

    Raises:
        yaml.YAMLError: It is no YAML, or of a kind that is not taken; its `problem_mark` says where.
    """
    loader = _Strict(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
