package priorityclasses

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	not containers.is_update
	name := input.review.object.spec.priorityClassName
	reserved(name)
	message := sprintf(
		concat("", [
			"pod: spec.priorityClassName %s is reserved for what keeps the cluster running; ",
			"write a class of your own or leave it out",
		]),
		[name],
	)
]

reserved(name) if {
	some beginning in input.parameters.reserved
	startswith(name, beginning)
}
