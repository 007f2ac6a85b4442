"""What runs outside the cluster as if it were in it: Gatekeeper's pods, on a node that is this machine.

The API server, the controllers and the release know nothing of it. The Deployments' pods are real; here they are bound
to a node of the name `outside`, and each is a process: started with the arguments, environment, secret and service
account of its pod, and shown in the pod's status as a kubelet shows a container. Where the API server calls a Service
of theirs, it is connected to one of them.
"""
