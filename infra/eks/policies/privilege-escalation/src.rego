package privilegeescalation

import data.lib.containers

violation contains {"msg": msg} if {
	some entry in containers.judged
	not refuses_escalation(entry.container)
	msg := sprintf(
		concat("", [
			"%s: securityContext.allowPrivilegeEscalation must be false, and is true where it is not set; ",
			"write allowPrivilegeEscalation: false",
		]),
		[entry.title],
	)
}

refuses_escalation(container) if container.securityContext.allowPrivilegeEscalation == false
