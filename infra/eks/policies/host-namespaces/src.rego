package hostnamespaces

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	not containers.is_update
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	input.review.object.spec[field] == true
	message := sprintf("pod: spec.%s must not be true; write %s: false or leave it out", [field, field])
]
