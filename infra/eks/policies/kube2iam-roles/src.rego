package kube2iamroles

import data.lib.containers

violation contains {"msg": msg} if {
	role := input.review.object.metadata.annotations["iam.amazonaws.com/role"]
	not unchanged(role)
	not of_environment(role)
	msg := concat("", [
		"pod: metadata.annotations[iam.amazonaws.com/role] must be a role of this environment; write its name, ",
		"or an ARN that begins with ",
		input.parameters.rolesBelow,
		", or remove the annotation",
	])
}

unchanged(role) if {
	containers.is_update
	input.review.oldObject.metadata.annotations["iam.amazonaws.com/role"] == role
}

of_environment(role) if {
	name := trim_prefix(role, input.parameters.rolesBelow)
	regex.match(`^[\w+=,.@-][\w+=,.@/-]*$`, name)
}
