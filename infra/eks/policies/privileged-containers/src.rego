package privilegedcontainers

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	some entry in containers.judged
	entry.container.securityContext.privileged == true
	message := sprintf(
		"%s: securityContext.privileged must not be true; write privileged: false or leave it out",
		[entry.title],
	)
]
