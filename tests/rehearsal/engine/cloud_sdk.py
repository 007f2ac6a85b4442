"""The `cloud` package as programs see it. Copied beside each program of the tests."""

import pulumi


class Thing(pulumi.CustomResource):
    arn: pulumi.Output[str]
    size: pulumi.Output[int]
    password: pulumi.Output[str]

    def __init__(self, name, opts=None, **inputs):
        super().__init__("cloud:index:Thing", name, {"arn": None, "size": None, "password": None, **inputs}, opts)


class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, **inputs):
        super().__init__("cloud", name, inputs, opts)


def count(**arguments):
    return pulumi.runtime.invoke("cloud:index:count", arguments).value["count"]
