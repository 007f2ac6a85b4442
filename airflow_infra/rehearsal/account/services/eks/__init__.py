"""EKS, whole: clusters, node groups with their Auto Scaling groups and instances, add-ons, access, Pod Identity."""
