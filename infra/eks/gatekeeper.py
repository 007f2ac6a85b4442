"""Gatekeeper, and the admission policies that it enforces."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_infra.policies.library import Manifest
from airflow_infra.policies.stack import AppliedPolicy, stack_policies
from infra.base import Context, component_options
from infra.eks.charts import Chart, release
from infra.eks.cluster import Cluster

NAMESPACE = "gatekeeper-system"
VALUES: dict[str, Any] = {
    "replicas": 2,
    "logDenies": True,
    "postInstall": {"labelNamespace": {"enabled": False}, "probeWebhook": {"enabled": True}},
    # Without it the API server keeps asking a webhook that is gone.
    "preUninstall": {"deleteWebhookConfigurations": {"enabled": True}},
    # Only the deployer and administrators write namespaces; a Gatekeeper that is down, or still starting
    # while the airflow namespace is made beside it, must not stop them. The chart's own default is Fail.
    "validatingWebhookCheckIgnoreFailurePolicy": "Ignore",
}
"""Values of the release."""
POLICIES = Path(__file__).parent / "policies"
"""A folder for each admission policy."""


class Gatekeeper(pulumi.ComponentResource):
    """The chart, then for each policy what fills in unset fields, its template, and last its constraint.

    Raises `ValueError` when the settings name a policy that does not exist.
    """

    def __init__(self, context: Context, cluster: Cluster) -> None:
        super().__init__("airflow:eks:Gatekeeper", "gatekeeper", None, component_options(context))
        self._settings = context.settings.eks.gatekeeper
        self._cluster = cluster
        policies = stack_policies(POLICIES, context.settings, context.names).policies
        self.release = self._release()
        self.constraints = [self._policy(policy) for policy in policies]
        self.register_outputs({})

    def _release(self) -> k8s.helm.v3.Release:
        namespace = k8s.core.v1.Namespace(
            NAMESPACE,
            metadata={
                "name": NAMESPACE,
                "labels": {
                    # What the chart's hook would set by a Job and an image of its own.
                    "admission.gatekeeper.sh/ignore": "no-self-managing",
                    "pod-security.kubernetes.io/enforce": "restricted",
                },
            },
            opts=self._cluster.object_options(self),
        )
        return release(
            Chart(
                "gatekeeper",
                self._settings.chart_version,
                "https://open-policy-agent.github.io/gatekeeper/charts",
            ),
            NAMESPACE,
            VALUES,
            self._cluster.object_options(self, [namespace]),
        )

    def _policy(self, applied: AppliedPolicy) -> k8s.apiextensions.CustomResource:
        """One template and its constraint.

        A template is created before the kind that it defines exists. The annotation makes Pulumi wait until Gatekeeper
        says so in the status (the annotation is documented; this very expression was not tried against a cluster).

        The constraint comes after the mutators too: a policy that is added to a running cluster would otherwise refuse
        the tasks that leave unset what the mutators fill in.
        """
        name = applied.policy.name
        template = self._custom(
            f"{name}-template",
            applied.template,
            [self.release],
            annotations={"pulumi.com/waitFor": "jsonpath={.status.created}=true"},
        )
        mutators = [
            self._custom(str(mutator["metadata"]["name"]), mutator, [self.release]) for mutator in applied.mutators
        ]
        return self._custom(name, applied.constraint, [template, *mutators])

    def _custom(
        self,
        name: str,
        manifest: Manifest,
        depends_on: list[pulumi.Resource],
        annotations: dict[str, str] | None = None,
    ) -> k8s.apiextensions.CustomResource:
        metadata = {**manifest["metadata"], **({"annotations": annotations} if annotations else {})}
        return k8s.apiextensions.CustomResource(
            name,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=metadata,
            spec=manifest["spec"],
            opts=self._cluster.object_options(self, depends_on),
        )
