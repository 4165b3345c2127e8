"""How Personalize names a column in the `properties` of an event, a user or an item."""


def property_name(column: str) -> str:
    """The column's name in camel case: CONTENT_OWNER is contentOwner (API model, Event, User)."""
    first, *others = column.lower().split("_")
    return first + "".join(map(str.capitalize, others))
