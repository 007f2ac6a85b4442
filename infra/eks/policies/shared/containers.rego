package lib.containers

# What every policy over containers starts from; the same as cel.yaml beside it.

is_update if input.review.operation == "UPDATE"

former_ephemeral_names contains container.name if {
	is_update
	some container in input.review.oldObject.spec.ephemeralContainers
}

# The containers to judge: {title, container} each, in the order of the pod.
judged := array.concat(
	array.concat(of_new_pod("containers", "container"), of_new_pod("initContainers", "init container")),
	added_ephemeral,
)

of_new_pod(field, kind) := [{"title": sprintf("%s %s", [kind, container.name]), "container": container} |
	not is_update
	some container in input.review.object.spec[field]
]

added_ephemeral := [{"title": sprintf("ephemeral container %s", [container.name]), "container": container} |
	some container in input.review.object.spec.ephemeralContainers
	not container.name in former_ephemeral_names
]
