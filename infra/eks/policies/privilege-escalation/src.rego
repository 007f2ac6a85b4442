package privilegeescalation

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	some entry in containers.judged
	not refuses_escalation(entry.container)
	message := sprintf(
		concat("", [
			"%s: securityContext.allowPrivilegeEscalation must be false, and is true where it is not set; ",
			"write allowPrivilegeEscalation: false",
		]),
		[entry.title],
	)
]

refuses_escalation(container) if container.securityContext.allowPrivilegeEscalation == false
