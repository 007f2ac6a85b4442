"""EKS: tags of clusters, node groups, add-ons, access entries and Pod Identity associations."""

from collections.abc import Iterator

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.store import Description, EksService


class Tags(EksService):
    """Tags by ARN."""

    def tag_resource(self, request: Request) -> Description:
        """Add or change tags."""
        self._resource(request)["tags"] |= request.params["tags"]
        return {}

    def untag_resource(self, request: Request) -> Description:
        """Remove tags."""
        tags = self._resource(request)["tags"]
        for key in request.params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, request: Request) -> Description:
        """List tags."""
        return {"tags": self._resource(request)["tags"]}

    def _resource(self, request: Request) -> Description:
        wanted = request.params["resourceArn"]
        for arn, description in self._resources(request):
            if arn == wanted:
                return description
        raise AwsError("NotFoundException", f"The specified resource {wanted} does not exist", 404)

    def _resources(self, request: Request) -> Iterator[tuple[str, Description]]:
        for cluster in self._store.clusters(request).values():
            yield cluster.description["arn"], cluster.description
            for key, items in (
                ("nodegroupArn", cluster.nodegroups),
                ("addonArn", cluster.addons),
                ("accessEntryArn", cluster.access_entries),
                ("associationArn", cluster.pod_identities),
            ):
                for item in items.values():
                    yield item[key], item
