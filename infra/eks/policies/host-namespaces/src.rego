package hostnamespaces

import data.lib.containers

violation contains {"msg": msg} if {
	not containers.is_update
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	input.review.object.spec[field] == true
	msg := sprintf("pod: spec.%s must not be true; write %s: false or leave it out", [field, field])
}
