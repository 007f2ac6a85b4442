"""What is broken on purpose in the account around a stack."""

import json
from typing import Any

from mutations.mutation import Broken, Mutation, Undo


def of_another_account(broken: Broken) -> Undo:
    """Credentials of another account answer for the caller."""
    account = broken.account
    own = account.client

    def client(service: str, *arguments: Any) -> Any:
        return account._emulator.client("sts", "999999999999") if service == "sts" else own(service, *arguments)

    setattr(account, "client", client)  # noqa: B010 - a method
    return lambda: delattr(account, "client")


def key_for_a_mailer(broken: Broken) -> Undo:
    iam, user = broken.client("iam"), {"UserName": f"{broken.names.prefix}-mailer"}
    iam.create_user(**user)
    key = iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]

    def undo() -> None:
        iam.delete_access_key(**user, AccessKeyId=key)
        iam.delete_user(**user)

    return undo


def any_branch(broken: Broken) -> Undo:
    iam, name = broken.client("iam"), f"{broken.names.prefix}-dag-publisher"
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    trust = json.loads(json.dumps(before))
    condition = trust["Statement"][0]["Condition"]
    issuer = "token.actions.githubusercontent.com"
    condition["StringLike"] = {
        f"{issuer}:sub": condition["StringEquals"].pop(f"{issuer}:sub").rpartition(":")[0] + ":*"
    }
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    return lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "account-70",
        "the credentials are another account's",
        of_another_account,
        own_state="the caller is who the credentials say",
    ),
    Mutation("account-72", "a user with an access key sends the stack's mails", key_for_a_mailer),
    Mutation("account-73", "every branch of the repository is trusted", any_branch),
)
