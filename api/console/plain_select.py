"""A choice among many."""

from nicegui import ui


class PlainSelect(ui.select):
    """A choice as NiceGUI has it, but its options are not watched one by one.

    NiceGUI watches each option for changes and makes all of them anew with each property that is set: a choice of
    1,500 cameras took 115 ms of CPU of the loop that serves every page. Here they are made anew where they differ,
    which takes 4; change them by ``set_options``.
    """

    def _update_options(self) -> None:
        before = self.value
        options = tuple({"value": index, "label": label} for index, label in enumerate(self._labels))
        if self._props.get("options") != options:
            self._props["options"] = options  # no list, so that it is not watched
        self._props[self.VALUE_PROP] = self._value_to_model_value(before)
        if not isinstance(before, list):
            self.value = before if before in self._values else None
