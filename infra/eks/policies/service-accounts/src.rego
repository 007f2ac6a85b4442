package serviceaccounts

import data.lib.containers

violation contains {"msg": msg} if {
	not containers.is_update
	not used in input.parameters.allowed
	msg := sprintf(
		"pod: spec.serviceAccountName %s is not one that pods here may use; write %s",
		[used, concat(" or ", input.parameters.allowed)],
	)
}

# serviceAccount is the field's old name: the API server reads it where the new one is empty.
names := [name |
	some field in ["serviceAccountName", "serviceAccount"]
	name := input.review.object.spec[field]
	name != ""
]

used := array.concat(names, ["default"])[0]
