"""The network of a stack, and nothing else of it."""

import pulumi

from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import settings_from_config
from infra.base import Context, aws_provider
from infra.vpc import Network

stack = pulumi.get_stack()
settings = settings_from_config(stack, pulumi.Config().get_object)
names = Names(stack, settings.account.id, settings.account.region)
Network(Context(settings, names, aws_provider(settings, names)))
