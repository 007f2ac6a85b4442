package serviceaccounttokens

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := array.concat(mounting, volumes)

mounting := [message |
	not containers.is_update
	input.review.object.spec.automountServiceAccountToken == true
	message := concat("", [
		"pod: spec.automountServiceAccountToken must not be true; ",
		"write automountServiceAccountToken: false or leave it out",
	])
]

volumes := [message |
	not containers.is_update
	some volume in input.review.object.spec.volumes
	holds_token(volume)
	message := concat("", [
		"volume ",
		volume.name,
		": projected.sources.serviceAccountToken.audience must be pods.eks.amazonaws.com or ",
		"sts.amazonaws.com; write one of these or remove the source",
	])
]

holds_token(volume) if {
	some source in volume.projected.sources
	token := source.serviceAccountToken
	not object.get(token, "audience", "") in ["pods.eks.amazonaws.com", "sts.amazonaws.com"]
}
