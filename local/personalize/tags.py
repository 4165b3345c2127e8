"""TagResource, UntagResource and ListTagsForResource."""

from collections.abc import Callable, Mapping
from functools import partial

from local.personalize.errors import not_found, too_many_tags
from local.personalize.resource import Resource
from local.personalize.service_model import Body
from local.personalize.state import State


def tag_operations(state: State) -> Mapping[str, Callable[[Body], Body]]:
    """Builds the three operations by name."""
    return {
        "TagResource": partial(tag, state),
        "UntagResource": partial(untag, state),
        "ListTagsForResource": partial(list_tags, state),
    }


def tag(state: State, parameters: Body) -> Body:
    """Sets tags on a resource."""
    resource = tagged(state, parameters)
    added = {each["tagKey"]: each["tagValue"] for each in parameters["tags"]}
    if len(resource.tags | added) > state.quotas.tags:
        raise too_many_tags(state.quotas.tags)
    resource.tags.update(added)
    return {}


def untag(state: State, parameters: Body) -> Body:
    """Takes tags off a resource."""
    resource = tagged(state, parameters)
    for key in parameters["tagKeys"]:
        resource.tags.pop(key, None)
    return {}


def list_tags(state: State, parameters: Body) -> Body:
    """Lists a resource's tags."""
    resource = tagged(state, parameters)
    return {"tags": [{"tagKey": key, "tagValue": value} for key, value in resource.tags.items()]}


def tagged(state: State, parameters: Body) -> Resource:
    """Finds the resource a call is about."""
    arn = parameters["resourceArn"]
    resource = state.resources.get(arn)
    if resource is None:
        raise not_found(arn)
    return resource
