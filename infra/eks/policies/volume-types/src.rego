package volumetypes

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	not containers.is_update
	some volume in input.review.object.spec.volumes
	some type, _ in volume
	type != "name"
	not type in input.parameters.allowedTypes
	message := sprintf("pod: spec.volumes[%s].%s %s; write one of %s instead", [
		volume.name,
		type,
		reason(type),
		concat(", ", input.parameters.allowedTypes),
	])
]

reason(type) := "would share files of the node" if type == "hostPath"

reason(type) := "is a type of volume that pods may not have" if type != "hostPath"
