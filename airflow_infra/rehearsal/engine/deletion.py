"""Deleting resources in the right order."""

from dataclasses import dataclass, field

from airflow_infra.rehearsal.engine.custom import CustomResources
from airflow_infra.rehearsal.engine.journal import Journal, Record
from airflow_infra.rehearsal.engine.state import ResourceState, State, deletion_order
from airflow_infra.rehearsal.engine.urns import short


@dataclass
class Deletion:
    """What a deletion did."""

    deleted: list[ResourceState] = field(default_factory=list[ResourceState])
    left: list[ResourceState] = field(default_factory=list[ResourceState])
    """Still there, because of an error."""


def delete_all(doomed: list[ResourceState], state: State, custom: CustomResources, journal: Journal) -> Deletion:
    """Delete resources, each before what it depends on. What something undeleted needs is left alone."""
    going = {resource.urn for resource in doomed}
    needed: dict[str, str] = {}
    deletion = Deletion()
    for resource in deletion_order(doomed):
        registration = resource.registration
        reason = needed.get(resource.urn)
        if reason is not None:
            record = Record(registration, "skipped", resource, reason=reason)
        else:
            try:
                if registration.options.deleted_with not in going:
                    custom.delete(resource)
                record = Record(registration, "delete", resource)
            except Exception as error:  # noqa: BLE001 - what one provider raises must not stop the others
                record = Record(registration, "failed", resource, reason=journal.fail(registration, error))
        journal.done(record)
        if record.stands:
            deletion.deleted.append(resource)
            if state.resources.get(resource.urn) is resource:
                del state.resources[resource.urn]
        else:
            deletion.left.append(resource)
            needed.update({urn: f"{short(resource.urn)} still needs it" for urn in registration.options.edges()})
    return deletion
