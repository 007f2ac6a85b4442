package seccomp

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	some entry in containers.judged
	not profile_type(entry.container) in ["RuntimeDefault", "Localhost"]
	message := sprintf(
		concat("", [
			"%s: securityContext.seccompProfile.type, its own or the pod's, must be RuntimeDefault or Localhost; ",
			"write seccompProfile: {type: RuntimeDefault}",
		]),
		[entry.title],
	)
]

# What a container says goes before what its pod says.
profile_type(container) := object.get(
	container, ["securityContext", "seccompProfile", "type"],
	object.get(input.review.object.spec, ["securityContext", "seccompProfile", "type"], "unset"),
)
