package imageregistries

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	some entry in changed
	complete := in_library(entry.image)
	not allowed(complete)
	message := sprintf(
		"%s: image %sdoes not come from an allowed registry; write one from %s",
		[entry.title, shown(complete), registries],
	)
]

# An update can change images: it is judged by those containers whose image is a new one.
changed := [entry |
	some entry in images(input.review.object.spec)
	not entry in former
]

former := images(input.review.oldObject.spec) if containers.is_update

former := [] if not containers.is_update

images(spec) := [{"title": sprintf("%s %s", [kind, container.name]), "image": container.image} |
	some [field, kind] in [
		["containers", "container"],
		["initContainers", "init container"],
		["ephemeralContainers", "ephemeral container"],
	]
	some container in spec[field]
]

# What stands before the first slash is a registry if it holds a dot, a colon or a capital letter, or is localhost.
names_registry(image) if {
	contains(image, "/")
	regex.match("[.:A-Z]", split(image, "/")[0])
}

names_registry(image) if startswith(image, "localhost/")

with_registry(image) := concat("", ["docker.io/", image]) if not names_registry(image)

with_registry(image) := trim_prefix(image, "index.") if {
	names_registry(image)
	startswith(image, "index.docker.io/")
}

with_registry(image) := image if {
	names_registry(image)
	not startswith(image, "index.docker.io/")
}

in_library(image) := concat("", ["docker.io/library/", trim_prefix(complete, "docker.io/")]) if {
	complete := with_registry(image)
	one_name_of_docker_hub(complete)
}

in_library(image) := complete if {
	complete := with_registry(image)
	not one_name_of_docker_hub(complete)
}

one_name_of_docker_hub(image) if {
	startswith(image, "docker.io/")
	count(split(image, "/")) == 2
}

# Up to the end of a name: registry.invalid does not allow registry.invalid:5000.
allowed(image) if {
	some registry in input.parameters.registries
	some end in ["/", ":", "@"]
	end_of_name(end, registry)
	startswith(concat("", [image, end]), concat("", [registry, end]))
}

end_of_name(end, _) if end == "/"

end_of_name(_, registry) if contains(registry, "/")

readable(image) if {
	regex.match("^[!-~]+$", image)
	count(image) <= 300
}

shown(image) := concat("", [image, " "]) if readable(image)

shown(image) := "" if not readable(image)

listed := concat(" or ", input.parameters.registries)

registries := listed if count(listed) <= 300

registries := input.parameters.registries[0] if count(listed) > 300
