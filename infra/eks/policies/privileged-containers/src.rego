package privilegedcontainers

import data.lib.containers

violation contains {"msg": msg} if {
	some entry in containers.judged
	entry.container.securityContext.privileged == true
	msg := sprintf(
		"%s: securityContext.privileged must not be true; write privileged: false or leave it out",
		[entry.title],
	)
}
