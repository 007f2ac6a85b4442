package lib.containers

# What every policy over containers starts from; the same as cel.yaml beside it.

is_update if input.review.operation == "UPDATE"

kinds := {"containers": "container", "initContainers": "init container", "ephemeralContainers": "ephemeral container"}

former_names contains name if {
	is_update
	some container in input.review.oldObject.spec.ephemeralContainers
	name := container.name
}

judged contains {"title": title, "container": container} if {
	some field, kind in kinds
	not is_update
	some container in input.review.object.spec[field]
	title := sprintf("%s %s", [kind, container.name])
}

judged contains {"title": title, "container": container} if {
	is_update
	some container in input.review.object.spec.ephemeralContainers
	not former_names[container.name]
	title := sprintf("ephemeral container %s", [container.name])
}
