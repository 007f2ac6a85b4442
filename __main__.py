"""The Pulumi program: settings, platform, outputs."""

import pulumi

from airflow_infra.settings.problems import SettingsError
from airflow_infra.settings.readers import settings_from_config
from infra.outputs import stack_outputs
from infra.platform import Platform

if __name__ == "__main__":
    stack = pulumi.get_stack()
    try:
        settings = settings_from_config(stack, pulumi.Config().get_object)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    for name, value in stack_outputs(Platform(stack, settings)).items():
        pulumi.export(name, value)
