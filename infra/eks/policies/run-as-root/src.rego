package runasroot

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	some entry in containers.judged
	reason := root(entry.container)
	message := sprintf("%s: %s", [entry.title, reason])
]

root(container) := concat("", [
	"securityContext.runAsUser, its own or the pod's, must not be 0, which is root; ",
	"write a number above 0, such as runAsUser: 1000",
]) if {
	effective(container, "runAsUser") == 0
}

root(container) := concat("", [
	"securityContext.runAsNonRoot, its own or the pod's, must be true; ",
	"write runAsNonRoot: true, or a runAsUser above 0",
]) if {
	effective(container, "runAsUser") == "unset"
	effective(container, "runAsNonRoot") != true
}

# What a container says goes before what its pod says, field by field.
effective(container, field) := object.get(
	container, ["securityContext", field],
	object.get(input.review.object.spec, ["securityContext", field], "unset"),
)
