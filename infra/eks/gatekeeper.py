"""Gatekeeper, and the admission policies that it enforces."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from infra.base import Context, component_options
from infra.eks.charts import Chart, release
from infra.eks.cluster import Cluster
from infra.eks.policy_library import Policy, load_policy, policy_folder, policy_names

NAMESPACE = "gatekeeper-system"


class Gatekeeper(pulumi.ComponentResource):
    """The chart, then a template for each policy, then its constraint.

    Raises `ValueError` when the settings name a policy that does not exist.
    """

    def __init__(self, context: Context, cluster: Cluster) -> None:
        super().__init__("airflow:eks:Gatekeeper", "gatekeeper", None, component_options(context))
        self._settings = context.settings.eks.gatekeeper
        self._cluster = cluster
        for name in self._settings.policies:
            policy_folder(name)
        self.release = self._release()
        self.constraints = [self._policy(load_policy(name)) for name in policy_names()]
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
        values: dict[str, Any] = {
            "replicas": 2,
            "logDenies": True,
            "postInstall": {"labelNamespace": {"enabled": False}, "probeWebhook": {"enabled": True}},
            # Without it the API server keeps asking a webhook that is gone.
            "preUninstall": {"deleteWebhookConfigurations": {"enabled": True}},
            # Only the deployer and administrators write namespaces; a Gatekeeper that is down, or still starting
            # while the airflow namespace is made beside it, must not stop them. The chart's own default is Fail.
            "validatingWebhookCheckIgnoreFailurePolicy": "Ignore",
        }
        return release(
            Chart(
                "gatekeeper",
                self._settings.chart_version,
                "https://open-policy-agent.github.io/gatekeeper/charts",
            ),
            NAMESPACE,
            values,
            self._cluster.object_options(self, [namespace]),
        )

    def _policy(self, policy: Policy) -> k8s.apiextensions.CustomResource:
        """One template and its constraint.

        A template is created before the kind that it defines exists. The annotation makes Pulumi wait until Gatekeeper
        says so in the status (the annotation is documented; this very expression was not tried against a cluster).
        """
        template = policy.template()
        crd = k8s.apiextensions.CustomResource(
            f"{policy.name}-template",
            api_version=template["apiVersion"],
            kind=template["kind"],
            metadata={
                **template["metadata"],
                "annotations": {"pulumi.com/waitFor": "jsonpath={.status.created}=true"},
            },
            spec=template["spec"],
            opts=self._cluster.object_options(self, [self.release]),
        )
        constraint = policy.constraint(
            self._settings.policies.get(policy.name, "deny"), self._settings.exempt_namespaces
        )
        return k8s.apiextensions.CustomResource(
            policy.name,
            api_version=constraint["apiVersion"],
            kind=constraint["kind"],
            metadata=constraint["metadata"],
            spec=constraint["spec"],
            opts=self._cluster.object_options(self, [crd]),
        )
